//! When each message of a rate series arrives, one after another.
//!
//! Evenly spread, message *k* arrives when the integral passes *k*. As a Poisson process, the steps
//! from one message to the next are exponential with mean 1 instead of 1, which follows any rate
//! without rejecting a draw (the time-change theorem). A [`Schedule`](crate::Schedule) draws first how
//! many messages there are, which a producer has to know beforehand; a simulation need not, and its
//! published figures are those of these steps.
//!
//! Example: 10 msg/s for 1 s and then a ramp from 10 to 30 msg/s within 2 s. Message 10 arrives at
//! 1 s; message 20 at 1 s + t with 10·t + 5·t² = 10, which is t = 0.732 s.

use crate::integral::MESSAGE;
use crate::pieces::Pieces;
use crate::process::ArrivalProcess;
use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_pcg::Pcg64;
use std::sync::Arc;
use std::time::Duration;

/// Tells this random stream from those that begin with the same seed.
const STREAM: u64 = 0x6172_7269_7661_6c73;

/// The instants of a series' messages, from the first to the last.
#[derive(Clone, Debug)]
pub struct Walk {
    pieces: Arc<Pieces>,
    steps: Steps,
    /// The instant given last: rounding must not turn two messages around.
    last: Duration,
}

/// From one message to the next, on the scale of the integral.
#[derive(Clone, Debug)]
enum Steps {
    /// Whole messages from 0, which no adding up can shift.
    Even { next: u64 },
    /// Sums of exponential steps, in messages.
    Poisson { random: Pcg64, passed: f64 },
}

impl Walk {
    pub(crate) fn new(pieces: Arc<Pieces>, process: ArrivalProcess, seed: u64) -> Self {
        Self {
            pieces,
            steps: match process {
                ArrivalProcess::Even => Steps::Even { next: 0 },
                ArrivalProcess::Poisson => Steps::Poisson {
                    random: Pcg64::seed_from_u64(seed ^ STREAM),
                    passed: 0.0,
                },
            },
            last: Duration::ZERO,
        }
    }
}

impl Steps {
    /// What the integral has to pass for the next message.
    fn next(&mut self) -> u128 {
        match self {
            Self::Even { next } => {
                let passed = u128::from(*next) * MESSAGE;
                *next += 1;
                passed
            }
            Self::Poisson { random, passed } => {
                let step: f64 = Exp1.sample(random);
                *passed += step;
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a sum of steps above 0; a double is as good as the steps are"
                )]
                let volume = (*passed * MESSAGE as f64) as u128;
                volume
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let passed = self.steps.next();
        if passed >= self.pieces.volume() {
            return None;
        }
        self.last = self.last.max(self.pieces.instant(passed));
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use crate::{ArrivalProcess, RateSeries};
    use std::time::Duration;

    fn instants(points: &[(f64, f64)], process: ArrivalProcess, seed: u64) -> Vec<Duration> {
        let series = RateSeries::try_new(points.iter().copied()).unwrap();
        series.walk(process, seed).collect()
    }

    fn even(points: &[(f64, f64)]) -> Vec<f64> {
        let instants = instants(points, ArrivalProcess::Even, 1);
        instants.iter().map(Duration::as_secs_f64).collect()
    }

    #[test]
    fn even_messages_arrive_where_the_integral_passes_whole_numbers() {
        let instants = even(&[(0.0, 10.0), (1.0, 10.0), (3.0, 30.0)]);
        assert_eq!(instants.len(), 50);
        for (message, seconds) in [(0, 0.0), (5, 0.5), (10, 1.0), (20, 1.732_050_8)] {
            assert!(
                (instants[message] - seconds).abs() < 1e-7,
                "message {message}: {}",
                instants[message]
            );
        }
    }

    #[test]
    fn even_counts_are_exact_over_steps_ramps_and_silence() {
        assert_eq!(even(&[(0.0, 285.0), (82.0, 285.0)]).len(), 23_370);
        // A tenth of a second is no binary fraction, and adds up all the same.
        let steps: Vec<_> = (0..=1000)
            .map(|step| (f64::from(step) * 0.1, 30.0))
            .collect();
        assert_eq!(even(&steps).len(), 3000);
        let silence = even(&[
            (0.0, 2.0),
            (1.0, 2.0),
            (1.0, 0.0),
            (5.0, 0.0),
            (5.0, 1.0),
            (6.5, 1.0),
        ]);
        assert_eq!(silence, [0.0, 0.5, 5.0, 6.0]);
        assert_eq!(even(&[(0.0, 0.0), (5.0, 0.0)]), Vec::<f64>::new());
    }

    #[test]
    fn poisson_messages_follow_the_rate_with_the_spread_of_chance() {
        // 20,000 messages: ten thousand in each half, within 4·√10 000 = 400 of it.
        let points = [(0.0, 0.0), (10.0, 2000.0), (10.0, 200.0), (60.0, 200.0)];
        let instants = instants(&points, ArrivalProcess::Poisson, 7);
        let early = instants
            .iter()
            .filter(|instant| instant.as_secs() < 10)
            .count();
        let late = instants.len() - early;
        assert!(
            early.abs_diff(10_000) < 400 && late.abs_diff(10_000) < 400,
            "{early}, {late}"
        );
        assert!(instants.is_sorted());
        // Per second, the variance is the mean: 200 of 200, where even messages have none.
        let mut counts = [0_f64; 50];
        for instant in &instants[early..] {
            let second = usize::try_from(instant.as_secs()).unwrap() - 10;
            counts[second] += 1.0;
        }
        let variance = counts
            .iter()
            .map(|count| (count - 200.0).powi(2))
            .sum::<f64>()
            / 50.0;
        assert!((100.0..350.0).contains(&variance), "{variance}");
    }

    #[test]
    fn a_seed_gives_the_same_instants_again_and_another_seed_others() {
        let instants = |seed| {
            instants(
                &[(0.0, 100.0), (10.0, 100.0)],
                ArrivalProcess::Poisson,
                seed,
            )
        };
        assert_eq!(instants(1), instants(1));
        assert_ne!(instants(1), instants(2));
    }
}
