//! How a kind of work goes about its messages: how many at a time, and for how long each.

use std::num::NonZeroU16;
use std::time::Duration;

/// How a kind of work goes about its messages, as far as the rest of the worker depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// In no time, or however many there are at once: all that are held are worked on.
    AtOnce,
    OneByOne(MessageTime),
    /// So many at a time, and no more are held than that unless a flag says so: what one worker has
    /// fetched ahead for minutes, an idle one could have had.
    Abreast(NonZeroU16, MessageTime),
}

/// How long the work on one message takes: on average, or at most where it has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageTime {
    pub time: Duration,
    /// The flag that sets it, for complaints about it.
    pub flag: &'static str,
}

impl Pace {
    /// How long one message takes, where it takes any time.
    #[must_use]
    pub fn message_time(self) -> Option<MessageTime> {
        match self {
            Self::AtOnce => None,
            Self::OneByOne(time) | Self::Abreast(_, time) => Some(time),
        }
    }
}
