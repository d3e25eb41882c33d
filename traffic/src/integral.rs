//! The unit that integrals are kept in: half a billionth of a message per second, for a nanosecond.
//! It is doubled because a ramp's area is half of a product. A rate of 100 million messages per second
//! for 400 days takes 113 of the 128 bits.

use crate::rate::Rate;
use std::time::Duration;

/// One message.
pub(crate) const MESSAGE: u128 = 2 * 1_000_000_000 * 1_000_000_000;

/// What a rate brings in so many nanoseconds.
pub(crate) fn area(rate: Rate, nanoseconds: u128) -> u128 {
    2 * u128::from(rate.billionths()) * nanoseconds
}

/// A duration of so many nanoseconds, 584 years at the most.
pub(crate) fn nanoseconds(count: u128) -> Duration {
    Duration::from_nanos(u64::try_from(count).unwrap_or(u64::MAX))
}

/// An integral in messages, as near as a double can say it.
#[expect(
    clippy::cast_precision_loss,
    reason = "a number of messages is good to 53 bits"
)]
pub(crate) fn messages(volume: u128) -> f64 {
    volume as f64 / MESSAGE as f64
}
