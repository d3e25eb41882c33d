//! Quantities that can't be wrong: each is checked once, where it is made.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Names one worker of a pool, for the life of the pool and over restarts of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkerId(pub u64);

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A number that is outside the range its quantity allows.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{quantity} must be {range}, not {value}")]
pub struct InvalidQuantity {
    quantity: &'static str,
    range: &'static str,
    value: f64,
}

/// Messages per second: finite, zero or more.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Rate(f64);

impl Rate {
    /// No messages at all: the rate of a queue that nothing enters.
    pub const ZERO: Rate = Rate(0.0);

    /// # Errors
    /// When the number is negative or not finite.
    pub fn try_new(messages_per_second: f64) -> Result<Self, InvalidQuantity> {
        if messages_per_second.is_finite() && messages_per_second >= 0.0 {
            Ok(Self(messages_per_second))
        } else {
            Err(InvalidQuantity {
                quantity: "a rate",
                range: "a finite number of messages per second, 0 or more",
                value: messages_per_second,
            })
        }
    }

    /// The nearest rate there is: what a division by almost nothing gives stays finite.
    /// Zero is never divided by zero here, so the number is one.
    pub(crate) fn saturating(messages_per_second: f64) -> Self {
        Self(messages_per_second.clamp(0.0, f64::MAX))
    }

    /// Messages per second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.0
    }
}

/// Messages one worker clears within one drain time (C = μ·Tr): finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Capacity(f64);

impl Capacity {
    /// # Errors
    /// When the number is zero, negative or not finite.
    pub fn try_new(messages: f64) -> Result<Self, InvalidQuantity> {
        if messages.is_finite() && messages > 0.0 {
            Ok(Self(messages))
        } else {
            Err(InvalidQuantity {
                quantity: "a capacity",
                range: "a finite number of messages above 0",
                value: messages,
            })
        }
    }

    /// Messages.
    #[must_use]
    pub fn messages(self) -> f64 {
        self.0
    }

    /// μ = C / Tr, where Tr is above zero.
    #[must_use]
    pub fn worker_rate(self, drain_time: Duration) -> Rate {
        Rate::saturating(self.0 / drain_time.as_secs_f64())
    }
}

/// A random fraction that came in an event: from 0 up to, but not including, 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Fraction(f64);

impl Fraction {
    /// None of it.
    pub const ZERO: Fraction = Fraction(0.0);

    /// # Errors
    /// When the number is not in `0..1`.
    pub fn try_new(value: f64) -> Result<Self, InvalidQuantity> {
        if (0.0..1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(InvalidQuantity {
                quantity: "a fraction",
                range: "from 0 up to but not including 1",
                value,
            })
        }
    }

    /// The fraction.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// β of the square-root head-room β·√(λ/μ): finite, zero or more.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Headroom(f64);

impl Headroom {
    /// No head-room.
    pub const NONE: Headroom = Headroom(0.0);

    /// # Errors
    /// When the number is negative or not finite.
    pub fn try_new(beta: f64) -> Result<Self, InvalidQuantity> {
        if beta.is_finite() && beta >= 0.0 {
            Ok(Self(beta))
        } else {
            Err(InvalidQuantity {
                quantity: "a head-room",
                range: "a finite number, 0 or more",
                value: beta,
            })
        }
    }

    /// β.
    #[must_use]
    pub fn beta(self) -> f64 {
        self.0
    }
}

// Read from a journal, a quantity is checked as it is anywhere else.
macro_rules! checked_from_number {
    ($($quantity:ty),*) => {$(
        impl TryFrom<f64> for $quantity {
            type Error = InvalidQuantity;

            fn try_from(value: f64) -> Result<Self, InvalidQuantity> {
                Self::try_new(value)
            }
        }
    )*};
}

checked_from_number!(Rate, Capacity, Fraction, Headroom);
