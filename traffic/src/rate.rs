//! A rate in messages per second, kept as a whole number of billionths.

use std::fmt;

/// Messages per second, in steps of a billionth: fine enough for one message a day to be known to
/// four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    billionths: u64,
}

/// A number that is no rate: negative, too large, or no number at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is between 0 and {} messages per second", Rate::MAX_PER_SECOND)]
pub struct RateError;

impl Rate {
    /// A rate at which nothing ever comes.
    pub const ZERO: Self = Self { billionths: 0 };

    /// A hundred times what any RabbitMQ takes: more is a mistake of whoever wrote it. It leaves the
    /// room that the integral needs for 400 days.
    pub const MAX_PER_SECOND: u32 = 100_000_000;

    /// A rate that is rounded to the nearest billionth of a message per second.
    ///
    /// # Errors
    /// When the number is not between 0 and [`Rate::MAX_PER_SECOND`].
    pub fn try_new(per_second: f64) -> Result<Self, RateError> {
        if !(0.0..=f64::from(Self::MAX_PER_SECOND)).contains(&per_second) {
            return Err(RateError);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1e17: the range was checked"
        )]
        let billionths = (per_second * 1e9).round() as u64;
        Ok(Self { billionths })
    }

    /// The rate in billionths of a message per second.
    #[must_use]
    pub fn billionths(self) -> u64 {
        self.billionths
    }

    /// The sum of two rates, or the largest rate there is where that is less.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let billionths = self.billionths.saturating_add(other.billionths);
        let most = u64::from(Self::MAX_PER_SECOND) * 1_000_000_000;
        Self {
            billionths: billionths.min(most),
        }
    }

    /// The rate as a double; below nine million messages per second no digit of it is lost.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 billionths are nine million messages per second"
    )]
    pub fn per_second(self) -> f64 {
        self.billionths as f64 / 1e9
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
    fn a_rate_keeps_nine_decimals() {
        for (per_second, billionths, text) in [
            (0.125, 125_000_000, "0.125 msg/s"),
            (285.0, 285_000_000_000, "285 msg/s"),
            (1.0 / 86_400.0, 11_574, "0.000011574 msg/s"),
            (1e8, 100_000_000_000_000_000, "100000000 msg/s"),
        ] {
            let rate = Rate::try_new(per_second).unwrap();
            assert_eq!(rate.billionths(), billionths);
            assert_eq!(rate.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for number in [-1.0, f64::NAN, f64::INFINITY, 100_000_001.0] {
            assert_eq!(Rate::try_new(number), Err(RateError), "{number}");
        }
    }

    #[test]
    fn no_sum_is_above_the_largest_rate() {
        let rate = |per_second| Rate::try_new(per_second).unwrap();
        assert_eq!(rate(1.5).plus(rate(2.0)), rate(3.5));
        assert_eq!(rate(1e8).plus(rate(2.0)), rate(1e8));
    }
}
