//! How fast a run is at the moment: rates and waits of the last two seconds.

use crate::load::snapshot::Snapshot;
use crate::report::durations::Durations;
use crate::report::figures::{duration, rate};
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The two seconds are put together of slots of this length, so that one is let go of at a time.
const SLOT: Duration = Duration::from_millis(500);

/// Two seconds of slots.
const SLOTS: usize = 4;

/// What happened in the last two seconds.
#[derive(Debug)]
pub struct Window {
    /// The slots that are over, oldest first, each with how far the run was at its start.
    over: VecDeque<(Snapshot, Durations)>,
    /// How far the run was when the slot that goes on began, and the waits since then.
    current: (Snapshot, Durations),
    pace: Pace,
}

/// How fast a run is at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Messages due per second.
    pub asked: f64,
    /// Messages sent per second.
    pub sent: f64,
    /// Messages confirmed per second.
    pub confirmed: f64,
    /// Messages answered per second.
    pub replied: f64,
    /// Messages handed over late, since the run's start.
    pub late: u64,
    /// Whether the broker reads nothing.
    pub blocked: bool,
    /// Of the waits that ended, in seconds.
    pub wait_p50: Option<f64>,
    /// Of the waits that ended, in seconds.
    pub wait_p95: Option<f64>,
    /// Of the waits that ended, in seconds.
    pub wait_p99: Option<f64>,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            over: VecDeque::with_capacity(SLOTS),
            current: (Snapshot::default(), Durations::default()),
            pace: Pace::default(),
        }
    }
}

impl Window {
    /// Adds what was measured since the last look, and says how fast the run is: anew whenever a
    /// slot is over.
    pub fn look(&mut self, now: &Snapshot, waits: &Durations) -> Pace {
        self.current.1.add(waits);
        if now.now.saturating_sub(self.current.0.now) >= SLOT {
            let mut fresh = match self.over.len() == SLOTS {
                true => self.over.pop_front().map(|slot| slot.1).unwrap_or_default(),
                false => Durations::default(),
            };
            fresh.clear();
            let ended = std::mem::replace(&mut self.current, (*now, fresh));
            self.over.push_back(ended);
            self.pace = self.pace(now);
        }
        self.pace
    }

    fn pace(&self, now: &Snapshot) -> Pace {
        let Some((before, _)) = self.over.front() else {
            return Pace::default();
        };
        let mut waits = Durations::default();
        for (_, slot) in &self.over {
            waits.add(slot);
        }
        let seconds = now.now.saturating_sub(before.now).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let per_second = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        Pace {
            asked: per_second(now.due, before.due),
            sent: per_second(now.counts.sent, before.counts.sent),
            confirmed: per_second(now.counts.confirmed, before.counts.confirmed),
            replied: per_second(now.counts.replied, before.counts.replied),
            late: now.late,
            blocked: now.blocked,
            wait_p50: waits.quantile(0.5),
            wait_p95: waits.quantile(0.95),
            wait_p99: waits.quantile(0.99),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "asked {}  sent {}  confirmed {}  replied {}  {} late  wait p50 {} p95 {} p99 {}",
            rate(self.asked),
            rate(self.sent),
            rate(self.confirmed),
            rate(self.replied),
            self.late,
            duration(self.wait_p50),
            duration(self.wait_p95),
            duration(self.wait_p99),
        )?;
        match self.blocked {
            true => f.write_str("  BLOCKED by the broker"),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::accounts::Counts;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// 100 messages a second were due, sent and answered after 20 ms, until 3 s; none after.
    fn look(window: &mut Window, now: u64) -> Pace {
        let due = now.min(3000) / 10;
        let counts = Counts {
            sent: due,
            confirmed: due,
            replied: due,
            ..Counts::default()
        };
        let mut waits = Durations::default();
        if now <= 3000 {
            waits.record(at(20));
        }
        let snapshot = Snapshot {
            now: at(now),
            due,
            counts,
            ..Snapshot::default()
        };
        window.look(&snapshot, &waits)
    }

    #[test]
    fn the_pace_is_that_of_the_last_two_seconds_and_older_ones_are_forgotten() {
        let mut window = Window::default();
        let paces: Vec<Pace> = (1..=60).map(|tick| look(&mut window, tick * 100)).collect();
        assert_eq!(
            paces[3],
            Pace::default(),
            "nothing is known before a slot is over"
        );
        assert_eq!(paces[4].sent, 100.0);
        insta::assert_snapshot!(paces[29], @"asked 100/s  sent 100/s  confirmed 100/s  replied 100/s  0 late  wait p50 20 ms p95 20 ms p99 20 ms");
        // At 4 s half of the two seconds were silent, at 6 s all of them.
        assert_eq!(paces[39].replied, 50.0);
        insta::assert_snapshot!(paces[59], @"asked 0/s  sent 0/s  confirmed 0/s  replied 0/s  0 late  wait p50 - p95 - p99 -");
    }
}
