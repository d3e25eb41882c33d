//! Small runs that can be worked out by hand, long ones that queueing theory knows, and each fault.

use super::*;
use crate::engine::Platform;
use crate::perception::Perception;
use crate::policies::settings;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};
use crate::workload::{Fault, Service, Spread};
use policy::{FastInterval, Floor, MinuteOfDay, RateSource, Reason, Weekday};
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

fn assert_near(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value}, not {expected}"
    );
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
fn in_an_outage_nothing_is_lowered_and_every_look_fails() {
    let points = vec![(0.0, 200.0), (15.0, 200.0), (15.0, 0.0), (60.0, 0.0)];
    let (from, until) = (at(11_000), at(41_000));
    let workload = Workload {
        rate: RateSeries::try_new(points).unwrap(),
        max: 20,
        faults: vec![Fault::Outage { from, until }],
        ..workload()
    };
    let run = run_named(&workload, "warren");
    let (without_data, with_data): (Vec<_>, Vec<_>) = run
        .decisions
        .iter()
        .partition(|decision| from <= decision.at && decision.at < until);
    assert!(without_data.len() >= 15);
    assert!(
        without_data
            .iter()
            .all(|decision| decision.reason == Reason::NoData)
    );
    assert!(
        with_data
            .iter()
            .all(|decision| decision.reason != Reason::NoData)
    );
    let desired = without_data[0].desired;
    assert!(
        desired >= 10
            && without_data
                .iter()
                .all(|decision| decision.desired == desired)
    );
    assert_eq!(run.series.last().unwrap().workers, 0);
}

#[test]
fn what_is_seen_late_is_acted_on_late() {
    let late = Workload {
        faults: vec![Fault::Late(at(10_000))],
        ..workload()
    };
    let enough_after = |workload| run_named(workload, "warren").summary.enough_workers_seconds;
    let (on_time, late) = (
        enough_after(&workload()).unwrap(),
        enough_after(&late).unwrap(),
    );
    assert!(
        (8.0..=12.0).contains(&(late - on_time)),
        "{on_time}, {late}"
    );
}

#[test]
fn one_look_is_absurd_and_the_next_is_not() {
    let workload = Workload {
        faults: vec![Fault::Absurd {
            at: at(20_000),
            factor: 1000,
        }],
        ..workload()
    };
    let run = run_named(&workload, "warren");
    let rates = run.decisions.iter().map(|decision| {
        let rate = decision.observation.arrival_rate;
        (decision.at, rate.map_or(0.0, policy::Rate::per_second))
    });
    let absurd: Vec<Duration> = rates
        .filter(|&(_, rate)| rate > 50_000.0)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(absurd.len(), 1, "{absurd:?}");
    assert!((at(20_000)..=at(22_000)).contains(&absurd[0]));
}

#[test]
fn workers_that_crash_lose_nothing_and_are_replaced() {
    let workload = Workload {
        faults: vec![Fault::Crashes { every: at(10_000) }],
        ..workload()
    };
    for policy in ["warren", "keda-tuned", "floor"] {
        let summary = run_named(&workload, policy).summary;
        assert_eq!(
            (summary.unfinished, summary.busy_killed),
            (0, 0),
            "{policy}"
        );
        assert!(summary.workers_moved > 20, "{policy}: {summary:?}");
    }
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
fn a_policy_that_never_gets_through_is_stopped_with_what_is_left() {
    let workload = trickle(10.0, 1.0, at(1000));
    let run = run_script(&workload, &[], 1, Victims::OldestFirst);
    assert_eq!((run.summary.messages, run.summary.unfinished), (10, 10));
    assert_eq!(run.summary.over_slo_ratio, 1.0);
    assert_near(run.summary.wait_max_seconds, 602.0, 1e-5);
    assert_eq!(run.summary.enough_workers_seconds, None);
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
