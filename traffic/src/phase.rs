//! The parts of a scenario, as they are asked for.

use crate::integral::{MESSAGE, area, nanoseconds};
use crate::rate::Rate;
use crate::series::RateSeries;
use std::time::Duration;

/// One part of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The same rate from start to end.
    Constant {
        /// The rate throughout.
        rate: Rate,
        /// The length of the phase.
        duration: Duration,
    },
    /// So many messages at the same rate; the phase lasts until the next would be due.
    Counted {
        /// The rate throughout, above 0.
        rate: Rate,
        /// The number of messages, whatever the process.
        requests: u64,
    },
    /// A rate that changes evenly.
    Ramp {
        /// The rate at the start.
        from: Rate,
        /// The rate at the end.
        to: Rate,
        /// The length of the phase.
        duration: Duration,
    },
    /// A rate that rises once to a peak and comes back.
    Spike {
        /// The rate before the rise and after the fall.
        base: Rate,
        /// The rate between rise and fall.
        peak: Rate,
        /// When the rise begins, since the start of the phase.
        at: Duration,
        /// How long the rise takes; none makes a step.
        rise: Duration,
        /// How long the peak holds.
        hold: Duration,
        /// How long the way back takes; none makes a step.
        fall: Duration,
        /// The length of the phase; what is beyond it is cut off.
        duration: Duration,
    },
    /// Two rates in turn, the high one first.
    Square {
        /// The rate during the first part of each period.
        high: Rate,
        /// The rate during the rest.
        low: Rate,
        /// The length of both parts together.
        period: Duration,
        /// The length of the first part.
        high_for: Duration,
        /// The length of the phase; the last period is cut off.
        duration: Duration,
    },
    /// A rate that swings about its mean, which it starts from upwards.
    Sine {
        /// The rate midway between the extremes.
        mean: Rate,
        /// How far it swings, at most as far as the mean is from 0.
        amplitude: Rate,
        /// The length of one swing up and down.
        period: Duration,
        /// The length of the phase.
        duration: Duration,
    },
    /// Bursts with silence between them; a burst comes first.
    OnOff {
        /// The rate during a burst.
        rate: Rate,
        /// The length of a burst, or the mean length.
        on: Duration,
        /// The length of a silence, or the mean length.
        off: Duration,
        /// Whether each is as long as the last.
        holding: Holding,
        /// The length of the phase; the last burst or silence is cut off.
        duration: Duration,
    },
    /// A recorded rate, which changes evenly from each point to the next.
    Trace(RateSeries),
    /// So many messages as fast as they go. Each is due when there is room for it, so none is
    /// late, and only the end of a scenario can be one.
    Flood {
        /// The number of messages.
        messages: u64,
    },
}

/// How long bursts and silences hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// As long as is said.
    Fixed,
    /// At random, exponentially distributed; what is said is the mean.
    Exponential,
}

impl Phase {
    /// How long the phase lasts; nobody knows how long a flood will.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match self {
            Self::Constant { duration, .. }
            | Self::Ramp { duration, .. }
            | Self::Spike { duration, .. }
            | Self::Square { duration, .. }
            | Self::Sine { duration, .. }
            | Self::OnOff { duration, .. } => *duration,
            Self::Counted { rate, requests } => {
                nanoseconds((u128::from(*requests) * MESSAGE).div_ceil(area(*rate, 1).max(1)))
            }
            Self::Trace(series) => series.end(),
            Self::Flood { .. } => Duration::ZERO,
        }
    }

    /// The largest rate that the phase asks for; a flood asks for none.
    #[must_use]
    pub fn rate_peak(&self) -> Rate {
        match self {
            Self::Constant { rate, .. } | Self::Counted { rate, .. } | Self::OnOff { rate, .. } => {
                *rate
            }
            Self::Ramp { from, to, .. } => *from.max(to),
            Self::Spike { base, peak, .. } => *base.max(peak),
            Self::Square { high, low, .. } => *high.max(low),
            Self::Sine {
                mean, amplitude, ..
            } => mean.plus(*amplitude),
            Self::Trace(series) => series.peak(),
            Self::Flood { .. } => Rate::ZERO,
        }
    }
}
