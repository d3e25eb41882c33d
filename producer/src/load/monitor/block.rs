//! Ten seconds of a run, in a few lines.

use super::errors::Errors;
use crate::load::snapshot::Snapshot;
use crate::report::durations::{Durations, Percentiles};
use crate::report::figures::{duration, rate};
use std::fmt;
use std::time::Duration;

/// How often there is a block.
const EVERY: Duration = Duration::from_secs(10);

/// The ten seconds that are going on.
#[derive(Debug, Default)]
pub struct Period {
    before: Snapshot,
    waits: Durations,
}

/// The figures of ten seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// When they ended, since the run's start.
    pub at: Duration,
    /// Messages due per second.
    pub asked: f64,
    /// Messages sent per second.
    pub sent: f64,
    /// Messages confirmed per second.
    pub confirmed: f64,
    /// Messages answered per second.
    pub replied: f64,
    /// Messages handed over late.
    pub late: u64,
    /// Of the messages that were answered, in seconds.
    pub waits: Percentiles,
    pub errors: Errors,
}

impl Period {
    /// Adds what was measured since the last look; the block of the ten seconds, when they are over.
    pub fn look(&mut self, now: &Snapshot, waits: &Durations) -> Option<Block> {
        self.waits.add(waits);
        let passed = now.now.saturating_sub(self.before.now);
        // The next one ends ten seconds after this should have, however late this is looked at.
        let periods = |at: Duration| at.as_secs() / EVERY.as_secs();
        if periods(now.now) == periods(self.before.now) {
            return None;
        }
        let before = std::mem::replace(&mut self.before, *now);
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let per_second =
            |now: u64, before: u64| now.saturating_sub(before) as f64 / passed.as_secs_f64();
        let block = Block {
            at: now.now,
            asked: per_second(now.due, before.due),
            sent: per_second(now.counts.sent, before.counts.sent),
            confirmed: per_second(now.counts.confirmed, before.counts.confirmed),
            replied: per_second(now.counts.replied, before.counts.replied),
            late: now.late - before.late,
            waits: self.waits.percentiles(),
            errors: Errors::between(&before, now),
        };
        self.waits.clear();
        Some(block)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Percentiles {
            count,
            min,
            max,
            p50,
            p95,
            p99,
            ..
        } = self.waits;
        writeln!(
            f,
            "{:>5} s  asked {}  sent {}  confirmed {}  replied {}  {} late",
            self.at.as_secs(),
            rate(self.asked),
            rate(self.sent),
            rate(self.confirmed),
            rate(self.replied),
            self.late
        )?;
        writeln!(
            f,
            "         wait    count {count}  min {}  max {}  median {}  p95 {}  p99 {}",
            duration(min),
            duration(max),
            duration(p50),
            duration(p95),
            duration(p99)
        )?;
        write!(f, "         errors  {}", self.errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::accounts::Counts;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn waits(milliseconds: impl IntoIterator<Item = u64>) -> Durations {
        let mut waits = Durations::default();
        for one in milliseconds {
            waits.record(at(one));
        }
        waits
    }

    #[test]
    fn each_ten_seconds_are_a_block_of_their_own() {
        let mut period = Period::default();
        let mut snapshot = Snapshot {
            now: at(9900),
            due: 3860,
            ..Snapshot::default()
        };
        assert_eq!(period.look(&snapshot, &waits(1..=50)), None);
        snapshot.now = at(10_020);
        snapshot.due = 3900;
        snapshot.late = 3;
        snapshot.counts = Counts {
            sent: 3900,
            confirmed: 3890,
            replied: 3800,
            ..Counts::default()
        };
        let block = period.look(&snapshot, &waits(51..=100)).unwrap();
        insta::assert_snapshot!(block, @r#"
        10 s  asked 389/s  sent 389/s  confirmed 388/s  replied 379/s  3 late
              wait    count 100  min 1.0 ms  max 100 ms  median 50 ms  p95 95 ms  p99 99 ms
              errors  none
        "#);

        snapshot.now = at(20_000);
        snapshot.outages = 1;
        snapshot.counts.returned = 7;
        snapshot.counts.resent = 12;
        let block = period.look(&snapshot, &Durations::default()).unwrap();
        insta::assert_snapshot!(block, @r#"
        20 s  asked 0/s  sent 0/s  confirmed 0/s  replied 0/s  0 late
              wait    count 0  min -  max -  median -  p95 -  p99 -
              errors  7 returned, 12 sent again, 1 connections broken
        "#);
    }
}
