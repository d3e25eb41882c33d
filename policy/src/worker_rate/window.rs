//! A bounded window of blocks of work, and the rate that they agree on.
//!
//! A block is what the whole fleet did over a second or more: so many messages in so much busy time.
//! The rate is that of all blocks together, messages over time, which is right whatever the messages
//! are like: the mean of the blocks' own rates would favour the short ones.
//! Blocks whose rate is out of all proportion to the median are left out. The factor for that is so
//! large that chance does not reach it, or the long messages of a heavy tail would be left out too,
//! and the rate come out too high.
//!
//! # How sure it is
//!
//! For n blocks of cᵢ messages in bᵢ seconds and the rate r = Σc/Σb, the standard error of r is
//! √(n/(n−1)·Σ(cᵢ − r·bᵢ)²)/Σb, and the half-width of the interval that holds the true rate in 95 of
//! 100 cases is Student's t times that.
//!
//! Eight blocks of 4 messages in 1 s, or 6 in 1 s by turns, make r = 5 msg/s with a standard error of
//! √(8/7·8·1²)/8 = 0.378 and a half-width of 2.36 times that: 0.89 msg/s, or 18 %.

use super::busy::Work;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Blocks remembered: half a minute of a fleet that is at work.
const BLOCKS_MAX: usize = 32;
/// From so many on the rate is known: 8 blocks are 32 messages at the least.
const BLOCKS_ENOUGH: usize = 8;
/// A block covers this much time, so that the window does not turn over within one burst.
const BLOCK_LASTS: Duration = Duration::from_secs(1);
/// A block has so many messages, so that chance alone seldom makes it look absurd.
const BLOCK_MESSAGES: f64 = 4.0;
/// A block has this much busy time, which reports give in milliseconds.
const BLOCK_BUSY_SECONDS: f64 = 0.2;
/// A block whose rate is this many times above or below the median's is not believed.
const ABSURD: f64 = 8.0;
/// The interval is never stated narrower than this share of the rate: reports are late, and in
/// milliseconds.
const ERROR_RATIO_MIN: f64 = 0.01;

/// The blocks that were filled last, from the oldest to the newest, and the one that is being filled.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    blocks: VecDeque<Work>,
    open: Work,
    open_since: Duration,
}

/// A rate in messages per second, and how sure it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) rate: f64,
    pub(crate) standard_error: f64,
    /// Of the interval that holds the true rate in 95 of 100 cases.
    pub(crate) half_width: f64,
}

impl Window {
    /// So much was done since the last time.
    pub(crate) fn add(&mut self, now: Duration, work: Work) {
        self.open.messages += work.messages;
        self.open.busy_seconds += work.busy_seconds;
        let is_full = now.saturating_sub(self.open_since) >= BLOCK_LASTS
            && self.open.messages >= BLOCK_MESSAGES
            && self.open.busy_seconds >= BLOCK_BUSY_SECONDS;
        if is_full {
            if self.blocks.len() == BLOCKS_MAX {
                self.blocks.pop_front();
            }
            self.blocks.push_back(std::mem::take(&mut self.open));
            self.open_since = now;
        }
    }

    /// What the blocks agree on; `None` until there are enough.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        if self.blocks.len() < BLOCKS_ENOUGH {
            return None;
        }
        let mut rates: Vec<f64> = self.blocks.iter().map(|block| block.rate()).collect();
        rates.sort_unstable_by(f64::total_cmp);
        let median = rates[rates.len() / 2];
        let believed = median / ABSURD..=median * ABSURD;
        let blocks = || {
            self.blocks
                .iter()
                .filter(|block| believed.contains(&block.rate()))
        };
        let count = blocks().count() as f64;
        let messages: f64 = blocks().map(|block| block.messages).sum();
        let busy_seconds: f64 = blocks().map(|block| block.busy_seconds).sum();
        let rate = messages / busy_seconds;
        let squares: f64 = blocks()
            .map(|block| block.messages - rate * block.busy_seconds)
            .map(|beyond| beyond * beyond)
            .sum();
        // With one believed block nothing is known of the error: all of it may be.
        let freedom = (count - 1.0).max(1.0);
        let standard_error = (count / freedom * squares).sqrt() / busy_seconds;
        let half_width = students_t(freedom) * standard_error;
        Some(Estimate {
            rate,
            standard_error,
            half_width: half_width.max(ERROR_RATIO_MIN * rate),
        })
    }
}

/// The factor for 95 % at so many degrees of freedom, to within 1 % from 7 on (2.365 at 7, 2.131 at
/// 15, 2.040 at 31).
fn students_t(freedom: f64) -> f64 {
    1.96 + 2.8 / freedom
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS_MAX, Window, students_t};
    use crate::worker_rate::busy::Work;
    use std::time::Duration;

    fn window(blocks: impl IntoIterator<Item = (f64, f64)>) -> Window {
        let mut window = Window::default();
        for (second, (messages, busy_seconds)) in blocks.into_iter().enumerate() {
            let work = Work {
                messages,
                busy_seconds,
            };
            window.add(Duration::from_secs(second as u64 + 1), work);
        }
        window
    }

    #[test]
    fn the_worked_example() {
        let blocks = [(4.0, 1.0), (6.0, 1.0)].into_iter().cycle();
        let estimate = window(blocks.clone().take(8)).estimate().unwrap();
        assert_eq!(estimate.rate, 5.0);
        assert!((estimate.standard_error - 0.378).abs() < 0.0005);
        assert!((estimate.half_width - 0.89).abs() < 0.005);
        assert!(window(blocks.take(7)).estimate().is_none());
    }

    #[test]
    fn the_factor_is_students_t() {
        for (freedom, t) in [(7.0, 2.365), (15.0, 2.131), (31.0, 2.040)] {
            assert!((students_t(freedom) / t - 1.0_f64).abs() < 0.01);
        }
    }

    #[test]
    fn long_messages_weigh_what_they_last() {
        // Half of the time at 1 msg/s and half at 4 msg/s.
        let estimate = window([(4.0, 4.0), (16.0, 4.0)].into_iter().cycle().take(8));
        assert_eq!(estimate.estimate().unwrap().rate, 2.5);
    }

    #[test]
    fn a_block_out_of_all_proportion_is_left_out() {
        let usual = std::iter::repeat_n((200.0, 1.0), 10);
        for absurd in [(1e18, 1.0), (4.0, 1e6)] {
            let estimate = window(usual.clone().chain([absurd])).estimate().unwrap();
            assert_eq!(estimate.rate, 200.0);
        }
    }

    #[test]
    fn little_work_fills_no_block_and_a_window_is_bounded() {
        assert!(
            window(std::iter::repeat_n((0.01, 1e-6), 100))
                .blocks
                .is_empty()
        );
        assert_eq!(window([(3.0, 9.0), (1.0, 3.0)]).blocks.len(), 1);
        let blocks = std::iter::repeat_n((200.0, 1.0), 1_000);
        assert_eq!(window(blocks).blocks.len(), BLOCKS_MAX);
    }
}
