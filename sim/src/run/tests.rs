//! What the policies do with one traffic, when they look, and what they get to see.

mod faults;
mod script;

use super::*;
use crate::perception::Perception;
use crate::policies::settings;
use crate::workload::{Fault, Service, Spread};
use policy::{FastInterval, Floor, MinuteOfDay, RateSource, Weekday};
use traffic::{ArrivalProcess, RateSeries};

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// 100 evenly spread messages a second for a minute, 50 ms each, which five workers keep up with.
fn workload() -> Workload {
    Workload {
        name: "test".to_owned(),
        about: "a test".to_owned(),
        rate: RateSeries::constant(100.0, 60.0).unwrap(),
        process: ArrivalProcess::Even,
        service: Service {
            mean: at(50),
            spread: Spread::Constant,
        },
        start_up: at(500),
        faults: Vec::new(),
        max: 10,
        slo: at(2000),
    }
}

fn all() -> Options<'static> {
    Options {
        checks: Checks::On,
        keep: Keep::All,
        ..Options::default()
    }
}

fn run_named(workload: &Workload, policy: &str) -> Run {
    let run = run(workload, &Policy::named(policy).unwrap(), 1, all());
    assert_eq!(run.violation, None, "{policy}");
    run
}

fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value}, not {expected}"
    );
}

#[test]
fn one_seed_gives_one_run_and_another_seed_another() {
    let workload = Workload {
        process: ArrivalProcess::Poisson,
        faults: vec![Fault::Crashes { every: at(20_000) }],
        ..workload()
    };
    for policy in Policy::all() {
        let run_with = |seed| run(&workload, &policy, seed, all());
        assert_eq!(run_with(3), run_with(3), "{}", policy.name());
        assert_ne!(
            run_with(3).summary,
            run_with(4).summary,
            "{}",
            policy.name()
        );
    }
}

#[test]
fn every_policy_is_put_before_the_same_messages() {
    let workload = Workload {
        process: ArrivalProcess::Poisson,
        ..workload()
    };
    let messages = |policy: &Policy| run(&workload, policy, 5, all()).summary.messages;
    let floor = messages(&Policy::named(FLOOR).unwrap());
    for policy in Policy::all() {
        assert_eq!(messages(&policy), floor, "{}", policy.name());
    }
}

#[test]
fn warren_does_what_comes_and_goes_when_nothing_does() {
    let run = run_named(&workload(), "warren");
    assert_eq!((run.summary.messages, run.summary.unfinished), (6000, 0));
    assert!(run.summary.wait_p99_seconds < 3.0, "{:?}", run.summary);
    assert!(run.summary.over_slo_ratio < 0.1, "{:?}", run.summary);
    assert_eq!((run.summary.busy_killed, run.summary.busy_drained), (0, 0));
    assert_eq!(run.series.last().unwrap().workers, 0);
    assert!(run.decisions[0].observation.arrival_rate.is_none());
    assert!(run.decisions[1].observation.arrival_rate.is_some());
}

#[test]
fn the_first_message_of_an_idle_pool_is_looked_at_at_once() {
    let points = vec![(0.0, 0.0), (11.0, 0.0), (11.0, 100.0), (20.0, 100.0)];
    let workload = Workload {
        rate: RateSeries::try_new(points).unwrap(),
        ..workload()
    };
    let run = run_named(&workload, "warren");
    let looks: Vec<Duration> = run.decisions.iter().map(|decision| decision.at).collect();
    assert_eq!(looks[..6], [0, 2, 4, 6, 8, 10].map(Duration::from_secs));
    assert_near(looks[6].as_secs_f64(), 11.002, 1e-5);
}

#[test]
fn a_schedule_is_told_the_time() {
    let mut settings = settings(&workload());
    settings.schedule = vec![Floor {
        days: vec![Weekday::Monday],
        from: MinuteOfDay::new(0, 2).unwrap(),
        until: MinuteOfDay::new(0, 3).unwrap(),
        workers: 3,
    }];
    let policy = Policy::with_settings("by the clock", settings);
    let points = vec![(0.0, 0.0), (240.0, 0.0)];
    let workload = Workload {
        rate: RateSeries::try_new(points).unwrap(),
        ..workload()
    };
    let run = run(&workload, &policy, 1, all());
    let workers = [119, 125, 179, 200].map(|second: usize| run.series[second].workers);
    assert_eq!(workers, [0, 3, 3, 0]);
}

#[test]
fn a_pool_at_fast_polling_looks_every_fast_interval() {
    let mut settings = settings(&workload());
    settings.fast_interval = FastInterval::Every(at(500));
    let policy = Policy::with_settings("fast", settings);
    let run = run(&workload(), &policy, 1, all());
    let looks: Vec<Duration> = run.decisions.iter().map(|decision| decision.at).collect();
    let fast = looks.windows(2).filter(|pair| pair[1] - pair[0] == at(500));
    assert!(fast.count() >= 4, "{looks:?}");
    assert!(looks.windows(2).all(|pair| pair[1] - pair[0] <= at(2000)));
}

#[test]
fn the_floor_is_ready_when_the_rate_changes_and_costs_no_more_than_the_work() {
    // From 20 s on ten workers keep up instead of five, and from 40 s on five again.
    let points = vec![
        (0.0, 100.0),
        (20.0, 100.0),
        (20.0, 200.0),
        (40.0, 200.0),
        (40.0, 100.0),
        (60.0, 100.0),
    ];
    let workload = Workload {
        rate: RateSeries::try_new(points).unwrap(),
        ..workload()
    };
    let run = run_named(&workload, "floor");
    let workers: Vec<u32> = run.series.iter().map(|moment| moment.workers).collect();
    assert_eq!(
        (workers[19], workers[20], workers[39], workers[41]),
        (5, 10, 10, 5)
    );
    // 5·20 + 10·20 + 5·20 worker-seconds, half a second more for five that were ordered ahead, and
    // what is left to one worker in the end.
    let summary = run.summary;
    assert!(
        (402.0..408.0).contains(&summary.worker_seconds),
        "{summary:?}"
    );
    assert_eq!(summary.floor_worker_seconds, summary.worker_seconds);
    assert_near(
        floor_worker_seconds(&workload, 1),
        summary.worker_seconds,
        0.0,
    );
}

#[test]
fn arrivals_follow_from_the_balance_of_the_queue_where_nothing_counts_them() {
    let policy = Policy::named("warren").unwrap();
    let policy = policy.with_perception(Perception {
        arrivals: config::ArrivalsFrom::Balance,
        ..Perception::default()
    });
    let run = run(&workload(), &policy, 1, all());
    assert_eq!(run.violation, None);
    let rates: Vec<f64> = run
        .decisions
        .iter()
        .filter(|decision| decision.at < Duration::from_secs(60))
        .filter(|decision| decision.observation.arrival_rate_source == RateSource::Balance)
        .filter_map(|decision| Some(decision.observation.arrival_rate?.per_second()))
        .collect();
    assert!(rates.len() >= 20, "{rates:?}");
    // What one look misses the next one finds.
    assert_near(rates.iter().sum::<f64>() / rates.len() as f64, 100.0, 10.0);
}

#[test]
fn workers_that_report_nothing_do_their_work_as_well() {
    let policy = Policy::named("warren").unwrap();
    let policy = policy.with_perception(Perception {
        workers_report: false,
        ..Perception::default()
    });
    let run = run(&workload(), &policy, 1, all());
    assert_eq!((run.violation, run.summary.unfinished), (None, 0));
    assert!(run.summary.over_slo_ratio < 0.1, "{:?}", run.summary);
    // The broker shows their consumers, and what they hold is not known.
    let at_work = run
        .decisions
        .iter()
        .find(|decision| decision.from > 0 && decision.at > at(5000));
    assert_eq!(at_work.unwrap().observation.in_flight, None);
}
