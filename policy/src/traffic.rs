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
/// Counts disagree when they differ by more than this many standard errors. By chance two counts do
/// once in 370 times; a window is tried at each of its splits, so it is somewhat more often, and costs
/// no more than a window that has to grow again.
const DISAGREE: f64 = 3.0;

/// What arrived lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traffic {
    /// From the oldest to the newest.
    counts: VecDeque<Count>,
}

/// What arrived in one interval.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Count {
    messages: u64,
    over: Duration,
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

impl Count {
    fn with(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            over: self.over.saturating_add(other.over),
        }
    }
}

impl Traffic {
    /// So many messages came in over so long, which is above zero.
    pub(crate) fn on_count(&mut self, messages: u64, over: Duration) {
        self.counts.push_back(Count { messages, over });
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
            older.messages = older.messages.saturating_sub(count.messages);
            older.over = older.over.saturating_sub(count.over);
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
            let rest = total.over.saturating_sub(oldest.over);
            let messages = total.messages.saturating_sub(oldest.messages);
            let is_enough = messages >= MESSAGES_ENOUGH && rest >= KEPT_AT_LEAST;
            let is_old = rest >= KEPT_AT_MOST;
            if !is_enough && !is_old {
                return;
            }
            self.counts.pop_front();
            total = Count {
                messages,
                over: rest,
            };
        }
    }
}

/// Whether two counts can't well be of the same rate.
fn disagree(older: Count, newer: Count) -> bool {
    let (older_seconds, newer_seconds) = (older.over.as_secs_f64(), newer.over.as_secs_f64());
    let both = older.with(newer);
    let rate = both.messages as f64 / both.over.as_secs_f64();
    let expected = older.messages as f64 / older_seconds * newer_seconds;
    let difference = (newer.messages as f64 - expected).abs();
    let deviation = (rate * newer_seconds * (1.0 + newer_seconds / older_seconds)).sqrt();
    // One message is never a trend.
    difference > DISAGREE * deviation && difference > 1.0
}

#[cfg(test)]
mod tests {
    use super::{INTERVALS_MAX, KEPT_AT_MOST, Traffic};
    use std::time::Duration;

    const HALF_A_SECOND: Duration = Duration::from_millis(500);

    fn after(counts: &[u64]) -> Traffic {
        let mut traffic = Traffic::default();
        for &messages in counts {
            traffic.on_count(messages, HALF_A_SECOND);
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
            traffic.on_count(1, Duration::from_millis(100));
            assert!(traffic.counts.len() <= INTERVALS_MAX);
            assert!(traffic.total().over <= KEPT_AT_MOST + Duration::from_secs(2));
        }
    }
}
