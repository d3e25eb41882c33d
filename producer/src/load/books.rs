//! All that a run measures, in one place: the ledger, the waits, and how far behind its schedule
//! the sender was.

use crate::load::blocks::Blocks;
use crate::load::ledger::{Answer, Confirms, Counts, Ledger, Transfer};
use crate::load::scenario::Reply;
use crate::report::durations::Durations;
use std::time::Duration;

/// A message that is handed over later than this after it was due is counted as late. Timers turn
/// every millisecond, so a sender that keeps up stays below it.
pub const LATE_AFTER: Duration = Duration::from_millis(5);

/// All that a run measures.
#[derive(Debug)]
pub struct Books {
    /// What became of every message.
    pub ledger: Ledger,
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
}

/// What was measured since somebody last looked, where totals can't tell it.
#[derive(Debug, Default)]
pub struct Recent {
    /// From when a message was due to its reply.
    pub waits: Durations,
    /// The largest lag.
    pub lag_max: Duration,
}

/// How far a run is: totals, as of an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Since the run's start.
    pub now: Duration,
    /// Messages that were due so far.
    pub due: u64,
    /// What became of them.
    pub counts: Counts,
    /// Messages of which something is still awaited.
    pub open: u64,
    /// Messages handed over late.
    pub late: u64,
    /// Connections that broke.
    pub outages: u64,
    /// Whether the broker reads nothing at the moment.
    pub blocked: bool,
}

impl Books {
    /// Empty ones of a run that asks for confirmations.
    #[must_use]
    pub fn new(reply: Reply) -> Self {
        Self::of(Ledger::new(reply, Confirms::Awaited))
    }

    /// Those of a ledger that is empty yet.
    #[must_use]
    pub fn of(ledger: Ledger) -> Self {
        Self {
            ledger,
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
        }
    }

    /// The next message is handed over; its number.
    pub fn sent(&mut self, due: Duration, now: Duration) -> u64 {
        let lag = now.saturating_sub(due);
        self.lag.record(lag);
        self.recent.lag_max = self.recent.lag_max.max(lag);
        self.late += u64::from(lag > LATE_AFTER);
        self.last_sent = now;
        self.ledger.sent(due, now)
    }

    /// The broker confirmed a message.
    pub fn confirmed(&mut self, sequence: u64, now: Duration) {
        if let Some(sent) = self.ledger.confirmed(sequence) {
            self.confirm_latency.record(now.saturating_sub(sent));
        }
    }

    /// A reply arrived; `None` if it names no message of this run.
    pub fn replied(&mut self, sequence: Option<u64>, transfer: Transfer, now: Duration) {
        let answer = sequence.map_or(Answer::Unknown, |sequence| {
            self.ledger.replied(sequence, transfer)
        });
        match answer {
            Answer::First { due } => {
                let wait = now.saturating_sub(due);
                self.waits.record(wait);
                self.recent.waits.record(wait);
            }
            Answer::Again => {}
            Answer::Redelivered => self.redelivered += 1,
            Answer::Unknown => self.ignored += 1,
        }
    }

    /// How far the run is, when so many messages were due.
    #[must_use]
    pub fn snapshot(&self, now: Duration, due: u64) -> Snapshot {
        Snapshot {
            now,
            due,
            counts: self.ledger.counts(),
            open: self.ledger.open(),
            late: self.late,
            outages: self.outages,
            blocked: self.blocks.lasts(),
        }
    }

    /// Takes what was measured since the last time, and leaves `empty` to go on with: whoever looks
    /// makes it beforehand, so that nobody waits for the books meanwhile.
    pub fn take_recent(&mut self, empty: Recent) -> Recent {
        std::mem::replace(&mut self.recent, empty)
    }

    /// Changes whenever anything happens to a message. Sending one again is no such thing: a broker
    /// that cuts off every attempt would otherwise keep a run going for ever.
    #[must_use]
    pub fn progress(&self) -> (Counts, u64) {
        let counts = Counts {
            resent: 0,
            ..self.ledger.counts()
        };
        (counts, self.ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Equal to three digits.
    fn assert_close(value: Option<f64>, expected: f64) {
        assert!(
            (value.unwrap() / expected - 1.0).abs() < 0.001,
            "{value:?} for {expected}"
        );
    }

    #[test]
    fn a_wait_counts_from_when_the_message_was_due_and_not_from_when_it_was_sent() {
        let mut books = Books::new(Reply::Wanted);
        let sequence = books.sent(at(100), at(600));
        books.replied(Some(sequence), Transfer::First, at(800));
        assert_close(books.waits.percentiles().max, 0.7);
        assert_close(books.lag.percentiles().max, 0.5);
        assert_eq!((books.late, books.last_sent), (1, at(600)));
    }

    #[test]
    fn what_is_recent_is_taken_once_and_what_is_total_stays() {
        let mut books = Books::new(Reply::Wanted);
        let sequence = books.sent(at(100), at(600));
        books.replied(Some(sequence), Transfer::First, at(800));
        let recent = books.take_recent(Recent::default());
        assert_eq!((recent.waits.count(), recent.lag_max), (1, at(500)));
        let recent = books.take_recent(Recent::default());
        assert_eq!((recent.waits.count(), recent.lag_max), (0, Duration::ZERO));
        assert_eq!(books.waits.count(), 1);
    }

    #[test]
    fn only_what_is_later_than_the_threshold_is_late() {
        let mut books = Books::new(Reply::Wanted);
        books.sent(at(0), at(5));
        assert_eq!(books.late, 0);
        books.sent(at(0), at(5) + Duration::from_nanos(1));
        assert_eq!(books.late, 1);
    }

    #[test]
    fn a_reply_of_another_run_is_ignored_and_counted() {
        let mut books = Books::new(Reply::Wanted);
        books.sent(at(0), at(0));
        books.replied(None, Transfer::First, at(1));
        books.replied(Some(7), Transfer::Repeated, at(1));
        assert_eq!(books.ignored, 2);
        assert_eq!(books.ledger.counts().replied, 0);
        assert_eq!(books.waits.count(), 0);
    }

    #[test]
    fn only_what_happens_to_a_message_is_progress() {
        let mut books = Books::new(Reply::Wanted);
        let sequence = books.sent(at(0), at(0));
        let before = books.progress();
        books.ledger.cut_off(0..0);
        books.ledger.sent_again(sequence);
        assert_eq!(books.progress(), before);
        books.ledger.confirmed(sequence);
        assert_ne!(books.progress(), before);
    }
}
