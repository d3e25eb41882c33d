//! Runs in which the number of workers follows a script: small ones that can be worked out by hand,
//! long ones that queueing theory knows.

use super::super::*;
use super::{all, assert_near, at, workload};
use crate::engine::Platform;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};
use crate::workload::{Service, Spread};
use traffic::{ArrivalProcess, RateSeries};

/// Messages one at a time: so many a second, for so long.
fn trickle(per_second: f64, seconds: f64, service: Duration) -> Workload {
    Workload {
        rate: RateSeries::constant(per_second, seconds).unwrap(),
        service: Service {
            mean: service,
            spread: Spread::Constant,
        },
        ..workload()
    }
}

/// A rival that wants so many workers from each time on.
struct Script {
    steps: Vec<(Duration, u32)>,
    victims: Victims,
    grace: Duration,
}

impl Rival for Script {
    fn next_at(&self) -> Duration {
        let far = Duration::from_secs(1_000_000);
        self.steps.first().map_or(far, |&(at, _)| at)
    }

    fn workers(&mut self, _: Duration, _: &Seen) -> u32 {
        self.steps.remove(0).1
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: self.victims,
            grace: self.grace,
        }
    }
}

/// Runs a script on a workload, with workers that take so many messages at a time.
fn run_script(workload: &Workload, steps: &[(u64, u32)], prefetch: u32, victims: Victims) -> Run {
    let script = Script {
        steps: steps.iter().map(|&(ms, n)| (at(ms), n)).collect(),
        victims,
        grace: at(500),
    };
    let facts = Facts {
        worker_rate: workload.worker_rate(),
        capacity: 2.0 * workload.worker_rate(),
        min: 0,
        max: workload.max,
        slo: workload.slo,
        peak: 1,
        prefetch,
        phase: 0.0,
    };
    let driver = Box::new(Platform::new(Box::new(script), facts, 1));
    let run = drive(workload, "script", 1, driver, Some(1.0), all());
    assert_eq!(run.violation, None);
    run
}

#[test]
fn one_worker_takes_three_messages_one_after_the_other() {
    // They arrive at 0, 1/3 and 2/3 s and take 1 s each; the worker is ready at 0.5 s, so they are
    // begun at 0.5, 1.5 and 2.5 s. It is done at 3.5 s, and stays for the minute that counts.
    let run = run_script(
        &trickle(3.0, 1.0, at(1000)),
        &[(0, 1)],
        1,
        Victims::OldestFirst,
    );
    let summary = run.summary;
    assert_eq!((summary.messages, summary.unfinished), (3, 0));
    assert_near(summary.wait_p50_seconds, 1.5 - 1.0 / 3.0, 0.001);
    assert_near(summary.wait_max_seconds, 2.5 - 2.0 / 3.0, 1e-6);
    assert_near(summary.wait_mean_seconds, 3.5 / 3.0, 1e-6);
    assert_eq!(summary.over_slo_ratio, 0.0);
    assert_near(summary.worker_seconds, 63.5, 1e-9);
    // Three would have kept up.
    assert_eq!(summary.enough_workers_seconds, None);
    assert_eq!((summary.workers_peak, summary.workers_moved), (1, 1));
    assert_eq!(summary.scale_actions, 1);
    let at_second = run.series[2];
    assert_eq!(
        (at_second.seconds, at_second.backlog, at_second.workers),
        (2.0, 2, 1)
    );
}

#[test]
fn what_one_worker_holds_beyond_its_message_waits_although_another_is_free() {
    // Two messages at 0 and 0.5 s, 2 s each. The first worker, which takes two at a time, is ready
    // at 0.5 s and holds both when the second one comes: they are begun at 0.5 and 2.5 s.
    let workload = trickle(2.0, 1.0, at(2000));
    let run = run_script(&workload, &[(0, 1), (400, 2)], 2, Victims::OldestFirst);
    assert_near(run.summary.wait_max_seconds, 2.0, 1e-5);
    // With one at a time, the second worker begins with it at 0.9 s.
    let run = run_script(&workload, &[(0, 1), (400, 2)], 1, Victims::OldestFirst);
    assert_near(run.summary.wait_max_seconds, 0.5, 1e-5);
}

#[test]
fn a_drained_worker_finishes_what_it_holds_and_takes_no_more() {
    // Four messages within 1 s, 0.2 s each, two at a time. The worker is ready at 0.5 s and takes
    // those of 0 and 0.25 s; told to stop at 0.6 s, it has done both at 0.9 s and goes. The next one
    // is ready at 2.5 s.
    let run = run_script(
        &trickle(4.0, 1.0, at(200)),
        &[(0, 1), (600, 0), (2000, 1)],
        2,
        Victims::OldestFirst,
    );
    assert_eq!((run.summary.busy_killed, run.summary.unfinished), (0, 0));
    assert_near(run.summary.wait_max_seconds, 2.0, 1e-5);
    assert_near(run.summary.worker_seconds, 0.9 + 0.9 + 60.0, 1e-5);
}

#[test]
fn what_outlives_its_grace_is_killed_and_what_it_held_is_delivered_again_in_order() {
    // Two messages at 0 and 0.5 s, 2 s each, two at a time. Told to stop at 1 s, the worker is
    // killed at 1.5 s with both. The next one is ready at 2.5 s and begins with them at 2.5 and 4.5.
    let run = run_script(
        &trickle(2.0, 1.0, at(2000)),
        &[(0, 1), (1000, 0), (2000, 1)],
        2,
        Victims::OldestFirst,
    );
    assert_eq!((run.summary.busy_killed, run.summary.unfinished), (2, 0));
    assert_near(run.summary.wait_p50_seconds, 2.5, 0.01);
    assert_near(run.summary.wait_max_seconds, 4.0, 1e-5);
}

#[test]
fn a_busy_worker_that_is_stopped_while_another_is_known_to_be_idle_counts() {
    // One message of 3 s; two workers are ready at 0.5 s, and the first one takes it.
    let workload = trickle(1.0, 1.0, at(3000));
    for (stop_at, victims, expected) in [
        (1000, Victims::OldestFirst, 1),
        (1000, Victims::IdleFirst, 0),
        // Nobody can know yet.
        (600, Victims::OldestFirst, 0),
    ] {
        let run = run_script(&workload, &[(0, 2), (stop_at, 1)], 1, victims);
        assert_eq!(
            run.summary.busy_drained, expected,
            "{stop_at} ms, {victims:?}"
        );
    }
}

#[test]
fn a_worker_that_is_busy_with_one_short_message_after_another_is_known_to_be_busy() {
    // Four messages by 0.5 s, 0.15 s each: the first worker takes all of them then, and is on the
    // third of them at 0.95 s. The second one is ready at 0.6 s, and nothing is left for it.
    let run = run_script(
        &trickle(8.0, 0.5, at(150)),
        &[(0, 1), (100, 2), (950, 1)],
        4,
        Victims::OldestFirst,
    );
    assert_eq!(run.summary.busy_drained, 1);
}

#[test]
fn traffic_of_a_month_has_no_more_moments_than_that_of_an_afternoon() {
    let month = trickle(0.001, 2_592_000.0, at(50));
    let end = 10_000_000_000;
    let run = run_script(&month, &[(0, 1), (end, 1)], 1, Victims::IdleFirst);
    let moments = run.series.len();
    assert!((10_000..10_010).contains(&moments), "{moments}");
}

#[test]
fn a_worker_that_is_told_to_stop_before_it_is_ready_is_gone_at_once() {
    let run = run_script(
        &trickle(1.0, 1.0, at(50)),
        &[(0, 2), (100, 1)],
        1,
        Victims::OldestFirst,
    );
    // The other one does the message at 0.5 s, and stays a minute after the end of the traffic.
    assert_near(run.summary.worker_seconds, 0.1 + 61.0, 1e-5);
    assert_eq!(
        (run.summary.workers_moved, run.summary.scale_actions),
        (3, 2)
    );
}

#[test]
fn waits_and_backlogs_are_those_that_queueing_theory_knows() {
    // M/M/1 with ρ = 10/20: a mean wait of ρ/(μ − λ) = 0.05 s, and, by Little's law, λ·(0.05 + 0.05)
    // = 1 message in the system.
    let workload = Workload {
        rate: RateSeries::constant(10.0, 20_000.0).unwrap(),
        process: ArrivalProcess::Poisson,
        service: Service {
            mean: at(50),
            spread: Spread::Exponential,
        },
        ..workload()
    };
    let run = run_script(&workload, &[(0, 1)], 5, Victims::OldestFirst);
    assert_near(run.summary.wait_mean_seconds, 0.05, 0.0025);
    let backlogs = run.series.iter().map(|moment| moment.backlog as f64);
    assert_near(backlogs.sum::<f64>() / run.series.len() as f64, 1.0, 0.05);
}

#[test]
fn a_policy_that_never_gets_through_is_stopped_with_what_is_left() {
    let workload = trickle(10.0, 1.0, at(1000));
    let run = run_script(&workload, &[], 1, Victims::OldestFirst);
    assert_eq!((run.summary.messages, run.summary.unfinished), (10, 10));
    assert_eq!(run.summary.over_slo_ratio, 1.0);
    assert_near(run.summary.wait_max_seconds, 602.0, 1e-5);
    assert_eq!(run.summary.enough_workers_seconds, None);
}
