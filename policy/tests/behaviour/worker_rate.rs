//! The measured worker rate: how soon it is right, and what does not move it.

use crate::queue::{Queue, STEP, Work, random};
use crate::story::{Story, seconds, settings};
use policy::{
    Activity, Arrivals, Capacity, Event, Observation, Settings, WorkerId, WorkerRate,
    WorkerRateSource, WorkerStatus,
};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;

/// Always so many workers, and a prior of so many messages a second.
fn measured(workers: u32, prior: f64) -> Settings {
    let mut settings = settings();
    settings.worker_rate = WorkerRate::Measured;
    settings.capacity = Capacity::try_new(2.0 * prior).unwrap();
    settings.prefetch = NonZeroU32::MIN;
    settings.limits.min = workers;
    settings.limits.max = workers;
    settings.limits.max_processes = 2 * workers;
    settings
}

/// How the times of messages are spread, around a mean of 1.
#[derive(Clone, Copy, Debug)]
enum Spread {
    Constant,
    Exponential,
    /// Pareto with α = 2.5: a variance of 0.8, and now and then one of 20 times the mean.
    HeavyTail,
}

fn work(spread: Spread, mean: Duration, seed: u64) -> Work {
    let mut random = random(seed);
    Box::new(move || {
        // Above 0, so that neither is endless.
        let left = 1.0 - random();
        mean.mul_f64(match spread {
            Spread::Constant => 1.0,
            Spread::Exponential => -left.ln(),
            Spread::HeavyTail => 0.6 * left.powf(-1.0 / 2.5),
        })
    })
}

/// Lives through so many seconds at this load, which is the share of the time that a worker is busy.
fn live(queue: &mut Queue, arrivals_per_second: f64, duration: Duration, seed: u64) {
    let mut random = random(seed);
    let interval = seconds(2.0);
    let until = queue.now + duration;
    let mut messages = 0;
    let mut looked_at = queue.now;
    queue.look(Arrivals::Unknown);
    while queue.now < until {
        queue.now += STEP;
        // At random: the number within a step is nearly always 0 or 1 where that matters.
        let expected = arrivals_per_second * STEP.as_secs_f64();
        let arrivals = expected as u64 + u64::from(random() < expected.fract());
        messages += arrivals;
        queue.step(arrivals);
        if queue.now - looked_at >= interval {
            let over = queue.now - looked_at;
            queue.look(Arrivals::Counted { messages, over });
            messages = 0;
            looked_at = queue.now;
        }
    }
}

fn seen(queue: &Queue) -> Observation {
    queue.pool.view().observation.unwrap()
}

/// How far the rate in force is from this one, and what it says of that, both as a share of itself.
fn error(observation: &Observation, rate: f64) -> (f64, f64) {
    let WorkerRateSource::Measured { error_ratio } = observation.worker_rate_source else {
        panic!("{observation:?}");
    };
    let in_force = observation.worker_rate.per_second();
    ((in_force - rate).abs() / in_force, error_ratio)
}

fn spread() -> impl Strategy<Value = Spread> {
    prop_oneof![
        Just(Spread::Constant),
        Just(Spread::Exponential),
        Just(Spread::HeavyTail)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn it_converges_whatever_the_messages_are_like(
        spread in spread(),
        seed: u64,
        rate in 0.3_f64..300.0,
        workers in 1_u32..12,
        load in 0.1_f64..1.2,
        prior_is in 0.5_f64..2.0,
        is_silent: bool,
    ) {
        let mean = Duration::from_secs_f64(1.0 / rate);
        let prior = rate * prior_is;
        let mut queue = Queue::new(measured(workers, prior), STEP, work(spread, mean, seed));
        queue.spacing = (!is_silent).then_some(Duration::from_millis(200));
        // A silent fleet is measured only while messages wait.
        let load = if is_silent { 1.3 } else { load };
        // As long as 200 messages take, and as it takes to leave the prior.
        let fill = 200.0 / (load.min(1.0) * rate * f64::from(workers));
        live(&mut queue, load * rate * f64::from(workers), seconds(fill + 100.0), seed + 1);
        let (error, stated) = error(&seen(&queue), rate);
        // Stated with 95 % confidence; twice as much is left to chance in one case of 10,000.
        prop_assert!(error <= 2.0 * stated, "{error} > 2·{stated}");
        prop_assert!(stated < 0.6, "{stated}");
    }
}

#[test]
fn what_is_stated_holds_as_often_as_it_is_stated() {
    for (spread, at_least) in [
        (Spread::Constant, 95),
        (Spread::Exponential, 90),
        // The one message that matters most may not have come yet: that is what a heavy tail is.
        (Spread::HeavyTail, 88),
    ] {
        let holds = (0..100)
            .filter(|&seed| {
                let work = work(spread, seconds(0.5), seed);
                let mut queue = Queue::new(measured(4, 2.0), STEP, work);
                live(&mut queue, 6.0, seconds(120.0), seed + 1000);
                let (error, stated) = error(&seen(&queue), 2.0);
                error <= stated
            })
            .count();
        assert!(holds >= at_least, "{spread:?}: {holds}");
    }
}

#[test]
fn the_prior_counts_until_enough_is_known() {
    let constant = work(Spread::Constant, seconds(0.01), 0);
    let mut queue = Queue::new(measured(2, 200.0), STEP, constant);
    live(&mut queue, 20.0, seconds(10.0), 1);
    assert_eq!(seen(&queue).worker_rate_source, WorkerRateSource::Prior);
    assert_eq!(seen(&queue).worker_rate.per_second(), 200.0);
    // Eight blocks of at least a second, with a look every two.
    live(&mut queue, 20.0, seconds(10.0), 1);
    let (_, stated) = error(&seen(&queue), 100.0);
    assert!(stated > 0.4, "the rate in force is still far off: {stated}");
    live(&mut queue, 20.0, seconds(60.0), 1);
    let (error, stated) = error(&seen(&queue), 100.0);
    assert!(error <= stated && stated < 0.03, "{error}, {stated}");
    assert_eq!(queue.pool.view().demand, 1);
}

#[test]
fn an_idle_fleet_does_not_look_slow() {
    let constant = work(Spread::Constant, seconds(0.01), 0);
    let mut queue = Queue::new(measured(2, 100.0), STEP, constant);
    live(&mut queue, 20.0, seconds(60.0), 1);
    let before = seen(&queue).worker_rate;
    live(&mut queue, 0.0, seconds(3_600.0), 1);
    assert_eq!(seen(&queue).worker_rate, before);
}

#[test]
fn an_absurd_report_moves_it_by_no_more_than_the_cap() {
    for absurd in [
        (u64::MAX, Duration::from_secs(1_000)),
        (100_000, Duration::from_secs(1_000_000)),
    ] {
        let constant = work(Spread::Constant, seconds(0.01), 0);
        let mut queue = Queue::new(measured(2, 100.0), STEP, constant);
        live(&mut queue, 20.0, seconds(30.0), 1);
        let before = seen(&queue).worker_rate.per_second();
        let (completed, busy) = absurd;
        let status = WorkerStatus {
            activity: Activity::Idle,
            completed,
            busy,
            in_flight: 0,
        };
        let worker = WorkerId(1);
        let report = Event::WorkerStatus { worker, status };
        queue.pool.handle(queue.now, report);
        for _ in 0..30 {
            let last = seen(&queue).worker_rate.per_second();
            live(&mut queue, 20.0, seconds(2.0), 1);
            let ratio = seen(&queue).worker_rate.per_second() / last;
            assert!((0.92..=1.04).contains(&ratio), "{ratio}");
        }
        let after = seen(&queue).worker_rate.per_second();
        assert!((after / before - 1.0).abs() < 0.05, "{before}, {after}");
    }
}

#[test]
fn a_rate_that_is_given_stays() {
    let mut settings = measured(2, 200.0);
    settings.worker_rate = WorkerRate::Given;
    let constant = work(Spread::Constant, seconds(0.01), 0);
    let mut queue = Queue::new(settings, STEP, constant);
    live(&mut queue, 20.0, seconds(120.0), 1);
    assert_eq!(seen(&queue).worker_rate_source, WorkerRateSource::Given);
    assert_eq!(seen(&queue).worker_rate.per_second(), 200.0);
}

#[test]
fn what_is_not_known_yet_is_said() {
    let mut story = Story::new(measured(1, 200.0));
    story.no_data();
    let source = story.decision().observation.worker_rate_source;
    assert_eq!(source, WorkerRateSource::Prior);
}
