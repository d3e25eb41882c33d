//! Head-room, the dead band, and the longer hold of small decreases: what chance does to a queue moves
//! no worker, and what has changed does at once.

use crate::story::{Story, seconds, settings};
use policy::{Action, Arrivals, Capacity, DeadBand, Fraction, Headroom, LimitName, Settings};
use std::time::Duration;

/// μ = 20 msg/s, so C = 40.
fn with_dead_band() -> Settings {
    let mut settings = settings();
    settings.capacity = Capacity::try_new(40.0).unwrap();
    settings.headroom = Headroom::try_new(0.3).unwrap();
    settings.prefetch = 5.try_into().unwrap();
    settings.limits.max = 200;
    settings.limits.max_processes = 400;
    settings.limits.dead_band = DeadBand {
        wait: Duration::from_millis(300),
        share: Fraction::try_new(0.15).unwrap(),
        hold: seconds(30.0),
    };
    settings
}

/// Six workers that each work on one message, before 100 msg/s that are known for a while.
fn six_busy_workers(settings: Settings) -> Story {
    let mut story = Story::new(settings);
    for _ in 0..10 {
        story.queue(0, 100.0);
        story.bring_up();
        story.wait(2.0);
    }
    for id in 1..=story.view().ready.into() {
        story.busy(id, 1);
    }
    assert_eq!(story.view().ready, 6);
    story
}

#[test]
fn headroom_is_the_square_root_rule() {
    // 100/20 + 0.3·√(100/20) = 5 + 0.67.
    let mut story = Story::new(with_dead_band());
    for _ in 0..10 {
        story.queue(0, 100.0);
        story.wait(2.0);
    }
    let decision = story.decision();
    assert_eq!((decision.demand, decision.desired), (5, 6));
    assert!(
        decision
            .limits
            .iter()
            .any(|limit| limit.name == LimitName::Headroom)
    );

    // 2,000/20 + 0.3·√100 = 103, less what chance may have added: the larger the fleet, the smaller
    // the share.
    let mut story = Story::new(with_dead_band());
    for _ in 0..10 {
        story.queue(0, 2_000.0);
        story.wait(2.0);
    }
    assert_eq!(story.decision().desired, 102);
}

#[test]
fn chance_moves_no_worker() {
    let mut story = six_busy_workers(with_dead_band());
    let noisy = [
        108.0, 95.0, 111.0, 99.0, 88.0, 104.0, 113.0, 91.0, 100.0, 94.0, 107.0,
    ];
    let mut moved = Vec::new();
    let mut demands = Vec::new();
    for rate in noisy {
        moved.extend(story.queue(3, rate));
        demands.push(story.view().demand);
        story.wait(2.0);
    }
    assert_eq!(moved, []);
    // The bare law would have followed.
    assert!(demands.contains(&5) && demands.contains(&6), "{demands:?}");
}

#[test]
fn messages_that_would_wait_long_are_a_reason() {
    // The example of `dead_band.rs`: 30 wait for 0.25 s, 120 for 1 s.
    let mut story = six_busy_workers(with_dead_band());
    assert_eq!(story.queue(30, 108.0), []);
    assert_eq!(story.decision().desired, 6);
    story.wait(2.0);
    assert_eq!(story.queue(120, 100.0).len(), 1);
    assert_eq!(story.decision().desired, 7);
}

#[test]
fn a_long_hold_leaves_no_backlog_for_longer_than_two_drain_times() {
    let mut settings = with_dead_band();
    settings.limits.hold = seconds(600.0);
    let mut story = six_busy_workers(settings);
    story.queue(300, 100.0);
    // 95/20 + 306/(20·4) = 8.6; within ten minutes it would be 95/20 + 306/(20·600).
    assert_eq!(story.decision().desired, 9);
}

#[test]
fn what_a_step_has_left_waiting_is_cleared_within_the_drain_time() {
    let mut story = six_busy_workers(with_dead_band());
    // 400 ± 14 msg/s and 206 messages: 386/20 + 206/40 = 24.5.
    story.queue(200, 400.0);
    assert_eq!(story.decision().desired, 25);
}

#[test]
fn a_fleet_that_starts_slowly_is_not_ordered_twice() {
    // 30 s from the order until they are ready, at 20 msg/s each and 400 msg/s.
    let mut story = Story::new(with_dead_band());
    let mut started = 0;
    for second in (0..30).step_by(2) {
        started += story.queue(400 * second, 400.0).len();
        story.wait(2.0);
    }
    // 20 keep up, as many again clear what has waited meanwhile. The bare law asks for 300 more.
    assert!((35..=45).contains(&started), "{started}");
    assert!(story.view().demand > 200);
}

#[test]
fn a_step_is_followed_at_once() {
    let mut story = six_busy_workers(with_dead_band());
    let moved = story.queue(0, 400.0);
    // 400 ± 14 msg/s: 19.3 + 0.3·√19.3 = 20.6.
    assert_eq!(moved.len(), 15);
    assert!(
        moved
            .iter()
            .all(|action| matches!(action, Action::Start(_)))
    );
    assert_eq!(story.decision().desired, 21);
}

#[test]
fn a_small_decrease_waits_longer_than_a_large_one() {
    let mut story = six_busy_workers(with_dead_band());
    let mut desired = Vec::new();
    for _ in 0..20 {
        story.queue(0, 80.0);
        story.wait(2.0);
        desired.push(story.view().desired);
    }
    // 80/20 + 0.3·2 = 4.6: one worker fewer, half a minute after it was first wanted.
    assert_eq!(desired[..15], [6; 15]);
    assert_eq!(desired[19], 5);

    let mut story = six_busy_workers(with_dead_band());
    story.queue(0, 30.0);
    story.wait(2.0);
    story.queue(0, 30.0);
    story.wait(2.0);
    story.queue(0, 30.0);
    assert!(story.view().desired <= 3, "{}", story.view().desired);
}

#[test]
fn the_last_worker_goes_after_the_short_hold() {
    let mut story = Story::new(with_dead_band());
    story.queue(1, 0.5);
    story.bring_up();
    assert_eq!(story.view().desired, 1);
    for _ in 0..3 {
        story.wait(2.0);
        story.queue(0, 0.0);
    }
    assert_eq!(story.view().desired, 0);
}

#[test]
fn the_first_message_of_a_long_task_asks_for_one_worker() {
    // μ = 0.1 msg/s: one message in half a second is a rate of 2 msg/s by the count, and 20 workers.
    let mut settings = with_dead_band();
    settings.capacity = Capacity::try_new(0.2).unwrap();
    settings.prefetch = 1.try_into().unwrap();
    let mut story = Story::new(settings);
    let arrivals = Arrivals::Counted {
        messages: 1,
        over: seconds(0.5),
    };
    assert_eq!(story.sampled(1, 0, arrivals).len(), 1);
}

#[test]
fn without_a_band_every_edge_is_followed() {
    let mut settings = with_dead_band();
    settings.headroom = Headroom::NONE;
    settings.limits.hold = Duration::ZERO;
    // Where no decrease is small, none is held for being small.
    for hold in [Duration::ZERO, seconds(30.0)] {
        settings.limits.dead_band = DeadBand {
            hold,
            ..DeadBand::none()
        };
        let mut story = Story::new(settings.clone());
        let mut desired = Vec::new();
        for rate in [100.0, 110.0, 95.0, 120.0] {
            story.queue(0, rate);
            desired.push(story.view().desired);
        }
        assert_eq!(desired, [5, 6, 5, 6]);
    }
}

#[test]
fn a_message_that_takes_very_long_keeps_its_worker_when_nothing_else_comes() {
    let mut story = Story::new(with_dead_band());
    story.queue(5, 2.0);
    story.bring_up();
    story.busy(1, 5);
    // By λ = 0 alone there is need for nobody, and four messages behind the one that is worked on
    // are no long wait. A worker that is stopped over it would be killed, and the next one after it.
    for _ in 0..60 {
        story.queue(0, 0.0);
        assert_eq!(story.decision().desired, 1);
        story.wait(2.0);
    }
}
