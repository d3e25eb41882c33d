//! Watches both connections, shows how far they are, and knows when the run is over.

use super::due_count::DueCount;
use super::replies::{Inlet, Receiver};
use super::sender::Sender;
use super::target::Outlet;
use super::{Finished, Interrupts, Shared};
use crate::books::Books;
use crate::ledger::Counts;
use crate::progress::{Progress, Snapshot};
use crate::report::{Ending, Facts, Report};
use crate::scenario::{Reply, Scenario};
use crate::series::Series;
use anyhow::Context as _;
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

/// How long nothing may happen after every message is answered: a second reply may still come, and
/// is counted only then.
const SECOND_REPLIES: Duration = Duration::from_secs(1);

/// What it may take to remove the reply queue; the broker removes one that stays.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often it is said that messages are late.
const LATE_NOTICE_EVERY: Duration = Duration::from_secs(5);

/// It is said when more than one in so many of a notice's messages was late; a few are the hiccups
/// of a busy machine, and are counted all the same.
const LATE_NOTICE_SHARE: u64 = 10;

/// The task that sends.
type Sending = JoinHandle<Result<(), broker::Error>>;

/// Watches a run.
pub(super) struct Watch {
    pub(super) shared: Arc<Shared>,
    pub(super) due: DueCount,
    pub(super) scenario: Scenario,
    pub(super) settle: Duration,
    pub(super) series: Option<csv::Result<Series<File>>>,
    pub(super) progress: Progress,
    pub(super) interrupts: Interrupts,
}

/// What the watch has seen so far.
struct Seen {
    /// Messages that were due.
    due: u64,
    /// When anything last happened to a message.
    changed_at: Duration,
    counts: (Counts, u64),
    late: LateNotice,
}

/// What was last said about late messages.
#[derive(Default)]
struct LateNotice {
    at: Duration,
    late: u64,
    due: u64,
    sent: u64,
}

impl Watch {
    pub(super) async fn over(
        mut self,
        (sender, outlet): (Sender, Outlet),
        receiver: Option<(Receiver, Inlet)>,
    ) -> anyhow::Result<Finished> {
        let started_at = SystemTime::now();
        let stop = CancellationToken::new();
        let done = CancellationToken::new();
        let mut sending = Some(tokio::spawn(sender.run(outlet, stop.clone())));
        let receiving =
            receiver.map(|(receiver, inlet)| tokio::spawn(receiver.run(inlet, done.clone())));
        let mut seen = Seen {
            due: 0,
            changed_at: Duration::ZERO,
            counts: self.shared.books().progress(),
            late: LateNotice::default(),
        };
        let ended = self.until_over(&mut seen, &mut sending, &stop).await;
        let duration = self.shared.clock.now();
        if let Some(sending) = sending {
            sending.abort();
        }
        // However the run ended, its reply queue goes with it.
        done.cancel();
        if let Some(mut receiving) = receiving {
            tokio::select! {
                joined = &mut receiving => joined.context("the receiver ended early")?,
                () = tokio::time::sleep(GOODBYE) => receiving.abort(),
                () = self.interrupts.next() => receiving.abort(),
            }
        }
        self.progress.finish();
        let ending = ended?;

        let shared = Arc::clone(&self.shared);
        let mut books = shared.books();
        let due = match ending {
            // What had no room until the end was due all the same.
            Ending::Finished => self.scenario.load.messages().unwrap_or(seen.due),
            Ending::Interrupted => seen.due.max(books.ledger.counts().sent),
        };
        // What is left of a second, so that the rows add up to the report.
        self.write_row(&mut books, due);
        let facts = Facts {
            run: self.shared.id.clone(),
            started_at: humantime::format_rfc3339_millis(started_at).to_string(),
            duration,
            due,
            ending,
        };
        Ok(Finished {
            report: Report::new(&self.scenario, &books, facts),
            observations: shared.observed(),
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
                () = self.interrupts.next() => {
                    if ending == Ending::Interrupted {
                        anyhow::bail!("interrupted again: gave up without counting what is missing");
                    }
                    tracing::warn!("interrupted: waiting for what was sent; once more ends at once");
                    ending = Ending::Interrupted;
                    stop.cancel();
                    seen.changed_at = self.shared.clock.now();
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
        let shared = Arc::clone(&self.shared);
        let now = shared.clock.now();
        let mut books = shared.books();
        let sent = books.ledger.counts().sent;
        if ending == Ending::Finished {
            seen.due = self.due.count(now, sent);
        }
        let counts = books.progress();
        if counts != seen.counts {
            seen.counts = counts;
            seen.changed_at = now;
        }
        while matches!(&self.series, Some(Ok(series)) if series.next_at() <= now) {
            self.write_row(&mut books, seen.due);
        }
        seen.late.tell(now, books.late, seen.due, sent);
        let counts = books.ledger.counts();
        let snapshot = Snapshot {
            now,
            due: seen.due,
            counts,
            late: books.late,
        };
        drop(books);
        self.progress.show(&snapshot);
    }

    /// Writes a row of the time series, if one is wanted. A row that can't be written is the last:
    /// what becomes of the messages is counted on, for the report.
    fn write_row(&mut self, books: &mut Books, due: u64) {
        if let Some(Ok(series)) = &mut self.series
            && let Err(error) = series.write(books, due)
        {
            tracing::error!(%error, "the time series ends here: it can't be written");
            self.series = Some(Err(error));
        }
    }

    fn is_over(&self, seen: &Seen, ending: Ending, sender_ended: bool) -> bool {
        let now = self.shared.clock.now();
        let quiet = now.saturating_sub(seen.changed_at);
        if sender_ended && self.shared.books().ledger.open() == 0 {
            return match self.scenario.reply {
                Reply::Wanted => quiet >= SECOND_REPLIES.min(self.settle),
                Reply::None => true,
            };
        }
        match ending {
            Ending::Finished => now >= self.shared.busy_until() && quiet >= self.settle,
            Ending::Interrupted => quiet >= self.settle.min(INTERRUPTED_SETTLE),
        }
    }
}

impl LateNotice {
    /// Says while the run goes on that its rate is not kept, and what is reached instead.
    fn tell(&mut self, now: Duration, late: u64, due: u64, sent: u64) {
        let passed = now.saturating_sub(self.at);
        if passed < LATE_NOTICE_EVERY {
            return;
        }
        if (late - self.late) * LATE_NOTICE_SHARE > sent.saturating_sub(self.sent) {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            let per_second = |count: u64| (count as f64 / passed.as_secs_f64()).round();
            tracing::warn!(
                late = late - self.late,
                rate_asked = per_second(due.saturating_sub(self.due)),
                rate_reached = per_second(sent.saturating_sub(self.sent)),
                behind = due.saturating_sub(sent),
                "messages are sent late"
            );
        }
        *self = Self {
            at: now,
            late,
            due,
            sent,
        };
    }
}
