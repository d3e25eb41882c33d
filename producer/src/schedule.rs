//! When each message is due: phases in, instants out, and nothing else.
//!
//! A phase says how many messages enter per second; its integral says how many have entered by an
//! instant, and message *k* is due when that number passes *k*. Both directions have a closed form
//! for every shape, so no error adds up however long a scenario runs, and what one phase leaves of
//! a message the next one completes.
//!
//! The integral is kept in whole units of one part in 2·10¹² of a message (thousandths of a message
//! per second, times nanoseconds, doubled because a ramp's area is half of a product), so that
//! totals are exact. Only the instants within a ramp take a square root.

use crate::rate::Rate;
use std::time::Duration;

/// What one message is, in the units of the integral.
const MESSAGE: u128 = 2 * 1000 * 1_000_000_000;

/// One part of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Bursts with silence between them; a burst comes first.
    OnOff {
        /// During a burst.
        rate: Rate,
        /// Of one burst.
        on: Duration,
        /// Of one silence.
        off: Duration,
        /// How long, bursts and silences together; the last of them is cut off.
        duration: Duration,
    },
    /// So many messages as fast as they go. Each is due when there is room for it, so none is
    /// late, and only the end of a scenario can be one.
    Flood {
        /// How many.
        messages: u64,
    },
}

impl Phase {
    /// How long the phase lasts; nobody knows how long a flood will.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match *self {
            Self::Constant { duration, .. }
            | Self::Ramp { duration, .. }
            | Self::OnOff { duration, .. } => duration,
            Self::Counted { rate, requests } => {
                nanoseconds((u128::from(requests) * MESSAGE).div_ceil(area(rate, 1)))
            }
            Self::Flood { .. } => Duration::ZERO,
        }
    }

    /// The largest rate that the phase asks for; a flood asks for none.
    #[must_use]
    pub fn rate_peak(&self) -> Rate {
        match *self {
            Self::Constant { rate, .. } | Self::Counted { rate, .. } | Self::OnOff { rate, .. } => {
                rate
            }
            Self::Ramp { from, to, .. } => from.max(to),
            Self::Flood { .. } => Rate::ZERO,
        }
    }

    /// The messages that enter during the phase, in units.
    fn volume(&self) -> u128 {
        match *self {
            Self::Constant { rate, duration } => area(rate, duration.as_nanos()),
            Self::Ramp { from, to, duration } => {
                (u128::from(from.thousandths()) + u128::from(to.thousandths()))
                    * duration.as_nanos()
            }
            Self::OnOff {
                rate,
                on,
                off,
                duration,
            } => {
                let period = on.as_nanos() + off.as_nanos();
                let bursts = duration.as_nanos() / period;
                let rest = (duration.as_nanos() % period).min(on.as_nanos());
                area(rate, bursts * on.as_nanos() + rest)
            }
            Self::Counted {
                requests: messages, ..
            }
            | Self::Flood { messages } => u128::from(messages) * MESSAGE,
        }
    }

    /// When, since the phase's start, so much has entered. `volume` is less than the phase's own.
    fn instant(&self, volume: u128) -> Duration {
        match *self {
            Self::Constant { rate, .. } | Self::Counted { rate, .. } => {
                nanoseconds(volume / area(rate, 1))
            }
            Self::Ramp { from, to, duration } => ramp_instant(from, to, duration, volume),
            Self::OnOff { rate, on, off, .. } => {
                let burst = area(rate, on.as_nanos());
                let period = on.as_nanos() + off.as_nanos();
                nanoseconds(volume / burst * period + volume % burst / area(rate, 1))
            }
            Self::Flood { .. } => Duration::ZERO,
        }
    }
}

/// What a rate brings in so many nanoseconds.
fn area(rate: Rate, nanoseconds: u128) -> u128 {
    2 * u128::from(rate.thousandths()) * nanoseconds
}

/// Solves `2·from·t + (to − from)·t²/duration = volume` for `t`, in the form that loses nothing
/// where `from` and `to` are nearly the same.
fn ramp_instant(from: Rate, to: Rate, duration: Duration, volume: u128) -> Duration {
    let start = f64::from(from.thousandths());
    let slope = (f64::from(to.thousandths()) - start) / duration.as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits of a nanosecond-sized unit are enough"
    )]
    let volume = volume as f64 / 1e9;
    if volume == 0.0 {
        return Duration::ZERO;
    }
    // Rounding may take the end of a ramp down to zero just below it.
    let root = (start * start + slope * volume).max(0.0).sqrt();
    Duration::from_secs_f64(volume / (start + root)).min(duration)
}

/// A duration of so many nanoseconds.
fn nanoseconds(count: u128) -> Duration {
    // A scenario lasts a week at most, which is 6·10¹⁴ ns.
    Duration::from_nanos(u64::try_from(count).unwrap_or(u64::MAX))
}

/// When a message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after the start.
    At(Duration),
    /// As soon as there is room for it.
    AsRoomAllows,
}

/// A whole scenario's phases, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    phases: Vec<Phase>,
}

impl Schedule {
    /// The phases in their order.
    #[must_use]
    pub fn new(phases: Vec<Phase>) -> Self {
        Self { phases }
    }

    /// The phases in their order.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// How many messages there are in all.
    #[must_use]
    pub fn messages(&self) -> u64 {
        let volume: u128 = self.phases.iter().map(Phase::volume).sum();
        // Message k is due when the integral passes k, so a last part of a message counts as one.
        u64::try_from(volume.div_ceil(MESSAGE)).unwrap_or(u64::MAX)
    }

    /// How long it lasts; a flood counts as nothing.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.phases.iter().map(Phase::duration).sum()
    }

    /// The largest rate that any phase asks for.
    #[must_use]
    pub fn rate_peak(&self) -> Rate {
        self.phases
            .iter()
            .map(Phase::rate_peak)
            .max()
            .unwrap_or(Rate::ZERO)
    }

    /// Each message's due instant in order, computed one at a time.
    #[must_use]
    pub fn instants(&self) -> Instants {
        Instants {
            phases: self.phases.clone(),
            phase: 0,
            start: Duration::ZERO,
            entered: 0,
            next: 0,
        }
    }
}

/// The due instants of a schedule, from the first message to the last.
#[derive(Clone, Debug)]
pub struct Instants {
    phases: Vec<Phase>,
    phase: usize,
    /// When the current phase starts.
    start: Duration,
    /// What all phases before the current one brought, in units.
    entered: u128,
    /// The message that comes next.
    next: u64,
}

impl Iterator for Instants {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let passed = u128::from(self.next) * MESSAGE;
        loop {
            let phase = self.phases.get(self.phase)?;
            let volume = phase.volume();
            if passed < self.entered + volume {
                self.next += 1;
                return Some(match phase {
                    Phase::Flood { .. } => Due::AsRoomAllows,
                    _ => Due::At(self.start + phase.instant(passed - self.entered)),
                });
            }
            self.entered += volume;
            self.start += phase.duration();
            self.phase += 1;
        }
    }
}

#[cfg(test)]
mod tests;
