//! The hold window: what was wanted lately, so that the fleet goes down only to the largest of it.
//!
//! Going up is urgent and going down is not: a pause between two bursts that is shorter than `hold`
//! costs no restarts. The price is that a fleet stays up to `hold` longer than it is needed.
//!
//! A small decrease saves little, and chance gives it back: it waits for `dead_band.hold` instead.

use crate::settings::Limits;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Numbers remembered at the most. Only ever-smaller numbers are kept, so a window reaches this only
/// while the demand falls for that many samples; the oldest ones are then merged into one that lasts
/// longer, never less long.
const REMEMBERED_MAX: usize = 256;

/// The numbers wanted within the last `hold`, of which one that a later number reaches is forgotten:
/// it can't be the largest again. So they fall from front to back, and the front is the largest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct HoldWindow {
    wanted: VecDeque<(Duration, u32)>,
}

impl HoldWindow {
    /// Remembers what is wanted now, and answers with the largest number of the last `hold`.
    pub(crate) fn largest_with(&mut self, now: Duration, hold: Duration, number: u32) -> u32 {
        while self
            .wanted
            .front()
            .is_some_and(|&(at, _)| at.saturating_add(hold) <= now)
        {
            self.wanted.pop_front();
        }
        while self
            .wanted
            .back()
            .is_some_and(|&(_, earlier)| earlier <= number)
        {
            self.wanted.pop_back();
        }
        self.wanted.push_back((now, number));
        let largest = self.wanted.front().map_or(number, |&(_, largest)| largest);
        if self.wanted.len() > REMEMBERED_MAX {
            self.wanted.pop_front();
            if let Some(oldest) = self.wanted.front_mut() {
                oldest.1 = largest;
            }
        }
        largest
    }
}

/// What was wanted lately, for decreases that are worth it soon and for those that are not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Holds {
    large: HoldWindow,
    small: HoldWindow,
}

impl Holds {
    /// Remembers what is wanted now, and answers with the least that a fleet of `from` workers may
    /// go down to.
    pub(crate) fn least_with(
        &mut self,
        now: Duration,
        limits: &Limits,
        from: u32,
        number: u32,
    ) -> u32 {
        let lately = self.large.largest_with(now, limits.hold, number);
        let small_hold = limits.dead_band.hold.max(limits.hold);
        let long_since = self.small.largest_with(now, small_hold, number);
        if is_small(limits, from, lately) {
            long_since.min(from)
        } else {
            lately
        }
    }
}

/// Whether going down to `number` saves little. The last worker's end is no small thing.
fn is_small(limits: &Limits, from: u32, number: u32) -> bool {
    let share = limits.dead_band.share.get();
    let saved = f64::from(from.saturating_sub(number));
    share > 0.0 && number > 0 && number < from && saved <= (share * f64::from(from)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::{HoldWindow, REMEMBERED_MAX};
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_number_counts_for_as_long_as_the_window() {
        let mut window = HoldWindow::default();
        let hold = at(4);
        let held = [(0, 10), (2, 3), (4, 5), (6, 0), (8, 0)]
            .map(|(second, number)| window.largest_with(at(second), hold, number));
        assert_eq!(held, [10, 10, 5, 5, 0]);
    }

    #[test]
    fn without_a_window_only_the_present_counts() {
        let mut window = HoldWindow::default();
        assert_eq!(window.largest_with(at(1), Duration::ZERO, 10), 10);
        assert_eq!(window.largest_with(at(1), Duration::ZERO, 2), 2);
    }

    #[test]
    fn a_long_fall_is_remembered_in_bounded_memory_and_never_too_low() {
        let mut window = HoldWindow::default();
        for step in 0..2000_u32 {
            let held = window.largest_with(at(step.into()), at(100_000), 5000 - step);
            assert_eq!(held, 5000);
            assert!(window.wanted.len() <= REMEMBERED_MAX);
        }
    }
}
