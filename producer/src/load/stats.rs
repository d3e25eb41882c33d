//! All that a run measures, behind one lock: the accounts of its messages, the waits, and how far
//! behind its schedule the sender was. The connections write, the monitor reads.

use super::accounts::{Accounts, Answer, Counts, Transfer};
use super::blocks::Blocks;
use super::closed_loop::ClosedLoop;
use super::observations::{Observation, Observations};
use super::scenario::Reply;
use super::snapshot::{Recent, Snapshot};
use crate::report::Confirms;
use crate::report::durations::Durations;
use program::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A message that is handed over later than this after it was due is counted as late. Timers turn
/// every millisecond, so a sender that keeps up stays below it.
pub const LATE_AFTER: Duration = Duration::from_millis(5);

/// Messages of which something is awaited, at most. More would be an endless queue behind workers
/// that don't come; sending then pauses, messages are late, and memory stays where it is.
const OPEN_MAX: u64 = 1_000_000;

/// All that a run measures.
#[derive(Debug)]
pub struct Stats {
    /// Names the run in message ids.
    pub(super) id: String,
    pub(super) clock: Clock,
    reply: Reply,
    /// The clients whom an answer sets free; none where a schedule decides.
    closed_loop: Option<Arc<ClosedLoop>>,
    totals: Mutex<Totals>,
}

/// What was measured so far.
#[derive(Debug)]
pub struct Totals {
    /// What became of every message.
    pub accounts: Accounts,
    /// From when a message was due to its reply.
    pub waits: Durations,
    /// The waits and the largest lag since they were last taken.
    recent: Recent,
    /// From when a message was due to when it was handed over.
    pub lag: Durations,
    /// From when a message was first handed over to its confirmation.
    pub confirm_latency: Durations,
    /// Messages handed over more than [`LATE_AFTER`] after they were due.
    pub late: u64,
    /// Replies that belong to no message of this run.
    pub ignored: u64,
    /// Replies that came again because the connection that took them broke before the broker knew.
    pub redelivered: u64,
    /// When the last message was handed over for the first time, since the run's start.
    pub last_sent: Duration,
    /// Connections that broke.
    pub outages: u64,
    /// When the broker read nothing.
    pub blocks: Blocks,
    /// The first messages one by one, where that is wanted.
    pub(super) observations: Observations,
}

impl Stats {
    /// Starts the clock of a run that waits for replies and confirmations, or doesn't.
    #[must_use]
    pub fn start(id: String, reply: Reply, confirms: Confirms) -> Self {
        Self {
            id,
            clock: Clock::start(),
            reply,
            closed_loop: None,
            totals: Mutex::new(Totals {
                accounts: Accounts::new(reply, confirms),
                waits: Durations::default(),
                recent: Recent::default(),
                lag: Durations::default(),
                confirm_latency: Durations::default(),
                late: 0,
                ignored: 0,
                redelivered: 0,
                last_sent: Duration::ZERO,
                outages: 0,
                blocks: Blocks::default(),
                observations: Observations::new(0),
            }),
        }
    }

    /// The same, with clients who wait for the answers.
    pub(super) fn with_clients(mut self, closed_loop: Option<Arc<ClosedLoop>>) -> Self {
        self.closed_loop = closed_loop;
        self
    }

    /// The same, and the first `limit` messages are kept one by one.
    pub(super) fn observing(self, limit: usize) -> Self {
        self.totals().observations = Observations::new(limit);
        self
    }

    /// The totals are whole after each change, so even a thread that panicked leaves them readable.
    pub fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the message that has this id, if it is one of this run.
    pub(super) fn sequence_of(&self, id: &str) -> Option<u64> {
        sequence_of(id, &self.id)
    }

    /// The next message, which was due then, is handed over; its number.
    pub fn sent(&self, due: Duration, now: Duration) -> u64 {
        let mut totals = self.totals();
        let lag = now.saturating_sub(due);
        totals.lag.record(lag);
        totals.recent.lag_max = totals.recent.lag_max.max(lag);
        totals.late += u64::from(lag > LATE_AFTER);
        totals.last_sent = now;
        let sequence = totals.accounts.sent(due, now);
        totals.observations.sent(sequence, due, now);
        sequence
    }

    /// The broker confirmed a message.
    pub fn confirmed(&self, sequence: u64, now: Duration) {
        let mut totals = self.totals();
        if let Some(sent) = totals.accounts.confirmed(sequence) {
            totals.confirm_latency.record(now.saturating_sub(sent));
        }
        totals.observations.confirmed(sequence, now);
        drop(totals);
        if self.reply == Reply::None {
            self.answered(sequence, now);
        }
    }

    /// No queue took a message, and the broker gave it back. Whether it is the first one.
    pub(super) fn returned(&self, sequence: u64) -> bool {
        let mut totals = self.totals();
        let first = totals.accounts.counts().returned == 0;
        totals.accounts.returned(sequence);
        drop(totals);
        self.answered(sequence, self.clock.now());
        first
    }

    /// The broker refused a message. Whether it is the first one.
    pub(super) fn refused(&self, sequence: u64) -> bool {
        let mut totals = self.totals();
        let first = totals.accounts.counts().refused == 0;
        totals.accounts.refused(sequence);
        drop(totals);
        self.answered(sequence, self.clock.now());
        first
    }

    /// A reply arrived; `None` if it names no message of this run.
    pub fn replied(&self, sequence: Option<u64>, transfer: Transfer, now: Duration) {
        let mut totals = self.totals();
        let answer = sequence.map_or(Answer::Unknown, |sequence| {
            totals.accounts.replied(sequence, transfer)
        });
        match answer {
            Answer::First { due } => {
                let wait = now.saturating_sub(due);
                totals.waits.record(wait);
                totals.recent.waits.record(wait);
            }
            Answer::Again => {}
            Answer::Redelivered => totals.redelivered += 1,
            Answer::Unknown => totals.ignored += 1,
        }
        let Some(sequence) = sequence else { return };
        totals.observations.replied(sequence, now);
        drop(totals);
        self.answered(sequence, now);
    }

    /// Lets the clients go on whose reply is overdue.
    pub(super) fn give_up(&self, now: Duration) {
        let count = self
            .closed_loop
            .as_ref()
            .map_or(0, |clients| clients.give_up(now));
        if count > 0 {
            self.totals().accounts.timed_out(count);
        }
    }

    /// Whether no more messages may be sent before some are answered.
    pub(super) fn is_full(&self) -> bool {
        self.totals().accounts.open() >= OPEN_MAX
    }

    /// Whether clients have messages to come at `now`, so that a run that is quiet is not over. They
    /// come however long the broker is away, unless nobody may send because too many are unanswered.
    pub(super) fn clients_go_on(&self, now: Duration) -> bool {
        let clients = self.closed_loop.as_ref();
        clients.is_some_and(|clients| clients.go_on(now)) && !self.is_full()
    }

    fn answered(&self, sequence: u64, now: Duration) {
        if let Some(clients) = &self.closed_loop {
            clients.answered(sequence, now);
        }
    }
}

impl Totals {
    /// How far the run is, with `due` messages due so far.
    #[must_use]
    pub fn snapshot(&self, now: Duration, due: u64) -> Snapshot {
        Snapshot {
            now,
            due,
            counts: self.accounts.counts(),
            open: self.accounts.open(),
            late: self.late,
            outages: self.outages,
            blocked: self.blocks.lasts(),
        }
    }

    /// Swaps out what was measured since the last call. The caller allocates `empty` first, to keep
    /// the lock short.
    pub fn take_recent(&mut self, empty: Recent) -> Recent {
        std::mem::replace(&mut self.recent, empty)
    }

    /// Changes whenever anything happens to a message. Sending one again is no such thing: a broker
    /// that cuts off every attempt would otherwise keep a run going for ever.
    #[must_use]
    pub fn progress(&self) -> (Counts, u64) {
        let counts = Counts {
            resent: 0,
            ..self.accounts.counts()
        };
        (counts, self.ignored)
    }

    /// The messages that were kept one by one.
    pub(super) fn take_observations(&mut self) -> Vec<Observation> {
        self.observations.take()
    }
}

/// The number in `<run>-<sequence>`, if it is this run's.
fn sequence_of(id: &str, run: &str) -> Option<u64> {
    id.strip_prefix(run)?.strip_prefix('-')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn stats() -> Stats {
        Stats::start("run".to_owned(), Reply::Wanted, Confirms::Awaited)
    }

    fn assert_close(value: Option<f64>, expected: f64) {
        assert!(
            (value.unwrap() / expected - 1.0).abs() < 0.001,
            "{value:?} for {expected}"
        );
    }

    #[test]
    fn a_wait_counts_from_when_the_message_was_due_and_not_from_when_it_was_sent() {
        let stats = stats();
        let sequence = stats.sent(at(100), at(600));
        stats.replied(Some(sequence), Transfer::First, at(800));
        assert_close(stats.totals().waits.percentiles().max, 0.7);
        assert_close(stats.totals().lag.percentiles().max, 0.5);
        assert_eq!(stats.totals().late, 1);
        assert_eq!(stats.totals().last_sent, at(600));
    }

    #[test]
    fn what_is_recent_is_taken_once_and_what_is_total_stays() {
        let stats = stats();
        let sequence = stats.sent(at(100), at(600));
        stats.replied(Some(sequence), Transfer::First, at(800));
        let recent = stats.totals().take_recent(Recent::default());
        assert_eq!((recent.waits.count(), recent.lag_max), (1, at(500)));
        let recent = stats.totals().take_recent(Recent::default());
        assert_eq!((recent.waits.count(), recent.lag_max), (0, Duration::ZERO));
        assert_eq!(stats.totals().waits.count(), 1);
    }

    #[test]
    fn only_what_is_later_than_the_threshold_is_late() {
        let stats = stats();
        stats.sent(at(0), at(5));
        assert_eq!(stats.totals().late, 0);
        stats.sent(at(0), at(5) + Duration::from_nanos(1));
        assert_eq!(stats.totals().late, 1);
    }

    #[test]
    fn a_reply_of_another_run_is_ignored_and_counted() {
        let stats = stats();
        stats.sent(at(0), at(0));
        stats.replied(None, Transfer::First, at(1));
        stats.replied(Some(7), Transfer::Repeated, at(1));
        assert_eq!(stats.totals().ignored, 2);
        assert_eq!(stats.totals().accounts.counts().replied, 0);
        assert_eq!(stats.totals().waits.count(), 0);
    }

    #[test]
    fn only_what_happens_to_a_message_is_progress() {
        let stats = stats();
        let sequence = stats.sent(at(0), at(0));
        let before = stats.totals().progress();
        stats.totals().accounts.cut_off(0..0);
        stats.totals().accounts.sent_again(sequence);
        assert_eq!(stats.totals().progress(), before);
        stats.totals().accounts.confirmed(sequence);
        assert_ne!(stats.totals().progress(), before);
    }

    #[test]
    fn only_ids_of_this_run_have_a_number() {
        assert_eq!(sequence_of("c0ffee-17", "c0ffee"), Some(17));
        for other in [
            "c0ffee17",
            "c0ffee-",
            "c0ffee-x",
            "decaf-17",
            "c0ffee-17-1",
            "",
        ] {
            assert_eq!(sequence_of(other, "c0ffee"), None, "{other}");
        }
    }
}
