//! Monitors a run: counts what is due, shows how far it is, keeps a row for each second, and knows
//! when it is over. What is said meanwhile is pure text, made of snapshots of the totals; `progress`
//! shows it.

mod block;
mod due_count;
mod errors;
mod late_notice;
mod pace;
mod progress;
pub mod seconds;

pub use block::{Block, Period};
pub(super) use due_count::DueCount;
pub use errors::Errors;
pub use pace::{Pace, Window};
pub use progress::Progress;

use super::accounts::Counts;
use super::balance::{self, Ending, Facts};
use super::finished::Finished;
use super::fleet_usage::{FleetTally, FleetUsage, FleetWatch};
use super::offered::Load;
use super::replies::{Inlet, Receiver};
use super::scenario::{Reply, Scenario};
use super::send::{Sender, send_all};
use super::snapshot::Recent;
use super::stats::Stats;
use super::target::Outlet;
use crate::report::Measured;
use crate::report::series::{History, Row, Series};
use anyhow::Context as _;
use late_notice::LateNotice;
use program::Interrupts;
use seconds::Seconds;
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How often the run is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long nothing may happen before an interrupted run stops waiting for replies.
const INTERRUPTED_SETTLE: Duration = Duration::from_secs(3);

/// What it may take to remove the reply queue; the broker removes one that stays.
const GOODBYE: Duration = Duration::from_secs(2);

/// The task that sends.
type Sending = JoinHandle<Result<(), broker::Error>>;

/// What monitors a run.
pub(super) struct Monitor {
    pub(super) stats: Arc<Stats>,
    pub(super) due: DueCount,
    pub(super) scenario: Scenario,
    pub(super) settle: Duration,
    pub(super) second_replies: Duration,
    pub(super) series: Option<csv::Result<Series<File>>>,
    pub(super) fleet: Option<FleetWatch>,
    pub(super) progress: Progress,
    pub(super) interrupts: Interrupts,
}

/// What the monitor has seen so far.
struct Seen {
    due: u64,
    /// When anything last happened to a message.
    changed_at: Duration,
    counts: (Counts, u64),
    /// What there is to say of a rate that is not kept; clients ask for none.
    late: Option<LateNotice>,
    /// The second that is going on.
    second: Seconds,
    /// Those that are over.
    history: History,
    fleet: FleetTally,
}

impl Monitor {
    pub(super) async fn over(
        mut self,
        senders: Vec<(Sender, Outlet)>,
        receiver: Option<(Receiver, Inlet)>,
    ) -> anyhow::Result<Finished> {
        let started_at = SystemTime::now();
        let stop = CancellationToken::new();
        let done = CancellationToken::new();
        let mut sending = Some(tokio::spawn(send_all(senders, stop.clone())));
        let receiving =
            receiver.map(|(receiver, inlet)| tokio::spawn(receiver.run(inlet, done.clone())));
        let mut seen = Seen {
            due: 0,
            changed_at: Duration::ZERO,
            counts: self.stats.totals().progress(),
            late: match self.scenario.load {
                Load::Open(_) => Some(LateNotice::default()),
                Load::Closed(_) => None,
            },
            second: Seconds::default(),
            history: History::default(),
            fleet: FleetTally::default(),
        };
        let ended = self.until_over(&mut seen, &mut sending, &stop).await;
        let duration = self.stats.clock.now();
        if let Some(sending) = sending {
            sending.abort();
        }
        // However the run ended, its reply queue goes with it.
        done.cancel();
        if let Some(mut receiving) = receiving {
            tokio::select! {
                joined = &mut receiving => joined.context("the receiver ended early")?,
                () = tokio::time::sleep(GOODBYE) => receiving.abort(),
                () = self.interrupts.hurry.cancelled() => receiving.abort(),
            }
        }
        self.progress.finish();
        let ending = ended?;

        let stats = Arc::clone(&self.stats);
        let mut totals = stats.totals();
        // Some may have been sent since the last look.
        let due_so_far = seen.due.max(totals.accounts.counts().sent);
        let due = match ending {
            // What had no room until the end was due all the same.
            Ending::Finished => self.scenario.load.messages().unwrap_or(due_so_far),
            Ending::Interrupted => due_so_far,
        };
        // What is left of a second, so that the rows add up to the report.
        seen.second.add(&totals.take_recent(Recent::default()));
        let last = seen
            .second
            .last(&totals.snapshot(duration, due), self.usage().as_ref());
        self.keep(&mut seen, last);
        let facts = Facts {
            run: self.stats.id.clone(),
            started_at: humantime::format_rfc3339_millis(started_at).to_string(),
            duration,
            due,
            ending,
            fleet: seen.fleet.summary(),
        };
        Ok(Finished {
            report: balance::report(&self.scenario, &totals, facts),
            clock: stats.clock,
            observations: totals.take_observations(),
            measured: Measured {
                history: seen.history,
                waits: totals.waits.clone(),
                lag: totals.lag.clone(),
                confirm_latency: totals.confirm_latency.clone(),
            },
            series: self.series.map_or(Ok(()), |series| series.map(|_| ())),
        })
    }

    /// Looks at the run until there is nothing more to wait for.
    async fn until_over(
        &mut self,
        seen: &mut Seen,
        sending: &mut Option<Sending>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Ending> {
        let mut ending = Ending::Finished;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                sent = async { sending.as_mut().expect("guarded").await }, if sending.is_some() => {
                    *sending = None;
                    sent.context("the sender ended early")?.context("publish")?;
                }
                () = self.interrupts.hurry.cancelled() => {
                    anyhow::bail!("interrupted again: gave up without counting what is missing");
                }
                () = self.interrupts.stop.cancelled(), if ending == Ending::Finished => {
                    tracing::warn!("interrupted: waiting for what was sent; once more ends at once");
                    ending = Ending::Interrupted;
                    stop.cancel();
                    seen.changed_at = self.stats.clock.now();
                }
            }
            self.look(seen, ending);
            if self.is_over(seen, ending, sending.is_none()) {
                return Ok(ending);
            }
        }
    }

    /// Counts what is due, shows how far the run is, and writes the seconds that have ended.
    fn look(&mut self, seen: &mut Seen, ending: Ending) {
        let stats = Arc::clone(&self.stats);
        let now = stats.clock.now();
        // Clients lose their patience whether a connection stands or not.
        stats.give_up(now);
        let empty = Recent::default();
        if ending == Ending::Finished {
            // A schedule can have much to count, and nobody waits for the lock meanwhile.
            let sent = stats.totals().accounts.counts().sent;
            seen.due = self.due.count(now, sent);
        }
        let mut totals = stats.totals();
        let counts = totals.progress();
        if counts != seen.counts {
            seen.counts = counts;
            seen.changed_at = now;
        }
        let recent = totals.take_recent(empty);
        let snapshot = totals.snapshot(now, seen.due);
        drop(totals);
        seen.second.add(&recent);
        while let Some(row) = seen.second.next(&snapshot, self.usage().as_ref()) {
            self.keep(seen, row);
        }
        let late = seen.late.as_mut();
        if let Some(notice) = late.and_then(|late| late.look(&snapshot)) {
            notice.tell();
        }
        self.progress.show(&snapshot, &recent.waits);
    }

    /// What the workers use at the moment, where a controller says so.
    fn usage(&self) -> Option<FleetUsage> {
        self.fleet.as_ref()?.latest()
    }

    /// Keeps a second that has ended, and writes it where that is wanted. A row that can't be written
    /// is the last: what becomes of the messages is counted on, for the report.
    fn keep(&mut self, seen: &mut Seen, row: Row) {
        if let Some(usage) = self.usage() {
            seen.fleet.add(&usage);
        }
        if let Some(Ok(series)) = &mut self.series
            && let Err(error) = series.write(&row)
        {
            tracing::error!(%error, "the time series ends here: it can't be written");
            self.series = Some(Err(error));
        }
        seen.history.push(row);
    }

    fn is_over(&self, seen: &Seen, ending: Ending, sender_ended: bool) -> bool {
        let now = self.stats.clock.now();
        let quiet = now.saturating_sub(seen.changed_at);
        if sender_ended && self.stats.totals().accounts.open() == 0 {
            return match self.scenario.reply {
                Reply::Wanted => quiet >= self.second_replies.min(self.settle),
                Reply::None => true,
            };
        }
        match ending {
            Ending::Finished => !self.goes_on(now) && quiet >= self.settle,
            Ending::Interrupted => quiet >= self.settle.min(INTERRUPTED_SETTLE),
        }
    }

    /// Whether messages are still to come at `now`, so that a run that is quiet is not over.
    fn goes_on(&self, now: Duration) -> bool {
        match &self.scenario.load {
            Load::Open(schedule) => now < schedule.duration(),
            Load::Closed(_) => self.stats.clients_go_on(now),
        }
    }
}
