//! What can be seen of the queue from outside, with the workload's faults: nothing during an outage,
//! the past where it comes late, and once far too much.
//!
//! What was seen late was true at its time: ready messages, arrivals and the broker's statistics are
//! those of one instant. An absurd look multiplies what waits, and what arrived and was completed
//! since the look before; it stays in the totals, so that it shows as one absurd interval, and not
//! as arrivals that never were and are then taken back. Consumers are not multiplied.

use crate::rival::{QueueSeen, Statistics};
use crate::workload::Fault;
use std::collections::VecDeque;
use std::time::Duration;

/// The broker renews its statistics this often.
pub(crate) const STATISTICS_EVERY: Duration = Duration::from_secs(5);

/// Late looks are as late as they are to be, and up to this much later.
pub(crate) const SNAPSHOT_EVERY: Duration = Duration::from_millis(10);

/// The queue as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) ready: u64,
    pub(crate) unacknowledged: u64,
    pub(crate) consumers: u32,
    pub(crate) arrived: u64,
    pub(crate) delivered: u64,
    pub(crate) completed: u64,
    /// When the message at the front arrived.
    pub(crate) oldest: Option<Duration>,
}

/// What one look shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) queue: QueueSeen,
    pub(crate) consumers: u32,
    /// `None` before the first.
    pub(crate) statistics: Option<Statistics>,
}

/// What can be seen of the world, through the faults of the workload.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    late: Duration,
    outages: Vec<(Duration, Duration)>,
    /// Those that are still to come.
    absurdities: Vec<(Duration, u64)>,
    /// What was true at times of the last `late`, the oldest first; empty where nothing is late.
    past: VecDeque<(Duration, Truth)>,
    statistics: VecDeque<(Duration, Statistics)>,
    renewed_from: Truth,
    last_look: Truth,
    arrived_too_many: u64,
    completed_too_many: u64,
}

impl Sight {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let mut sight = Self::default();
        for fault in faults {
            match *fault {
                Fault::Late(late) => sight.late = sight.late.max(late),
                Fault::Outage { from, until } => sight.outages.push((from, until)),
                Fault::Absurd { at, factor } => sight.absurdities.push((at, factor)),
                Fault::Crashes { .. } => {}
            }
        }
        sight
    }

    /// Whether the past has to be kept.
    pub(crate) fn is_late(&self) -> bool {
        !self.late.is_zero()
    }

    /// Whether nothing can be seen.
    pub(crate) fn has_no_data(&self, now: Duration) -> bool {
        self.outages
            .iter()
            .any(|&(from, until)| from <= now && now < until)
    }

    /// Keeps what is true now, for those who see it late.
    pub(crate) fn keep(&mut self, now: Duration, truth: Truth) {
        let seen_until = now.saturating_sub(self.late);
        while self.past.get(1).is_some_and(|&(at, _)| at <= seen_until) {
            self.past.pop_front();
        }
        self.past.push_back((now, truth));
    }

    /// The broker renews its statistics.
    pub(crate) fn renew_statistics(&mut self, now: Duration, truth: Truth) {
        let before = std::mem::replace(&mut self.renewed_from, truth);
        let per_second = |from: u64, to: u64| (to - from) as f64 / STATISTICS_EVERY.as_secs_f64();
        let seen_until = now.saturating_sub(self.late);
        while self
            .statistics
            .get(1)
            .is_some_and(|&(at, _)| at <= seen_until)
        {
            self.statistics.pop_front();
        }
        self.statistics.push_back((
            now,
            Statistics {
                ready: truth.ready,
                unacknowledged: truth.unacknowledged,
                publish_rate: per_second(before.arrived, truth.arrived),
                deliver_rate: per_second(before.delivered, truth.delivered),
            },
        ));
    }

    /// Looks; `None` where nothing can be seen.
    pub(crate) fn look(&mut self, now: Duration, truth: Truth) -> Option<Look> {
        if self.has_no_data(now) {
            return None;
        }
        let seen_at = now.saturating_sub(self.late);
        let seen = if self.is_late() {
            latest(&self.past, seen_at).unwrap_or_default()
        } else {
            truth
        };
        let factor = self.absurd_factor(now);
        let before = std::mem::replace(&mut self.last_look, seen);
        let too_many = |before: u64, seen: u64| (seen - before).saturating_mul(factor - 1);
        self.arrived_too_many = self
            .arrived_too_many
            .saturating_add(too_many(before.arrived, seen.arrived));
        self.completed_too_many = self
            .completed_too_many
            .saturating_add(too_many(before.completed, seen.completed));
        let statistics = latest(&self.statistics, seen_at).map(|statistics| Statistics {
            ready: statistics.ready.saturating_mul(factor),
            unacknowledged: statistics.unacknowledged.saturating_mul(factor),
            publish_rate: statistics.publish_rate * factor as f64,
            deliver_rate: statistics.deliver_rate * factor as f64,
        });
        Some(Look {
            queue: QueueSeen {
                ready: seen.ready.saturating_mul(factor),
                arrived_total: seen.arrived.saturating_add(self.arrived_too_many),
                completed_total: seen.completed.saturating_add(self.completed_too_many),
                oldest_age: seen
                    .oldest
                    .map_or(Duration::ZERO, |oldest| seen_at.saturating_sub(oldest)),
            },
            consumers: seen.consumers,
            statistics,
        })
    }

    /// How many times too much this look shows; 1 is the truth.
    fn absurd_factor(&mut self, now: Duration) -> u64 {
        let due = self.absurdities.iter().position(|&(at, _)| at <= now);
        due.map_or(1, |index| self.absurdities.swap_remove(index).1.max(1))
    }
}

/// The last of what was noted by then.
fn latest<T: Copy>(noted: &VecDeque<(Duration, T)>, by: Duration) -> Option<T> {
    let after = noted.partition_point(|&(at, _)| at <= by);
    Some(noted.get(after.checked_sub(1)?)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// 100 messages a second, of which half are done.
    fn truth(seconds: u64) -> Truth {
        Truth {
            ready: 50 * seconds,
            arrived: 100 * seconds,
            delivered: 50 * seconds,
            completed: 50 * seconds,
            ..Truth::default()
        }
    }

    fn counts(look: Option<Look>) -> Option<(u64, u64)> {
        look.map(|look| (look.queue.ready, look.queue.arrived_total))
    }

    #[test]
    fn without_faults_a_look_shows_what_is() {
        let mut sight = Sight::new(&[]);
        assert_eq!(counts(sight.look(at(4), truth(4))), Some((200, 400)));
    }

    #[test]
    fn late_looks_show_one_instant_of_the_past() {
        let mut sight = Sight::new(&[Fault::Late(at(10))]);
        for second in 0..60 {
            sight.keep(at(second), truth(second));
            if second % 5 == 0 {
                sight.renew_statistics(at(second), truth(second));
            }
        }
        assert_eq!(sight.past.len(), 11);
        let look = sight.look(at(59), truth(59));
        assert_eq!(counts(look), Some((49 * 50, 4900)));
        let statistics = look.and_then(|look| look.statistics).unwrap();
        assert_eq!((statistics.ready, statistics.publish_rate), (2250, 100.0));
    }

    #[test]
    fn before_there_is_a_past_late_looks_show_nothing() {
        let mut sight = Sight::new(&[Fault::Late(at(10))]);
        sight.keep(at(1), truth(1));
        assert_eq!(counts(sight.look(at(2), truth(2))), Some((0, 0)));
    }

    #[test]
    fn nothing_is_seen_in_an_outage() {
        let (from, until) = (at(10), at(20));
        let mut sight = Sight::new(&[Fault::Outage { from, until }]);
        let seen = [9, 10, 19, 20].map(|second| sight.look(at(second), truth(second)).is_some());
        assert_eq!(seen, [true, false, false, true]);
    }

    #[test]
    fn one_look_is_absurd_and_the_arrivals_between_the_next_two_are_true_again() {
        let mut sight = Sight::new(&[Fault::Absurd {
            at: at(3),
            factor: 1000,
        }]);
        sight.renew_statistics(at(0), truth(0));
        let looks = [2, 4, 6, 8].map(|second| counts(sight.look(at(second), truth(second))));
        let extra = 200 * 999;
        assert_eq!(
            looks,
            [
                Some((100, 200)),
                Some((200_000, 400 + extra)),
                Some((300, 600 + extra)),
                Some((400, 800 + extra)),
            ]
        );
    }
}
