//! Arrivals without a count queue: what is known of them, and how wrong it can be.

use crate::queue::{Queue, STEP, random};
use crate::story::{Story, seconds, settings, without_hold};
use policy::{Activity, Arrivals, Capacity, Event, RateSource, WorkerId};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;

fn look(story: &mut Story, ready: u64) -> (RateSource, Option<f64>) {
    let consumers = story.view().ready;
    story.sampled(ready, consumers, Arrivals::Balance);
    let observation = story.decision().observation;
    let rate = observation.arrival_rate.map(policy::Rate::per_second);
    (observation.arrival_rate_source, rate)
}

#[test]
fn the_first_look_is_unknown_and_the_next_one_is_not() {
    let mut story = Story::new(without_hold());
    assert_eq!(look(&mut story, 100), (RateSource::LastKnown, None));
    story.bring_up();
    story.wait(2.0);
    // 50 in flight, 150 completed, and 100 more than before that wait.
    story.reports(1, Activity::Busy, 50, 150);
    assert_eq!(
        look(&mut story, 200),
        (RateSource::Balance, Some((100.0 + 50.0 + 150.0) / 2.0))
    );
    assert!(story.decision().explain().contains("about 150 msg/s"));
}

#[test]
fn it_lowers_since_it_is_data() {
    let mut story = Story::with_workers(without_hold(), 5);
    assert_eq!(look(&mut story, 0), (RateSource::LastKnown, Some(1_000.0)));
    assert_eq!(story.view().desired, 5);
    story.wait(2.0);
    assert_eq!(look(&mut story, 0), (RateSource::Balance, Some(0.0)));
    assert_eq!(story.view().desired, 0);
}

#[test]
fn a_silent_worker_makes_it_unknown_and_nothing_is_lowered() {
    let mut story = Story::with_workers(without_hold(), 5);
    look(&mut story, 0);
    story.wait(2.0);
    look(&mut story, 2_400);
    assert_eq!(story.view().starting, 5);
    story.started(6);
    story.ready(6);
    for _ in 0..2 {
        story.wait(2.0);
        assert_eq!(look(&mut story, 0).0, RateSource::LastKnown);
        assert_eq!(story.view().desired, 10);
    }
    story.idle(6);
    story.wait(2.0);
    assert_eq!(look(&mut story, 0).0, RateSource::LastKnown);
    story.wait(2.0);
    assert_eq!(look(&mut story, 0).0, RateSource::Balance);
}

#[test]
fn what_an_orphan_did_before_is_no_arrival() {
    let mut story = Story::new(without_hold());
    story.tell(Event::WorkerAdopted {
        worker: WorkerId(7),
    });
    look(&mut story, 0);
    story.wait(2.0);
    story.reports(7, Activity::Busy, 50, 1_000_000);
    assert_eq!(look(&mut story, 0), (RateSource::Balance, Some(0.0)));
    story.wait(2.0);
    story.reports(7, Activity::Busy, 40, 1_000_010);
    assert_eq!(look(&mut story, 0), (RateSource::Balance, Some(0.0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn it_is_no_further_off_than_what_reports_leave_out(
        seed: u64,
        rate in 0.5_f64..300.0,
        max in 1_u32..20,
        interval_steps in prop_oneof![Just(50_u32), Just(200)],
        loads in prop::collection::vec((0.0_f64..1.5, 1_u32..20), 1..10),
    ) {
        let mut random = random(seed);
        let mut settings = settings();
        settings.prefetch = NonZeroU32::MIN;
        settings.capacity = Capacity::try_new(2.0 * rate).unwrap();
        settings.limits.max = max;
        settings.limits.max_processes = 2 * max;
        settings.stop_grace = seconds(60.0);
        let message = Duration::from_secs_f64(1.0 / rate);
        let mut queue = Queue::new(settings, STEP * 5, Box::new(move || message));
        // Reports come at most five times a second.
        queue.spacing = Some(Duration::from_millis(200));
        let alive = |queue: &Queue| queue.pool.view().workers.len() as f64;
        queue.look(Arrivals::Balance);
        let (mut came_in_all, mut known_in_all, mut last_error) = (0, 0.0, 0.0);
        for (load, looks) in loads {
            for _ in 0..looks {
                let (mut came, mut workers) = (0, alive(&queue));
                for _ in 0..interval_steps {
                    queue.now += STEP;
                    let expected = load * rate * f64::from(max) * STEP.as_secs_f64();
                    let arrivals = expected as u64 + u64::from(random() < expected.fract());
                    came += arrivals;
                    queue.step(arrivals);
                    workers = workers.max(alive(&queue));
                }
                queue.look(Arrivals::Balance);
                let observation = queue.pool.view().observation.unwrap();
                prop_assert_eq!(observation.arrival_rate_source, RateSource::Balance);
                let over = (STEP * interval_steps).as_secs_f64();
                let known = observation.arrival_rate.unwrap().per_second() * over;
                // What a worker took up in 0.2 s and a step, and the message it is at.
                last_error = workers * (rate * 0.21 + 1.0);
                let error = (known - came as f64).abs();
                prop_assert!(error <= last_error + 1e-6, "{known} of {came}: {error} > {last_error}");
                came_in_all += came;
                known_in_all += known;
            }
        }
        // What one look misses the next one finds; only what is below zero is not taken back.
        prop_assert!(known_in_all >= came_in_all as f64 - last_error - 1e-6);
    }
}
