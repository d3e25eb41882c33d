//! So many messages in so long, and whether two counts can be of the same traffic.

use crate::quantity::Rate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is further apart than so many standard deviations is not apart by chance: one comparison in
/// 370 is mistaken.
pub(crate) const BEYOND_CHANCE: f64 = 3.0;

/// Messages that were counted over a time. `Default` is nothing in no time, to add to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) messages: u64,
    pub(crate) over: Duration,
}

impl Count {
    /// `None` in no time, in which nothing can be counted.
    pub(crate) fn new(messages: u64, over: Duration) -> Option<Self> {
        (!over.is_zero()).then_some(Self { messages, over })
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            over: self.over.saturating_add(other.over),
        }
    }

    pub(crate) fn without(self, part: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(part.messages),
            over: self.over.saturating_sub(part.over),
        }
    }

    pub(crate) fn rate(self) -> Rate {
        Rate::saturating(self.messages as f64 / self.over.as_secs_f64())
    }

    /// By more than chance, where arrivals are independent of each other (Poisson): n₁ messages over t₁
    /// and n₂ over t₂ have one rate, (n₁ + n₂) / (t₁ + t₂), unless the difference of their own is above
    /// 3·√((n₁ + n₂) / (t₁·t₂)).
    pub(crate) fn differs_from(self, other: Self) -> bool {
        let [over, over_other] = [self, other].map(|count| count.over.as_secs_f64());
        let [messages, messages_other] = [self, other].map(|count| count.messages as f64);
        let difference = messages / over - messages_other / over_other;
        let variance = (messages + messages_other) / (over * over_other);
        difference.abs() > BEYOND_CHANCE * variance.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::Count;
    use std::time::Duration;

    fn count(messages: u64, milliseconds: u64) -> Count {
        Count {
            messages,
            over: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn counts_differ_by_more_than_chance_only_beyond_three_deviations() {
        for (before, after, differs) in [
            (count(100, 500), count(125, 500), false),
            (count(100, 500), count(150, 500), true),
            (count(100, 500), count(60, 500), true),
            // The same rate over intervals of different lengths.
            (count(400, 2000), count(100, 500), false),
            (count(400, 2000), count(120, 500), false),
            (count(400, 2000), count(160, 500), true),
            // A handful says little.
            (count(0, 2000), count(9, 2000), false),
            (count(0, 2000), count(10, 2000), true),
            (count(0, 2000), count(0, 2000), false),
        ] {
            assert_eq!(after.differs_from(before), differs, "{before:?} {after:?}");
        }
    }

    #[test]
    fn nothing_is_counted_in_no_time() {
        assert_eq!(Count::new(7, Duration::ZERO), None);
        assert_eq!(Count::new(7, Duration::from_secs(2)), Some(count(7, 2000)));
    }
}
