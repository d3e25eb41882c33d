//! Whether the queue grows at an even rate, and how fast.

use super::estimate::{Estimate, count};
use super::step::Observed;
use std::time::Duration;

/// The parts that a step is cut into.
const PARTS: u32 = 12;

/// A queue grows where it gains more than this share of what is sent. At 0.85 and 1.25 of what a
/// fleet can do, a queue gains nothing or 20 %.
const GROWS_SHARE: f64 = 0.06;

/// What a step at an even rate showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Messages sent, per second.
    pub rate: f64,
    /// What the messages without an answer gained, per second.
    pub per_second: Estimate,
}

impl Growth {
    /// From a part of a step, whose beginning is left out: there, the fleet fills up.
    ///
    /// Each part's gain is one sample. A line through the lengths themselves would seem more certain
    /// than it is, because a queue that is long now is long a moment later; its gains above
    /// capacity are as good as independent, and below it they cancel each other out, which makes
    /// the interval too wide rather than too narrow.
    #[must_use]
    pub fn of(observed: &Observed, rate: f64, from: Duration, until: Duration) -> Option<Self> {
        let part = until.checked_sub(from)? / PARTS;
        if part.is_zero() {
            return None;
        }
        let instants: Vec<Duration> = (0..=PARTS).map(|number| from + part * number).collect();
        let outstanding = observed.outstanding_at(&instants);
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let gains: Vec<f64> = outstanding
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64 / part.as_secs_f64())
            .collect();
        debug_assert_eq!(count(gains.len()), f64::from(PARTS));
        Some(Self {
            rate,
            per_second: Estimate::mean(&gains)?,
        })
    }

    /// Whether that is more than chance and the fleet's own waves.
    #[must_use]
    pub fn grows(&self) -> bool {
        self.per_second.low > 0.0 && self.per_second.value > GROWS_SHARE * self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::Exchange;
    use super::*;

    /// 100 messages a second for two seconds, answered at so many a second.
    fn observed(answered: u32) -> Observed {
        let exchanges = (0..200).map(|number| {
            let sent = Duration::from_secs(1) * number / 100;
            let done = Duration::from_secs(1) * (number + 1) / answered;
            Exchange {
                sent,
                replied: Some(done.max(sent) + Duration::from_millis(5)),
            }
        });
        Observed {
            exchanges: exchanges.collect(),
            ..Observed::default()
        }
    }

    fn growth(answered: u32) -> Growth {
        let seconds = Duration::from_secs_f64;
        Growth::of(&observed(answered), 100.0, seconds(0.2), seconds(2.0)).unwrap()
    }

    #[test]
    fn a_queue_grows_by_what_is_not_done() {
        let growth = growth(80);
        assert!(growth.grows());
        assert!((growth.per_second.value - 20.0).abs() < 2.0, "{growth:?}");
    }

    #[test]
    fn a_fleet_that_keeps_up_has_no_growing_queue() {
        let growth = growth(120);
        assert!(!growth.grows(), "{growth:?}");
    }
}
