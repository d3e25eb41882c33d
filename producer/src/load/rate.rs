//! A rate in messages per second, kept as a whole number of thousandths.
//!
//! Whole numbers make the schedule exact: 285 messages per second for 82 seconds are 23,370
//! messages, not one less because a sum of floating-point numbers fell short.

use std::fmt;

/// Messages per second, in steps of one thousandth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    thousandths: u32,
}

/// Why a number is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is between 0 and {} messages per second", Rate::MAX_PER_SECOND)]
pub struct RateError;

impl Rate {
    /// No messages at all.
    pub const ZERO: Self = Self { thousandths: 0 };

    /// More than one RabbitMQ takes, and little enough that a week of it can be counted.
    pub const MAX_PER_SECOND: u32 = 1_000_000;

    /// A rate that is rounded to the nearest thousandth of a message per second.
    pub fn try_new(per_second: f64) -> Result<Self, RateError> {
        if !(0.0..=f64::from(Self::MAX_PER_SECOND)).contains(&per_second) {
            return Err(RateError);
        }
        // The range was checked, so the number fits.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1e9"
        )]
        let thousandths = (per_second * 1000.0).round() as u32;
        Ok(Self { thousandths })
    }

    /// Thousandths of a message per second.
    #[must_use]
    pub fn thousandths(self) -> u32 {
        self.thousandths
    }

    /// Both together, or the largest rate there is where that is more.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let thousandths = self.thousandths.saturating_add(other.thousandths);
        Self {
            thousandths: thousandths.min(Self::MAX_PER_SECOND * 1000),
        }
    }

    /// Messages per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        f64::from(self.thousandths) / 1000.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} msg/s", self.per_second())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_keeps_three_decimals() {
        let rate = Rate::try_new(0.125).unwrap();
        assert_eq!(rate.thousandths(), 125);
        assert_eq!(rate.to_string(), "0.125 msg/s");
        assert_eq!(Rate::try_new(285.0).unwrap().to_string(), "285 msg/s");
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for number in [-1.0, f64::NAN, f64::INFINITY, 1_000_001.0] {
            assert_eq!(Rate::try_new(number), Err(RateError), "{number}");
        }
    }
}
