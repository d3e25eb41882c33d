//! Many runs of random policies on random workloads, each with everything checked that must hold.
//!
//! A run is its seed: the rates, the spreads, the faults, the policy and its settings are all drawn
//! from it, so whatever is found can be run again.

use crate::checks::{Checks, Violation};
use crate::engine::{Purpose, stream};
use crate::perception::Perception;
use crate::policies::{NAMES, Policy, settings};
use crate::run::{Keep, Options, Run, run};
use crate::workload::{Fault, Service, Spread, Workload};
use config::ArrivalsFrom;
use policy::{Backlog, FastInterval, Fraction, Headroom, Settings, Step, Strategy, WorkerRate};
use rand::RngExt as _;
use rand_pcg::Pcg64;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use traffic::{ArrivalProcess, RateSeries};

/// Runs are short, so that there can be many of them.
const SECONDS_MAX: f64 = 60.0;

/// At the most so many messages per second, for the same reason.
const RATE_MAX: f64 = 300.0;

/// A run of the swarm that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}: {problem}\nrun it again with: warren-sim swarm --seed {seed} --runs 1")]
pub struct Failure {
    pub seed: u64,
    pub problem: Problem,
}

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something that must hold did not.
    #[error("{0}")]
    Broken(Violation),
    /// The same run came out differently the second time.
    #[error("policy \"{policy}\" does not do the same again")]
    Differs { policy: String },
    #[error("{0}")]
    Panicked(String),
}

/// Does so many runs, from one seed on; tells `progress` how many are done.
///
/// # Errors
/// With the first run that fails.
pub fn swarm(seed: u64, runs: u64, mut progress: impl FnMut(u64)) -> Result<(), Failure> {
    for done in 0..runs {
        let seed = seed.wrapping_add(done);
        let outcome = catch_unwind(AssertUnwindSafe(|| run_one(seed)));
        let problem = match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(problem)) => Some(problem),
            Err(panic) => Some(Problem::Panicked(message(panic.as_ref()))),
        };
        if let Some(problem) = problem {
            return Err(Failure { seed, problem });
        }
        progress(done + 1);
    }
    Ok(())
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a message"))
}

/// Runs what a seed stands for, twice.
fn run_one(seed: u64) -> Result<Run, Problem> {
    let mut random = stream(seed, Purpose::Swarm);
    let workload = workload(&mut random);
    let policy = policy(&mut random, &workload);
    let go = |keep| {
        let options = Options {
            checks: Checks::On,
            keep,
            // It changes nothing.
            floor_worker_seconds: Some(1.0),
            ..Options::default()
        };
        run(&workload, &policy, seed, options)
    };
    let mut first = go(Keep::All);
    if let Some(violation) = first.violation.take() {
        return Err(Problem::Broken(violation));
    }
    if go(Keep::Summary).summary != first.summary {
        return Err(Problem::Differs {
            policy: policy.name().to_owned(),
        });
    }
    Ok(first)
}

fn workload(random: &mut Pcg64) -> Workload {
    // From 2 ms to 5 s, each order of magnitude alike.
    let mean = 0.002 * 2500_f64.powf(random.random());
    let peak = random.random_range(0.5..20.0_f64) / mean;
    Workload {
        name: "swarm".to_owned(),
        about: "drawn from a seed".to_owned(),
        rate: rate(random, peak.min(RATE_MAX)),
        process: pick(random, &[ArrivalProcess::Even, ArrivalProcess::Poisson]),
        service: Service {
            mean: Duration::from_secs_f64(mean),
            spread: spread(random),
        },
        start_up: seconds(random, 0.0, 12.0),
        faults: faults(random),
        max: random.random_range(1..=30),
        slo: seconds(random, 0.1, 10.0),
    }
}

/// Ramps, steps and pauses.
fn rate(random: &mut Pcg64, peak: f64) -> RateSeries {
    let mut points = Vec::new();
    let mut time = 0.0;
    while time < SECONDS_MAX && points.len() < 12 {
        let is_pause = random.random_bool(0.25);
        let level = if is_pause {
            0.0
        } else {
            random.random_range(0.0..=peak)
        };
        points.push((time, level));
        if random.random_bool(0.5) {
            // A step: this level holds until the next point.
            time += random.random_range(0.5..20.0);
            points.push((time, level));
        }
        time += random.random_range(0.0..15.0);
    }
    points.push((time + 1.0, 0.0));
    RateSeries::try_new(points).expect("times rise, and rates are not negative")
}

fn spread(random: &mut Pcg64) -> Spread {
    let sigma = random.random_range(0.1..2.0);
    let shape = random.random_range(1.2..4.0);
    let spreads = [
        Spread::Constant,
        Spread::Exponential,
        Spread::LogNormal { sigma },
        Spread::Pareto { shape },
    ];
    pick(random, &spreads)
}

/// Any number of the faults there are.
fn faults(random: &mut Pcg64) -> Vec<Fault> {
    let from = seconds(random, 0.0, SECONDS_MAX);
    let all = [
        Fault::Late(seconds(random, 0.1, 15.0)),
        Fault::Outage {
            from,
            until: from + seconds(random, 0.1, 40.0),
        },
        Fault::Absurd {
            at: seconds(random, 0.0, SECONDS_MAX),
            factor: random.random_range(2..1_000_000),
        },
        Fault::Crashes {
            every: seconds(random, 1.0, 60.0),
        },
    ];
    let mut faults = all.to_vec();
    faults.retain(|_| random.random_bool(0.25));
    faults
}

/// As often one of those with a name as Warren with settings that nobody would think of.
fn policy(random: &mut Pcg64, workload: &Workload) -> Policy {
    if random.random_bool(0.5) {
        let name = pick(random, &NAMES);
        return Policy::named(name).expect("it is one of the names");
    }
    let perception = Perception {
        arrivals: pick(random, &[ArrivalsFrom::CountQueue, ArrivalsFrom::Balance]),
        workers_report: random.random_bool(0.75),
    };
    let settings = odd_settings(random, workload);
    Policy::with_settings("warren at random", settings).with_perception(perception)
}

fn odd_settings(random: &mut Pcg64, workload: &Workload) -> Settings {
    let mut settings = settings(workload);
    let wait = seconds(random, 0.5, 10.0);
    settings.strategy = pick(random, &[Strategy::Formula, Strategy::Deadline { wait }]);
    settings.worker_rate = pick(random, &[WorkerRate::Given, WorkerRate::Measured]);
    settings.backlog = pick(random, &[Backlog::Ready, Backlog::ReadyAndInFlight]);
    let beta = random.random_range(0.0..2.0);
    settings.headroom = Headroom::try_new(beta).expect("it is not negative");
    settings.prefetch = NonZeroU32::new(random.random_range(1..=50)).unwrap_or(NonZeroU32::MIN);
    settings.interval = seconds(random, 0.2, 5.0);
    let fast = settings.interval.mul_f64(random.random_range(0.05..1.0));
    settings.fast_interval = pick(random, &[FastInterval::Off, FastInterval::Every(fast)]);
    settings.ready_after = seconds(random, 0.1, 10.0);
    settings.stop_grace = seconds(random, 0.1, 10.0);
    let limits = &mut settings.limits;
    limits.step_up = step(random);
    limits.step_down = step(random);
    limits.hold = seconds(random, 0.0, 20.0);
    limits.dead_band.wait = seconds(random, 0.0, 2.0);
    let share: f64 = random.random();
    limits.dead_band.share = Fraction::try_new(share).expect("it is drawn from 0 up to 1");
    limits.dead_band.hold = seconds(random, 0.0, 20.0);
    limits.min = random.random_range(0..=workload.max);
    limits.max_processes = random.random_range(workload.max..=2 * workload.max);
    settings
}

fn step(random: &mut Pcg64) -> Step {
    match NonZeroU32::new(random.random_range(0..5)) {
        None => Step::Unlimited,
        Some(workers) => Step::AtMost(workers),
    }
}

fn seconds(random: &mut Pcg64, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(random.random_range(from..to))
}

fn pick<T: Copy>(random: &mut Pcg64, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_in_some_hundred_runs() {
        let mut done = 0;
        let outcome = swarm(1, 300, |runs| done = runs);
        assert_eq!((outcome, done), (Ok(()), 300));
    }

    #[test]
    fn a_failure_names_the_command_that_runs_it_again() {
        let failure = Failure {
            seed: 41,
            problem: Problem::Panicked("panicked: so it goes".to_owned()),
        };
        assert_eq!(
            failure.to_string(),
            "seed 41: panicked: so it goes\n\
             run it again with: warren-sim swarm --seed 41 --runs 1"
        );
    }
}
