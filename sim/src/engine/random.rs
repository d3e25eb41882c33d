//! Randomness: one stream for each purpose, so that what a policy does to one of them leaves the
//! others as they are. Every policy gets the same messages, which take the same time.

use crate::workload::{Service, Spread};
use policy::Fraction;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Exp1, LogNormal, Pareto};
use rand_pcg::Pcg64;
use std::time::Duration;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// How long messages take.
    Service,
    Crashes,
    /// Where rhythms begin.
    Phases,
    /// Which workers go.
    Victims,
    /// What spreads restarts.
    Jitter,
    /// What the swarm puts policies before.
    Swarm,
}

/// Longer than any message is meant to take: a heavy tail has no end of its own.
const SERVICE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The stream of a purpose. Seeds that lie near each other give streams that do not meet: each
/// purpose is one step away on a scale that seeds divide into parts of 2⁶⁴/φ.
pub(crate) fn stream(seed: u64, purpose: Purpose) -> Pcg64 {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let purpose = 1 + purpose as u64;
    Pcg64::seed_from_u64(seed.wrapping_mul(GOLDEN).wrapping_add(purpose))
}

/// A fraction from 0 up to, but not including, 1.
pub(crate) fn fraction(random: &mut Pcg64) -> Fraction {
    Fraction::try_new(random.random()).expect("a random double is drawn from 0 up to 1")
}

/// A time that is exponential around its mean.
pub(crate) fn exponential(random: &mut Pcg64, mean: Duration) -> Duration {
    let share: f64 = Exp1.sample(random);
    Duration::try_from_secs_f64(mean.as_secs_f64() * share).unwrap_or(Duration::MAX)
}

/// How long each message takes.
#[derive(Debug)]
pub(crate) struct ServiceTimes {
    random: Pcg64,
    spread: Seconds,
}

#[derive(Debug)]
enum Seconds {
    Constant(Duration),
    Exponential { mean: f64 },
    LogNormal(LogNormal<f64>),
    Pareto(Pareto<f64>),
}

impl ServiceTimes {
    /// The service times of a workload. Whoever made it has checked that its spread has a mean.
    pub(crate) fn new(service: Service, seed: u64) -> Self {
        let mean = service.mean.as_secs_f64();
        let spread = match service.spread {
            Spread::Constant => Seconds::Constant(service.mean),
            Spread::Exponential => Seconds::Exponential { mean },
            // The mean of e^N(m, σ²) is e^(m + σ²/2).
            Spread::LogNormal { sigma } => Seconds::LogNormal(
                LogNormal::new(mean.ln() - sigma * sigma / 2.0, sigma)
                    .expect("σ is finite and not negative"),
            ),
            // The mean of a Pareto variable from `scale` up is scale·α/(α − 1).
            Spread::Pareto { shape } => Seconds::Pareto(
                Pareto::new(mean * (shape - 1.0) / shape, shape)
                    .expect("a mean is above 0, and α above 1"),
            ),
        };
        Self {
            random: stream(seed, Purpose::Service),
            spread,
        }
    }

    /// How long the next message takes.
    pub(crate) fn next(&mut self) -> Duration {
        let random = &mut self.random;
        let seconds = match &self.spread {
            Seconds::Constant(duration) => return *duration,
            Seconds::Exponential { mean } => {
                let share: f64 = Exp1.sample(random);
                mean * share
            }
            Seconds::LogNormal(times) => times.sample(random),
            Seconds::Pareto(times) => times.sample(random),
        };
        Duration::try_from_secs_f64(seconds).map_or(SERVICE_MAX, |time| time.min(SERVICE_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spread_has_the_mean_it_was_given() {
        for (spread, tolerance) in [
            (Spread::Constant, 1e-9),
            (Spread::Exponential, 0.02),
            (Spread::LogNormal { sigma: 1.0 }, 0.02),
            (Spread::Pareto { shape: 2.5 }, 0.05),
        ] {
            let mean = Duration::from_millis(20);
            let mut times = ServiceTimes::new(Service { mean, spread }, 7);
            let sum: f64 = (0..100_000).map(|_| times.next().as_secs_f64()).sum();
            let ratio = sum / 100_000.0 / 0.02;
            assert!((ratio - 1.0).abs() < tolerance, "{spread:?}: {ratio}");
        }
    }

    #[test]
    fn a_stream_is_its_seed_and_its_purpose() {
        let first = |seed, purpose| stream(seed, purpose).random::<u64>();
        assert_eq!(first(1, Purpose::Jitter), first(1, Purpose::Jitter));
        assert_ne!(first(1, Purpose::Jitter), first(2, Purpose::Jitter));
        assert_ne!(first(1, Purpose::Jitter), first(1, Purpose::Victims));
    }
}
