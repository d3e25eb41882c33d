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

use crate::curve::Curve;
use crate::instants::Instants;
use crate::integral::MESSAGE;
use crate::phase::Phase;
use crate::process::ArrivalProcess;
use crate::rate::Rate;
use std::sync::Arc;
use std::time::Duration;

/// A whole scenario's phases, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    phases: Vec<Phase>,
    process: ArrivalProcess,
    seed: u64,
    curves: Arc<[Curve]>,
}

impl Schedule {
    /// The phases in their order, with nothing left to chance but what a phase itself is.
    #[must_use]
    pub fn new(phases: Vec<Phase>) -> Self {
        Self::with_seed(phases, ArrivalProcess::Even, 1)
    }

    /// The phases in their order, how messages lie about their rates, and what decides chance.
    #[must_use]
    pub fn with_seed(phases: Vec<Phase>, process: ArrivalProcess, seed: u64) -> Self {
        let numbered = phases.iter().enumerate();
        let curves = numbered.map(|(index, phase)| Curve::of(phase, seed, index));
        Self {
            curves: curves.collect(),
            phases,
            process,
            seed,
        }
    }

    /// Draws again, by another seed, all that is left to chance.
    pub fn reseed(&mut self, seed: u64) {
        *self = Self::with_seed(std::mem::take(&mut self.phases), self.process, seed);
    }

    /// The phases in their order.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// How many messages there are in all.
    #[must_use]
    pub fn messages(&self) -> u64 {
        match self.process {
            ArrivalProcess::Even => {
                let volume: u128 = self.curves.iter().map(|curve| curve.volume).sum();
                // Message k is due when the integral passes k, so a last part of one counts.
                u64::try_from(volume.div_ceil(MESSAGE)).unwrap_or(u64::MAX)
            }
            ArrivalProcess::Poisson => self.curves.iter().map(|curve| curve.drawn).sum(),
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
        let curves = Arc::clone(&self.curves);
        match self.process {
            ArrivalProcess::Even => Instants::even(curves),
            ArrivalProcess::Poisson => Instants::poisson(curves, self.seed),
        }
    }
}

#[cfg(test)]
mod tests;
