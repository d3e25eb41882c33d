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

mod course;
mod instants;
mod phase;
mod pieces;
mod sine;

pub use instants::Instants;
pub use phase::{Holding, Phase, Point};

use crate::load::rate::Rate;
use course::Course;
use std::sync::Arc;
use std::time::Duration;

/// What one message is, in the units of the integral.
const MESSAGE: u128 = 2 * 1000 * 1_000_000_000;

/// How messages lie about a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// As evenly as they can.
    #[default]
    Even,
    /// At random and each on its own account, as those of many independent users do.
    Poisson,
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

/// When a message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after the start.
    At(Duration),
    /// As soon as there is room for it, once its phase has begun.
    AsRoomAllows {
        /// When its phase begins, since the start.
        from: Duration,
    },
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

    /// Whether some of its messages are due as room allows.
    #[must_use]
    pub fn has_flood(&self) -> bool {
        let mut phases = self.phases.iter();
        phases.any(|phase| matches!(phase, Phase::Flood { .. }))
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
