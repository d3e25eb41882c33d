//! The instants at which messages are due, one after another.

use crate::curve::Curve;
use crate::due::Due;
use crate::integral::MESSAGE;
use crate::rng;
use rand::RngExt as _;
use rand_distr::Exp1;
use rand_pcg::Pcg64;
use std::sync::Arc;
use std::time::Duration;

/// The due instants of a schedule, from the first message to the last.
#[derive(Clone, Debug)]
pub struct Instants {
    curves: Arc<[Curve]>,
    curve: usize,
    /// When the current curve starts.
    start: Duration,
    /// What was given last: rounding must not turn two instants around.
    last: Duration,
    arrivals: Passing,
}

/// What the integral has to pass for the next message.
#[derive(Clone, Debug)]
enum Passing {
    /// As many messages as there were before it.
    Even {
        /// What all curves before the current one brought, in units.
        entered: u128,
        /// The message that comes next.
        next: u64,
    },
    /// A random place among those that are left in the curve.
    Poisson(Scattered),
}

/// So many messages scattered over the integral of one curve, in their order.
#[derive(Clone, Debug)]
struct Scattered {
    seed: u64,
    generator: Pcg64,
    /// How many are to come.
    messages: u64,
    /// The share of the curve's integral that lies behind the last one.
    left: f64,
}

impl Instants {
    /// Message k is due when the integral passes k.
    pub(crate) fn even(curves: Arc<[Curve]>) -> Self {
        let arrivals = Passing::Even {
            entered: 0,
            next: 0,
        };
        Self::new(curves, arrivals)
    }

    /// As many messages as each curve has, at random.
    pub(crate) fn poisson(curves: Arc<[Curve]>, seed: u64) -> Self {
        let arrivals = Passing::Poisson(Scattered::over(curves.first(), seed, 0));
        Self::new(curves, arrivals)
    }

    fn new(curves: Arc<[Curve]>, arrivals: Passing) -> Self {
        Self {
            curves,
            curve: 0,
            start: Duration::ZERO,
            last: Duration::ZERO,
            arrivals,
        }
    }

    /// Goes on from this message of a schedule whose messages come evenly.
    #[cfg(test)]
    pub(crate) fn skip_to(&mut self, message: u64) {
        if let Passing::Even { next, .. } = &mut self.arrivals {
            *next = message;
        }
    }
}

impl Iterator for Instants {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        loop {
            let curve = self.curves.get(self.curve)?;
            if let Some(volume) = self.arrivals.next_within(curve) {
                return Some(match curve.instant(volume) {
                    Due::AsRoomAllows { from } => Due::AsRoomAllows {
                        from: self.start + from,
                    },
                    Due::At(at) => {
                        self.last = self.last.max(self.start + at);
                        Due::At(self.last)
                    }
                });
            }
            self.start += curve.duration;
            self.curve += 1;
            match &mut self.arrivals {
                Passing::Even { entered, .. } => *entered += curve.volume,
                Passing::Poisson(scattered) => {
                    let next = self.curves.get(self.curve);
                    *scattered = Scattered::over(next, scattered.seed, self.curve);
                }
            }
        }
    }
}

impl Passing {
    /// How much of a curve's integral the next message waits for, unless it is for a later curve.
    fn next_within(&mut self, curve: &Curve) -> Option<u128> {
        match self {
            Self::Even { entered, next } => {
                let within = u128::from(*next) * MESSAGE - *entered;
                (within < curve.volume).then(|| {
                    *next += 1;
                    within
                })
            }
            Self::Poisson(scattered) => scattered.next_share().map(|share| {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share of the volume is between none and all of it"
                )]
                let within = (share * curve.volume as f64) as u128;
                within.min(curve.volume.saturating_sub(1))
            }),
        }
    }
}

impl Scattered {
    fn over(curve: Option<&Curve>, seed: u64, index: usize) -> Self {
        Self {
            seed,
            generator: rng::generator(seed, rng::Use::Gaps(index)),
            messages: curve.map_or(0, |curve| curve.drawn),
            left: 1.0,
        }
    }

    /// The next place, as a share of the whole.
    ///
    /// The smallest of m uniform numbers leaves a share of U^(1/m) above it, which is e^(−E/m) with
    /// E = −ln U, an exponential of mean 1; what is above it holds the other m − 1, uniform again.
    fn next_share(&mut self) -> Option<f64> {
        if self.messages == 0 {
            return None;
        }
        let exponential: f64 = self.generator.sample(Exp1);
        #[expect(clippy::cast_precision_loss, reason = "messages are below 2^53")]
        let count = self.messages as f64;
        self.left *= (-exponential / count).exp();
        self.messages -= 1;
        Some(1.0 - self.left)
    }
}
