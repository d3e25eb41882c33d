//! The parts of a scenario, as they are asked for.

use super::{MESSAGE, area, nanoseconds};
use crate::load::rate::Rate;
use std::sync::Arc;
use std::time::Duration;

/// One part of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The same rate from start to end.
    Constant {
        /// How many enter per second.
        rate: Rate,
        /// How long.
        duration: Duration,
    },
    /// So many messages at the same rate; the phase lasts until the next would be due.
    Counted {
        /// How many enter per second, more than none.
        rate: Rate,
        /// How many in all.
        requests: u64,
    },
    /// A rate that changes evenly.
    Ramp {
        /// At the start.
        from: Rate,
        /// At the end.
        to: Rate,
        /// How long.
        duration: Duration,
    },
    /// A rate that rises once to a peak and comes back.
    Spike {
        /// Before and after.
        base: Rate,
        /// Between rise and fall.
        peak: Rate,
        /// When the rise begins.
        at: Duration,
        /// How long it takes; none makes a step.
        rise: Duration,
        /// How long the peak holds.
        hold: Duration,
        /// How long the way back takes; none makes a step.
        fall: Duration,
        /// How long, all together; what is beyond it is cut off.
        duration: Duration,
    },
    /// Two rates in turn, the high one first.
    Square {
        /// During the first part of each period.
        high: Rate,
        /// During the rest.
        low: Rate,
        /// Of both.
        period: Duration,
        /// How much of the period is high.
        high_for: Duration,
        /// How long; the last period is cut off.
        duration: Duration,
    },
    /// A rate that swings about its mean, which it starts from upwards.
    Sine {
        /// Between the extremes.
        mean: Rate,
        /// How far it swings, at most as far as the mean is from 0.
        amplitude: Rate,
        /// Of one swing up and down.
        period: Duration,
        /// How long.
        duration: Duration,
    },
    /// Bursts with silence between them; a burst comes first.
    OnOff {
        /// During a burst.
        rate: Rate,
        /// Of one burst.
        on: Duration,
        /// Of one silence.
        off: Duration,
        /// Whether each is as long as the last.
        holding: Holding,
        /// How long, bursts and silences together; the last of them is cut off.
        duration: Duration,
    },
    /// A recorded rate, which changes evenly from each point to the next.
    Trace(Arc<[Point]>),
    /// So many messages as fast as they go. Each is due when there is room for it, so none is
    /// late, and only the end of a scenario can be one.
    Flood {
        /// How many.
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

/// A rate at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Since the start, never before the point before.
    pub at: Duration,
    /// Then.
    pub rate: Rate,
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
            Self::Trace(points) => points.last().map_or(Duration::ZERO, |point| point.at),
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
            Self::Trace(points) => {
                let rates = points.iter().map(|point| point.rate);
                rates.max().unwrap_or(Rate::ZERO)
            }
            Self::Flood { .. } => Rate::ZERO,
        }
    }
}
