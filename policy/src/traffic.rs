//! λ over a window, and how far chance may have moved it.
//!
//! One interval of 0.5 s at 20 msg/s counts 10 messages, give or take 3: a fleet that follows each
//! such number starts and ends workers for nothing.
//! So beside the bare λ of the last interval, which the law takes, this keeps the counts of as many
//! intervals as agree with each other, up to the number of messages that makes the rate known well
//! enough.
//! When the rate really moves, the older counts no longer agree with the newer ones and are dropped:
//! a step is followed at once, and calm traffic is averaged.
//! (The idea of a window that forgets what no longer agrees is that of Bifet and Gavaldà, "Learning
//! from Time-Changing Data with Adaptive Windowing", 2007; the test used here is the plain one for
//! two Poisson counts.)
//!
//! # A worked example
//!
//! Ten intervals of 0.5 s brought 10 messages each: λ = 100 / 5 s = 20 msg/s, and the standard error
//! is √100 / 5 s = 2 msg/s.
//! The next interval brings 17.
//! Were the rate the same, the difference to the expected 10 would have a standard error of
//! √(λ·0.5·(1 + 0.5/5)) = √(21.27·0.5·1.1) = 3.4, so 7 more is chance: the window grows.
//! 30 would be 20 more, far beyond 3·3.5: the ten are dropped, and λ = 60 msg/s.

use crate::count::Count;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// So many messages make the rate known to 5 %: √400 / 400.
const MESSAGES_ENOUGH: u64 = 400;
/// Counts this young are kept even when they are enough: at high rates the window would otherwise be
/// one interval, and follow every one.
const KEPT_AT_LEAST: Duration = Duration::from_secs(4);
/// Counts this old are dropped even when they are not enough: what happened a minute ago says little
/// about now.
const KEPT_AT_MOST: Duration = Duration::from_secs(60);
/// Intervals remembered at the most, whatever the interval is; each two neighbours are then joined.
const INTERVALS_MAX: usize = 128;

/// What arrived lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// From the oldest to the newest.
    counts: VecDeque<Count>,
}

/// An arrival rate, in messages per second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) rate: f64,
    /// One standard error of the rate.
    pub(crate) error: f64,
    /// What it was counted over.
    pub(crate) over: Duration,
}

impl Estimate {
    /// What arrives at the least, in five cases of six.
    pub(crate) fn low(self) -> f64 {
        (self.rate - self.error).max(0.0)
    }

    /// The counts that agree are those of the last moments only.
    pub(crate) fn has_just_moved(self) -> bool {
        self.over < KEPT_AT_LEAST
    }

    /// What arrives at the most, in five cases of six.
    pub(crate) fn high(self) -> f64 {
        self.rate + self.error
    }
}

impl Traffic {
    /// What came in lately.
    pub(crate) fn on_count(&mut self, count: Count) {
        self.counts.push_back(count);
        if self.counts.len() > INTERVALS_MAX {
            let counts = self.counts.make_contiguous();
            self.counts = counts
                .chunks(2)
                .map(|pair| {
                    pair.iter()
                        .fold(Count::default(), |sum, count| sum.with(*count))
                })
                .collect();
        }
        self.forget_what_disagrees();
        self.forget_what_is_not_needed();
    }

    /// λ as far as it is known; `None` before the first count.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        let Count { messages, over } = self.total();
        if over.is_zero() {
            return None;
        }
        let seconds = over.as_secs_f64();
        Some(Estimate {
            rate: messages as f64 / seconds,
            error: (messages as f64).sqrt() / seconds,
            over,
        })
    }

    fn total(&self) -> Count {
        self.counts
            .iter()
            .fold(Count::default(), |sum, count| sum.with(*count))
    }

    /// Drops the older part wherever it disagrees with the newer one.
    fn forget_what_disagrees(&mut self) {
        let mut newer = Count::default();
        let mut older = self.total();
        for index in (1..self.counts.len()).rev() {
            let count = self.counts[index];
            newer = newer.with(count);
            older = older.without(count);
            if disagree(older, newer) {
                self.counts.drain(..index);
                return;
            }
        }
    }

    /// Drops the oldest counts for as long as the others are enough.
    fn forget_what_is_not_needed(&mut self) {
        let mut total = self.total();
        while let Some(oldest) = self.counts.front().copied() {
            let rest = total.without(oldest);
            let is_enough = rest.messages >= MESSAGES_ENOUGH && rest.over >= KEPT_AT_LEAST;
            let is_old = rest.over >= KEPT_AT_MOST;
            if !is_enough && !is_old {
                return;
            }
            self.counts.pop_front();
            total = rest;
        }
    }
}

/// Whether two counts can't well be of the same rate. A window is tried at each of its splits, so
/// chance brings it about more often than for two counts alone; that costs no more than a window that
/// has to grow again.
fn disagree(older: Count, newer: Count) -> bool {
    let expected = older.rate().per_second() * newer.over.as_secs_f64();
    // One message is never a trend.
    newer.differs_from(older) && (newer.messages as f64 - expected).abs() > 1.0
}

#[cfg(test)]
mod tests {
    use super::{Count, INTERVALS_MAX, KEPT_AT_MOST, Traffic};
    use std::time::Duration;

    const HALF_A_SECOND: Duration = Duration::from_millis(500);

    fn after(counts: &[u64]) -> Traffic {
        let mut traffic = Traffic::default();
        for &messages in counts {
            traffic.on_count(Count {
                messages,
                over: HALF_A_SECOND,
            });
        }
        traffic
    }

    #[test]
    fn counts_that_agree_are_averaged() {
        let estimate = after(&[10; 10]).estimate().unwrap();
        assert_eq!((estimate.rate, estimate.error), (20.0, 2.0));

        let mut counts = vec![10; 10];
        counts.push(17);
        let estimate = after(&counts).estimate().unwrap();
        assert_eq!(estimate.rate, 117.0 / 5.5);
    }

    #[test]
    fn a_step_is_followed_at_once() {
        let mut counts = vec![10; 10];
        counts.push(30);
        assert_eq!(after(&counts).estimate().unwrap().rate, 60.0);

        let mut counts = vec![1000; 20];
        counts.push(0);
        assert_eq!(after(&counts).estimate().unwrap().rate, 0.0);
    }

    #[test]
    fn a_slow_climb_is_followed_although_no_two_neighbours_disagree() {
        let climb: Vec<u64> = (0..60).map(|step| 20 + step).collect();
        let estimate = after(&climb).estimate().unwrap();
        assert!((120.0..=158.0).contains(&estimate.rate), "{estimate:?}");
    }

    #[test]
    fn nothing_is_known_before_the_first_count() {
        assert_eq!(Traffic::default().estimate(), None);
        let nothing = after(&[0]).estimate().unwrap();
        assert_eq!((nothing.rate, nothing.error), (0.0, 0.0));
    }

    #[test]
    fn the_first_messages_after_a_pause_are_not_averaged_away() {
        let mut counts = vec![0; 100];
        counts.push(200);
        assert_eq!(after(&counts).estimate().unwrap().rate, 400.0);
    }

    #[test]
    fn absurd_counts_are_absurd_and_no_more() {
        let estimate = after(&[u64::MAX; 20]).estimate().unwrap();
        assert!(estimate.low() > 1e18 && estimate.high().is_finite());
    }

    #[test]
    fn the_memory_is_bounded_in_time_and_number() {
        let mut traffic = Traffic::default();
        for _ in 0..10_000 {
            traffic.on_count(Count {
                messages: 1,
                over: Duration::from_millis(100),
            });
            assert!(traffic.counts.len() <= INTERVALS_MAX);
            assert!(traffic.total().over <= KEPT_AT_MOST + Duration::from_secs(2));
        }
    }
}
