//! When each message arrives: the cumulative rate, inverted.
//!
//! The integral of the rate says how many messages have come by an instant. Evenly spread, message
//! *k* arrives when it passes *k*, so counts are exact: 285 msg/s for 82 s are 23,370 messages. As a
//! Poisson process, the steps from one message to the next are exponential with mean 1 instead of 1,
//! which follows any rate without rejecting a draw.
//!
//! Example: 10 msg/s for 1 s and then a ramp from 10 to 30 msg/s within 2 s. Message 10 arrives at
//! 1 s; message 20 at 1 s + t with 10·t + 5·t² = 10, which is t = 0.732 s.

use super::{Process, RateSeries, Workload};
use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_pcg::Pcg64;
use std::time::Duration;

/// Tells this random stream from those that begin with the same seed.
const STREAM: u64 = 0x6172_7269_7661_6c73;

/// A part of a message that is taken for rounding: sums of a million trapezoids err by less.
const ROUNDING: f64 = 1e-6;

/// The instant of each message of a workload in order, computed one at a time. The same seed gives
/// the same instants.
#[must_use]
pub fn arrival_instants(workload: &Workload, seed: u64) -> Arrivals {
    Arrivals {
        steps: match workload.process {
            Process::Even => Steps::Even { next: 0 },
            Process::Poisson => Steps::Poisson {
                random: Pcg64::seed_from_u64(seed ^ STREAM),
                passed: 0.0,
            },
        },
        rate: workload.rate.clone(),
        segment: 0,
        last: Duration::ZERO,
    }
}

/// The instants of a workload's messages, from the first to the last.
#[derive(Clone, Debug)]
pub struct Arrivals {
    rate: RateSeries,
    /// The point that the current stretch begins with.
    segment: usize,
    steps: Steps,
    last: Duration,
}

/// From one message to the next, on the scale of the integral.
#[derive(Clone, Debug)]
enum Steps {
    /// Whole numbers from 0, which no adding up can shift.
    Even { next: u64 },
    /// Sums of exponential steps.
    Poisson { random: Pcg64, passed: f64 },
}

impl Steps {
    fn next(&mut self) -> f64 {
        match self {
            Self::Even { next } => {
                #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 messages")]
                let passed = *next as f64;
                *next += 1;
                // A count that rounding leaves just below a whole number still completes it.
                passed + ROUNDING
            }
            Self::Poisson { random, passed } => {
                let step: f64 = Exp1.sample(random);
                *passed += step;
                *passed
            }
        }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let passed = self.steps.next();
        let points = self.rate.points();
        let arrived = self.rate.arrived();
        loop {
            let stretch = points.get(self.segment..self.segment + 2)?;
            if passed < arrived[self.segment + 1] {
                let within = passed - arrived[self.segment];
                let seconds = stretch[0].0 + inverse(stretch[0], stretch[1], within);
                // Rounding to nanoseconds must not turn two messages around.
                self.last = self.last.max(Duration::from_secs_f64(seconds));
                return Some(self.last);
            }
            self.segment += 1;
        }
    }
}

/// Seconds since the stretch began, by which so many messages have come: solves
/// `from·t + (to − from)·t²/(2·length) = messages`, in the form that loses nothing where `from` and
/// `to` are nearly the same. There are more messages in the stretch than that.
fn inverse((since, from): (f64, f64), (until, to): (f64, f64), messages: f64) -> f64 {
    if messages <= 0.0 {
        return 0.0;
    }
    let length = until - since;
    let slope = (to - from) / length;
    // Rounding may take the end of a ramp down to zero just below it.
    let root = (from * from + 2.0 * slope * messages).max(0.0).sqrt();
    (2.0 * messages / (from + root)).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Service, Spread};

    fn workload(points: &[(f64, f64)], process: Process) -> Workload {
        Workload {
            name: "test".to_owned(),
            about: "a test".to_owned(),
            rate: RateSeries::try_new(points.to_vec()).unwrap(),
            process,
            service: Service {
                mean: Duration::from_millis(5),
                spread: Spread::Constant,
            },
            start_up: Duration::from_millis(500),
            faults: Vec::new(),
            max: 10,
            slo: Duration::from_secs(2),
        }
    }

    fn even(points: &[(f64, f64)]) -> Vec<f64> {
        arrival_instants(&workload(points, Process::Even), 1)
            .map(|instant| instant.as_secs_f64())
            .collect()
    }

    #[test]
    fn even_messages_arrive_where_the_integral_passes_whole_numbers() {
        let instants = even(&[(0.0, 10.0), (1.0, 10.0), (3.0, 30.0)]);
        assert_eq!(instants.len(), 50);
        for (message, seconds) in [(0, 0.0), (5, 0.5), (10, 1.0), (20, 1.732_051)] {
            assert!(
                (instants[message] - seconds).abs() < 1e-6,
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
        assert_eq!(silence.len(), 4);
        assert!((silence[2] - 5.0).abs() < 1e-5, "{silence:?}");
        assert_eq!(even(&[(0.0, 0.0), (5.0, 0.0)]), Vec::<f64>::new());
    }

    #[test]
    fn poisson_messages_follow_the_rate_with_the_spread_of_chance() {
        // 20,000 messages: ten thousand in each half, within 4·√10 000 = 400 of it.
        let points = [(0.0, 0.0), (10.0, 2000.0), (10.0, 200.0), (60.0, 200.0)];
        let instants: Vec<_> = arrival_instants(&workload(&points, Process::Poisson), 7).collect();
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
        let workload = workload(&[(0.0, 100.0), (10.0, 100.0)], Process::Poisson);
        let instants = |seed| arrival_instants(&workload, seed).collect::<Vec<_>>();
        assert_eq!(instants(1), instants(1));
        assert_ne!(instants(1), instants(2));
    }
}
