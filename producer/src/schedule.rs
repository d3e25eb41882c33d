//! When each message is due: phases in, instants out, and nothing else.
//!
//! A phase says how many messages enter per second; its integral says how many have entered by an
//! instant, and a message is due when that number passes its own. Both directions are closed forms
//! (`pieces`, `sine`), so no error adds up however long a scenario runs.
//!
//! Messages that come evenly are due when the integral passes 0, 1, 2 and so on; what one phase
//! leaves of a message the next one completes. Those of a Poisson process are due when it passes the
//! sums of exponentials of mean 1, which makes a Poisson process of any rate (the time-change
//! theorem). That is the same as drawing first how many there are, from the Poisson distribution
//! with the phase's integral for a mean, and then scattering so many evenly over the integral: done
//! like that, their number is known beforehand at no cost.
//!
//! The integral is kept in whole units of one part in 2·10¹² of a message (thousandths of a message
//! per second, times nanoseconds, doubled because a ramp's area is half of a product), so that
//! totals are exact.

mod instants;
mod pieces;
mod sine;

pub use instants::Instants;

use crate::chance;
use crate::rate::Rate;
use pieces::{Pieces, Stretch};
use rand::RngExt as _;
use rand_distr::{Distribution as _, Exp1, Poisson};
use sine::Sine;
use std::iter::from_fn;
use std::sync::Arc;
use std::time::Duration;

/// What one message is, in the units of the integral.
const MESSAGE: u128 = 2 * 1000 * 1_000_000_000;

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

/// How messages lie about a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// As evenly as they can.
    #[default]
    Even,
    /// At random and each on its own account, as those of many independent users do.
    Poisson,
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

    fn curve(&self, seed: u64, index: usize) -> Curve {
        match *self {
            Self::Constant { rate, .. } | Self::Counted { rate, .. } => {
                Curve::of([Stretch::level(rate, self.duration())])
            }
            Self::Ramp { from, to, duration } => Curve::of([Stretch { from, to, duration }]),
            Self::Spike {
                base,
                peak,
                at,
                rise,
                hold,
                fall,
                duration,
            } => Curve::of([
                Stretch::level(base, at),
                Stretch {
                    from: base,
                    to: peak,
                    duration: rise,
                },
                Stretch::level(peak, hold),
                Stretch {
                    from: peak,
                    to: base,
                    duration: fall,
                },
                Stretch::level(base, duration.saturating_sub(at + rise + hold + fall)),
            ]),
            Self::Square {
                high,
                low,
                period,
                high_for,
                ..
            } => Curve::of([
                Stretch::level(high, high_for),
                Stretch::level(low, period.saturating_sub(high_for)),
            ]),
            Self::Sine {
                mean,
                amplitude,
                period,
                ..
            } => Curve::Sine(Sine::new(mean, amplitude, period)),
            Self::OnOff {
                rate,
                on,
                off,
                holding: Holding::Fixed,
                ..
            } => Curve::of([Stretch::level(rate, on), Stretch::level(Rate::ZERO, off)]),
            Self::OnOff {
                rate,
                on,
                off,
                holding: Holding::Exponential,
                duration,
            } => Curve::of(random_bursts(rate, on, off, duration, seed, index)),
            Self::Trace(ref points) => Curve::of(points.windows(2).map(|pair| Stretch {
                from: pair[0].rate,
                to: pair[1].rate,
                duration: pair[1].at.saturating_sub(pair[0].at),
            })),
            Self::Flood { .. } => Curve::AsRoomAllows,
        }
    }
}

/// Bursts and silences whose lengths are drawn, until they fill a duration.
fn random_bursts(
    rate: Rate,
    on: Duration,
    off: Duration,
    duration: Duration,
    seed: u64,
    index: usize,
) -> impl Iterator<Item = Stretch> {
    let mut generator = chance::generator(seed, chance::Use::Holding(index));
    let mut end = Duration::ZERO;
    let mut turns = [(rate, on), (Rate::ZERO, off)].into_iter().cycle();
    from_fn(move || {
        let (rate, mean) = turns.next().filter(|_| end < duration)?;
        let exponential: f64 = generator.sample(Exp1);
        // A holding time of nothing would be drawn again and again.
        let holds = mean.mul_f64(exponential).max(Duration::from_nanos(1));
        end += holds;
        Some(Stretch::level(rate, holds))
    })
}

/// What a rate brings in so many nanoseconds, in units of the integral.
fn area(rate: Rate, nanoseconds: u128) -> u128 {
    2 * u128::from(rate.thousandths()) * nanoseconds
}

/// A duration of so many nanoseconds.
fn nanoseconds(count: u128) -> Duration {
    // A scenario lasts a week at most, which is 6·10¹⁴ ns.
    Duration::from_nanos(u64::try_from(count).unwrap_or(u64::MAX))
}

/// A rate over time, as its integral and the inverse of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Curve {
    Pieces(Pieces),
    Sine(Sine),
    AsRoomAllows,
}

impl Curve {
    fn of(stretches: impl IntoIterator<Item = Stretch>) -> Self {
        Self::Pieces(Pieces::new(stretches))
    }

    /// What enters by an instant, in units of the integral.
    fn entered_by(&self, at: Duration) -> u128 {
        match self {
            Self::Pieces(pieces) => pieces.entered_by(at),
            Self::Sine(sine) => sine.entered_by(at),
            Self::AsRoomAllows => 0,
        }
    }
}

/// A phase, ready to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Course {
    curve: Curve,
    duration: Duration,
    /// What enters in all, in units of the integral.
    volume: u128,
    /// How many messages there are if they come at random.
    drawn: u64,
}

impl Course {
    fn of(phase: &Phase, seed: u64, index: usize) -> Self {
        let curve = phase.curve(seed, index);
        let duration = phase.duration();
        // What is counted is exact, however it comes.
        let counted = match phase {
            Phase::Counted { requests, .. } => Some(*requests),
            Phase::Flood { messages } => Some(*messages),
            _ => None,
        };
        let volume = match counted {
            Some(count) => u128::from(count) * MESSAGE,
            None => curve.entered_by(duration),
        };
        Self {
            drawn: counted.unwrap_or_else(|| drawn(volume, seed, index)),
            curve,
            duration,
            volume,
        }
    }

    /// When so much has entered; it is less than the whole.
    fn instant(&self, volume: u128) -> Due {
        match &self.curve {
            Curve::Pieces(pieces) => Due::At(pieces.instant(volume)),
            Curve::Sine(sine) => Due::At(sine.instant(volume)),
            Curve::AsRoomAllows => Due::AsRoomAllows,
        }
    }
}

/// How many messages a Poisson process of such a volume happens to have.
fn drawn(volume: u128, seed: u64, index: usize) -> u64 {
    #[expect(clippy::cast_precision_loss, reason = "a mean is good to 53 bits")]
    let mean = volume as f64 / MESSAGE as f64;
    // A phase without messages has no distribution.
    let Ok(poisson) = Poisson::new(mean) else {
        return 0;
    };
    let mut generator = chance::generator(seed, chance::Use::Counts(index));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number, below 10^12 for a week at the largest rate"
    )]
    let count = poisson.sample(&mut generator) as u64;
    count
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
    arrivals: Arrivals,
    seed: u64,
    courses: Arc<[Course]>,
}

impl Schedule {
    /// The phases in their order, with nothing left to chance but what a phase itself is.
    #[must_use]
    pub fn new(phases: Vec<Phase>) -> Self {
        Self::with_chance(phases, Arrivals::Even, 1)
    }

    /// The phases in their order, how messages lie about their rates, and what decides chance.
    #[must_use]
    pub fn with_chance(phases: Vec<Phase>, arrivals: Arrivals, seed: u64) -> Self {
        let numbered = phases.iter().enumerate();
        let courses = numbered.map(|(index, phase)| Course::of(phase, seed, index));
        Self {
            courses: courses.collect(),
            phases,
            arrivals,
            seed,
        }
    }

    /// Draws again, by another seed, all that is left to chance.
    pub fn reseed(&mut self, seed: u64) {
        *self = Self::with_chance(std::mem::take(&mut self.phases), self.arrivals, seed);
    }

    /// The phases in their order.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// How many messages there are in all.
    #[must_use]
    pub fn messages(&self) -> u64 {
        match self.arrivals {
            Arrivals::Even => {
                let volume: u128 = self.courses.iter().map(|course| course.volume).sum();
                // Message k is due when the integral passes k, so a last part of one counts.
                u64::try_from(volume.div_ceil(MESSAGE)).unwrap_or(u64::MAX)
            }
            Arrivals::Poisson => self.courses.iter().map(|course| course.drawn).sum(),
        }
    }

    /// How long it lasts; a flood counts as nothing.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.phases.iter().map(Phase::duration).sum()
    }

    /// The largest rate that any phase asks for.
    #[must_use]
    pub fn rate_peak(&self) -> Rate {
        let rates = self.phases.iter().map(Phase::rate_peak);
        rates.max().unwrap_or(Rate::ZERO)
    }

    /// Each message's due instant in order, computed one at a time.
    #[must_use]
    pub fn instants(&self) -> Instants {
        let courses = Arc::clone(&self.courses);
        match self.arrivals {
            Arrivals::Even => Instants::even(courses),
            Arrivals::Poisson => Instants::poisson(courses, self.seed),
        }
    }
}

#[cfg(test)]
mod tests;
