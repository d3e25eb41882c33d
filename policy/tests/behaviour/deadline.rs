//! The promise that every message is taken up within `wait`.

use crate::queue::{Queue, STEP};
use crate::story::{Story, seconds, settings};
use policy::{Arrivals, Capacity, DeadBand, Fraction, Headroom, LimitName, Settings, Strategy};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;

fn within(wait_seconds: f64) -> Settings {
    let mut settings = settings();
    settings.strategy = Strategy::Deadline {
        wait: seconds(wait_seconds),
    };
    settings.limits.hold = Duration::ZERO;
    settings.limits.max = 1_000;
    settings.limits.max_processes = 2_000;
    settings
}

#[test]
fn a_decision_says_what_was_promised() {
    let mut settings = within(2.0);
    settings.limits.max = 19;
    let mut story = Story::new(settings);
    story.queue(6_900, 950.0);
    assert_eq!(
        story.decision().explain(),
        "0 → 19 workers: backlog 6 900 and 950 msg/s need 22 at 200 msg/s each, to be taken up \
         within 2 s; max 19"
    );
}

#[test]
fn what_was_asked_for_stays_until_what_waited_is_taken_up() {
    let mut story = Story::new(within(2.0));
    let mut desired = Vec::new();
    for ready in [4_000, 3_000, 2_000, 1_000, 0] {
        story.queue(ready, 0.0);
        story.bring_up();
        desired.push(story.view().desired);
        story.wait(0.5);
    }
    // The law would go 10, 8, 5, 3, 0, with half of the backlog left when it was to be gone.
    assert_eq!(desired, [10, 10, 10, 10, 8]);
    assert_eq!(story.decision().demand, 0);
    assert_eq!(story.decision().limits[0].name, LimitName::Hold);
}

#[test]
fn workers_that_start_slowly_are_ordered_for_what_comes_meanwhile() {
    let mut settings = within(4.0);
    settings.ready_after = seconds(10.0);
    let mut story = Story::new(settings);
    story.queue(100, 0.0);
    story.started(1);
    story.wait(2.0);
    story.idle(1);
    // S = 2 s and 2 s are left: 800 + 1,600 − 400 = 2,000 will wait then.
    story.queue(800, 800.0);
    assert_eq!(story.decision().demand, 4 + 5);
    story.wait(1.0);
    // Half way there, those that are starting count for what they will do: none more is needed.
    story.queue(1_400, 800.0);
    assert_eq!(story.decision().demand, 8);
    assert_eq!(story.view().desired, 9);
}

fn counted(messages: u64, over: Duration) -> Arrivals {
    Arrivals::Counted { messages, over }
}

#[test]
fn the_dead_band_leaves_the_promise_whole() {
    let mut settings = within(2.0);
    settings.limits.hold = seconds(60.0);
    settings.limits.dead_band = DeadBand {
        wait: Duration::from_millis(300),
        share: Fraction::try_new(0.15).unwrap(),
        hold: seconds(30.0),
    };
    let mut story = Story::new(settings);
    for _ in 0..10 {
        story.queue(0, 1_000.0);
        story.bring_up();
        story.wait(2.0);
    }
    // 5 keep up, and 10 clear 4,000 messages in 2 s, less the one that chance may have added: the rate
    // has not moved, and yet they are not left for as long as a worker stays.
    story.queue(4_000, 1_000.0);
    assert_eq!(story.view().demand, 15);
    assert_eq!(story.decision().desired, 15);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_waits_longer_than_promised_and_one_interval(
        wait_ms in 400_u64..4_000,
        start_up_share in 0.0_f64..0.75,
        interval_steps in 10_u32..200,
        messages_per_second in 5.0_f64..100.0,
        // Of so many messages a second, for so many steps each.
        rates in prop::collection::vec((prop_oneof![0.0..10.0_f64, 0.0..2_000.0], 1_u32..300), 1..12),
        bursts in prop::collection::vec((0_u32..2_000, 0_u64..2_000), 0..4),
        // With the shipped dead band, head-room and hold, or with none of them.
        is_damped: bool,
    ) {
        let wait = Duration::from_millis(wait_ms);
        let interval = STEP * interval_steps;
        let start_up = wait.mul_f64(start_up_share);
        let start_up = STEP * (start_up.as_millis() / STEP.as_millis()) as u32;
        let mut settings = within(wait.as_secs_f64());
        settings.interval = interval;
        settings.ready_after = seconds(60.0);
        settings.stop_grace = seconds(60.0);
        settings.prefetch = NonZeroU32::MIN;
        settings.capacity = Capacity::try_new(2.0 * messages_per_second).unwrap();
        if is_damped {
            settings.headroom = Headroom::try_new(0.3).unwrap();
            settings.limits.hold = seconds(4.0);
            settings.limits.dead_band = DeadBand {
                wait: Duration::from_millis(300),
                share: Fraction::try_new(0.15).unwrap(),
                hold: seconds(30.0),
            };
        }
        settings.limits.min = 1;
        settings.limits.max = 100_000;
        settings.limits.max_processes = 200_000;
        let message = Duration::from_secs_f64(1.0 / messages_per_second);
        let mut queue = Queue::new(settings, start_up, Box::new(move || message));
        // The start-up is measured before the first message comes.
        queue.look(counted(0, interval));
        let first = interval * (start_up.div_duration_f64(interval) as u32 + 2);
        let mut schedule = rates.into_iter().flat_map(|(rate, steps)| (0..steps).map(move |_| rate));
        let mut since_look = 0;
        let mut due = 0.0;
        let mut step = 0_u32;
        loop {
            let mut arrivals = 0;
            if queue.now >= first {
                match schedule.next() {
                    Some(rate) => due += rate * STEP.as_secs_f64(),
                    None if queue.waiting.is_empty() => break,
                    None => {}
                }
                arrivals = due as u64;
                due -= arrivals as f64;
                for &(at, messages) in &bursts {
                    if STEP * at == queue.now - first {
                        arrivals += messages;
                    }
                }
            }
            since_look += arrivals;
            queue.step(arrivals);
            if step > 0 && step.is_multiple_of(interval_steps) {
                queue.look(counted(since_look, interval));
                since_look = 0;
            }
            queue.now += STEP;
            step += 1;
        }
        // A worker that is at something takes up the next message only when that is done.
        let promised = wait + interval + message + STEP;
        prop_assert!(queue.longest_wait <= promised, "{:?} > {promised:?}", queue.longest_wait);
    }
}
