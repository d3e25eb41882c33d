//! A phase ready to be followed: its rate as a curve that can be integrated and inverted, and what
//! of it is left to chance drawn.

use crate::due::Due;
use crate::integral::{MESSAGE, messages};
use crate::phase::{Holding, Phase};
use crate::pieces::{Pieces, Stretch};
use crate::rate::Rate;
use crate::rng;
use crate::sine::Sine;
use rand::RngExt as _;
use rand_distr::{Distribution as _, Exp1, Poisson};
use std::iter::from_fn;
use std::sync::Arc;
use std::time::Duration;

/// A rate over time, as its integral and the inverse of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Integral {
    Pieces(Arc<Pieces>),
    Sine(Sine),
    AsRoomAllows,
}

impl Integral {
    pub(crate) fn of(phase: &Phase, seed: u64, index: usize) -> Self {
        match *phase {
            Phase::Constant { rate, .. } | Phase::Counted { rate, .. } => {
                Self::straight([Stretch::level(rate, phase.duration())])
            }
            Phase::Ramp { from, to, duration } => Self::straight([Stretch { from, to, duration }]),
            Phase::Spike {
                base,
                peak,
                at,
                rise,
                hold,
                fall,
                duration,
            } => Self::straight([
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
            Phase::Square {
                high,
                low,
                period,
                high_for,
                ..
            } => Self::straight([
                Stretch::level(high, high_for),
                Stretch::level(low, period.saturating_sub(high_for)),
            ]),
            Phase::Sine {
                mean,
                amplitude,
                period,
                ..
            } => Self::Sine(Sine::new(mean, amplitude, period)),
            Phase::OnOff {
                rate,
                on,
                off,
                holding: Holding::Fixed,
                ..
            } => Self::straight([Stretch::level(rate, on), Stretch::level(Rate::ZERO, off)]),
            Phase::OnOff {
                rate,
                on,
                off,
                holding: Holding::Exponential,
                duration,
            } => Self::straight(random_bursts(rate, on, off, duration, seed, index)),
            Phase::Trace(ref series) => Self::Pieces(Arc::clone(&series.pieces)),
            Phase::Flood { .. } => Self::AsRoomAllows,
        }
    }

    fn straight(stretches: impl IntoIterator<Item = Stretch>) -> Self {
        Self::Pieces(Arc::new(Pieces::new(stretches)))
    }

    /// What enters by an instant, in units of the integral.
    pub(crate) fn entered_by(&self, at: Duration) -> u128 {
        match self {
            Self::Pieces(pieces) => pieces.entered_by(at),
            Self::Sine(sine) => sine.entered_by(at),
            Self::AsRoomAllows => 0,
        }
    }
}

/// A phase, ready to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    integral: Integral,
    pub(crate) duration: Duration,
    /// What enters in all, in units of the integral.
    pub(crate) volume: u128,
    /// How many messages there are if they come at random.
    pub(crate) drawn: u64,
}

impl Curve {
    pub(crate) fn of(phase: &Phase, seed: u64, index: usize) -> Self {
        let integral = Integral::of(phase, seed, index);
        let duration = phase.duration();
        // What is counted is exact, however it comes.
        let counted = match phase {
            Phase::Counted { requests, .. } => Some(*requests),
            Phase::Flood { messages } => Some(*messages),
            _ => None,
        };
        let volume = match counted {
            Some(count) => u128::from(count) * MESSAGE,
            None => integral.entered_by(duration),
        };
        Self {
            drawn: counted.unwrap_or_else(|| drawn(volume, seed, index)),
            integral,
            duration,
            volume,
        }
    }

    /// When so much has entered, since the phase's beginning; it is less than the whole.
    pub(crate) fn instant(&self, volume: u128) -> Due {
        match &self.integral {
            Integral::Pieces(pieces) => Due::At(pieces.instant(volume)),
            Integral::Sine(sine) => Due::At(sine.instant(volume)),
            Integral::AsRoomAllows => Due::AsRoomAllows {
                from: Duration::ZERO,
            },
        }
    }
}

/// How many messages a Poisson process of such a volume happens to have.
fn drawn(volume: u128, seed: u64, index: usize) -> u64 {
    // A phase without messages has no distribution.
    let Ok(poisson) = Poisson::new(messages(volume)) else {
        return 0;
    };
    let mut generator = rng::generator(seed, rng::Use::Counts(index));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number, below 10^16 for 400 days at the largest rate"
    )]
    let count = poisson.sample(&mut generator) as u64;
    count
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
    let mut generator = rng::generator(seed, rng::Use::Holding(index));
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
