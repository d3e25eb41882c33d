//! How often the queue is sampled: idle, normal, or fast.

use crate::story::{SIGKILL, Story, seconds, settings};
use policy::{
    Action, Arrivals, Event, FastInterval, Override, Polling, Sample, Settings, Shutdown,
};
use std::time::Duration;

/// The shipped settings, with a fast interval and messages that may wait for 0.3 s.
fn watchful() -> Settings {
    let mut settings = settings();
    settings.fast_interval = FastInterval::Every(Duration::from_millis(500));
    settings.limits.dead_band.wait = Duration::from_millis(300);
    settings
}

/// Five workers at 1 000 msg/s that nothing has happened to for a while.
fn calm() -> Story {
    let mut story = Story::with_workers(watchful(), 5);
    for _ in 0..3 {
        story.wait(2.0);
        story.queue(0, 1_000.0);
    }
    assert_eq!(story.view().polling, Polling::Normal);
    story
}

/// Nothing at all, and it has been seen.
fn at_rest() -> Story {
    let mut story = Story::new(watchful());
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle);
    story
}

/// What is observed after one more look, 2 s later.
fn after(mut story: Story, ready: u64, arrivals_per_second: f64) -> Polling {
    story.wait(2.0);
    story.queue(ready, arrivals_per_second);
    story.view().polling
}

#[test]
fn a_pool_that_has_seen_nothing_is_calm_and_one_that_has_seen_an_empty_queue_rests() {
    let mut story = Story::new(watchful());
    story.no_data();
    assert_eq!(story.view().polling, Polling::Normal);
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle);
}

#[test]
fn it_is_said_once_and_last() {
    let mut story = Story::new(watchful());
    let sample = |ready| {
        Event::Sampled(Sample {
            taken_at: Duration::ZERO,
            ready,
            consumers: 0,
            arrivals: Arrivals::Counted {
                messages: ready,
                over: seconds(2.0),
            },
        })
    };
    let said = story.pool.handle(Duration::ZERO, sample(0));
    assert!(matches!(
        said[..],
        [Action::Record(_), Action::Poll(Polling::Idle)]
    ));
    let said = story.pool.handle(Duration::ZERO, sample(0));
    assert!(matches!(said[..], [Action::Record(_)]));
    let said = story.pool.handle(Duration::ZERO, sample(200));
    assert!(matches!(
        said[..],
        [
            Action::Record(_),
            Action::Start(_),
            Action::Poll(Polling::Fast)
        ]
    ));
}

#[test]
fn rest_needs_no_worker_no_message_no_arrival_and_no_doubt() {
    // Where counting has just begun, before an empty queue, the first message will call.
    let mut story = Story::new(watchful());
    story.sampled(0, 0, Arrivals::Unknown);
    assert_eq!(story.view().polling, Polling::Idle);
    // What is known as a least is not none.
    let mut story = Story::new(watchful());
    let at_least = Arrivals::AtLeast {
        messages: 0,
        over: seconds(2.0),
    };
    story.sampled(0, 0, at_least);
    assert_eq!(story.view().polling, Polling::Normal);
    // Something arrived, and somebody else took it.
    let mut story = Story::new(watchful());
    story.foreign = 1;
    story.queue(0, 1.0);
    assert_ne!(story.view().polling, Polling::Idle);

    // A worker that still drains may give back what it holds.
    let mut story = Story::with_workers(watchful(), 1);
    for _ in 0..3 {
        story.wait(2.0);
        story.queue(0, 0.0);
    }
    assert_eq!(story.states(), (0, 0, 1));
    assert_ne!(story.view().polling, Polling::Idle);
    story.exited(1, SIGKILL);
    assert_eq!(story.view().polling, Polling::Idle);
}

#[test]
fn what_a_worker_held_at_the_last_look_may_have_gone_back_to_the_queue() {
    let mut story = Story::with_workers(watchful(), 1);
    story.busy(1, 3);
    for _ in 0..3 {
        story.wait(2.0);
        story.queue(0, 0.0);
    }
    story.tell(Event::ConfigChanged({
        let mut settings = watchful();
        settings.limits.max = 0;
        settings
    }));
    story.exited(1, SIGKILL);
    assert_ne!(story.view().polling, Polling::Idle);
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle, "a look shows it");
}

#[test]
fn a_floor_above_zero_never_rests() {
    let mut settings = watchful();
    settings.limits.min = 1;
    let mut story = Story::with_workers(settings, 1);
    for _ in 0..5 {
        story.wait(2.0);
        story.queue(0, 0.0);
    }
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn a_failed_look_ends_a_rest_and_a_good_one_begins_it_again() {
    let mut story = at_rest();
    story.no_data();
    assert_eq!(story.view().polling, Polling::Normal);
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle);
    // So does one that comes too late.
    story.wait(10.0);
    story.tell(Event::Sampled(Sample {
        taken_at: seconds(1.0),
        ready: 0,
        consumers: 0,
        arrivals: Arrivals::Unknown,
    }));
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn the_first_message_after_a_rest_is_watched_closely() {
    let mut story = at_rest();
    story.foreign = 1;
    story.wait(60.0);
    // Taken by somebody else before the look, so no worker is needed.
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle);
    story.sampled(
        0,
        1,
        Arrivals::Counted {
            messages: 1,
            over: seconds(2.0),
        },
    );
    assert_eq!(story.view().polling, Polling::Fast);
}

#[test]
fn what_moves_is_watched_closely_until_it_has_been_calm_for_4_s() {
    let mut story = calm();
    story.wait(2.0);
    story.queue(0, 1_300.0);
    assert_eq!(story.view().polling, Polling::Fast);
    story.bring_up();
    for _ in 0..7 {
        story.wait(0.5);
        story.queue(0, 1_300.0);
        assert_eq!(story.view().polling, Polling::Fast);
    }
    story.wait(0.5);
    story.queue(0, 1_300.0);
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn a_change_within_chance_is_not_a_movement() {
    // 2 000 messages in 2 s: σ of the difference of two such counts is 63, of the backlog as much.
    assert_eq!(after(calm(), 0, 1_090.0), Polling::Fast, "six need more");
    assert_eq!(after(calm(), 0, 1_000.0), Polling::Normal);
    assert_eq!(after(calm(), 0, 910.0), Polling::Normal);
    assert_eq!(after(calm(), 0, 850.0), Polling::Fast);
    // Held by `hold`, so nothing is wanted that was not before: the rate alone has changed.
    assert_eq!(after(calm(), 0, 0.0), Polling::Fast);
}

#[test]
fn messages_that_wait_longer_than_allowed_are_watched_closely() {
    // At their most, so that nothing else changes. Ten workers take up 10·200·0.3 = 600 in 0.3 s.
    let mut story = Story::with_workers(watchful(), 10);
    let mut look = |ready, wait_seconds| {
        story.wait(wait_seconds);
        story.queue(ready, 2_000.0);
        story.view().polling
    };
    look(500, 2.0);
    look(550, 2.0);
    assert_eq!(look(600, 4.0), Polling::Normal);
    assert_eq!(look(601, 2.0), Polling::Fast);
    assert_eq!(look(601, 10.0), Polling::Fast, "for as long as they wait");
    assert_eq!(look(600, 4.0), Polling::Normal);
}

#[test]
fn a_backlog_that_rises_or_falls_by_more_than_chance_is_watched_closely() {
    let mut settings = watchful();
    settings.limits.dead_band.wait = seconds(1_000.0);
    let change = |by: i64| {
        let mut story = Story::with_workers(settings.clone(), 10);
        for _ in 0..3 {
            story.wait(2.0);
            story.queue(10_000, 2_000.0);
        }
        assert_eq!(story.view().polling, Polling::Normal);
        after(story, 10_000_u64.saturating_add_signed(by), 2_000.0)
    };
    // 4 000 arrive and leave within 2 s: 3·√8 000 = 268.
    assert_eq!(change(260), Polling::Normal);
    assert_eq!(change(-260), Polling::Normal);
    assert_eq!(change(280), Polling::Fast);
    assert_eq!(change(-280), Polling::Fast);
}

#[test]
fn workers_that_are_all_busy_while_messages_wait_alert_without_a_look() {
    let mut story = calm();
    story.queue(3, 950.0);
    for id in 1..=4 {
        story.busy(id, 1);
        assert_eq!(story.view().polling, Polling::Normal, "5 is idle");
    }
    story.busy(5, 1);
    assert_eq!(story.view().polling, Polling::Fast);

    let mut story = calm();
    for id in 1..=5 {
        story.busy(id, 1);
    }
    assert_eq!(story.view().polling, Polling::Normal, "nothing waits");
}

#[test]
fn a_start_is_watched_closely_however_long_it_takes() {
    let mut story = calm();
    story.exited(3, SIGKILL);
    story.wait(0.5);
    assert_eq!(story.states(), (1, 4, 0));
    for _ in 0..5 {
        assert_eq!(story.view().polling, Polling::Fast);
        story.wait(2.0);
        story.queue(0, 1_000.0);
    }
    story.bring_up();
    story.wait(4.0);
    story.queue(0, 1_000.0);
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn without_looks_what_was_alert_stays_so_and_what_was_calm_too() {
    let mut story = calm();
    story.no_data();
    assert_eq!(story.view().polling, Polling::Normal);

    story.queue(0, 500.0);
    assert_eq!(story.view().polling, Polling::Fast);
    for _ in 0..10 {
        story.wait(2.0);
        story.no_data();
        assert_eq!(story.view().polling, Polling::Fast);
    }
    story.queue(0, 500.0);
    assert_eq!(story.states(), (0, 3, 2), "a good look moves the fleet");
    story.wait(4.0);
    story.queue(0, 500.0);
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn nothing_is_alert_without_a_fast_interval_and_rest_needs_none() {
    let mut settings = watchful();
    settings.fast_interval = FastInterval::Off;
    let mut story = Story::new(settings);
    story.queue(0, 0.0);
    assert_eq!(story.view().polling, Polling::Idle);
    story.queue(4_000, 1_000.0);
    assert_eq!(story.view().polling, Polling::Normal);
}

#[test]
fn where_somebody_decided_a_quick_look_changes_nothing() {
    for order in [
        Event::Paused,
        Event::Overridden(Override::Workers(7)),
        Event::Shutdown(Shutdown::Drain),
    ] {
        let mut story = calm();
        story.queue(4_000, 2_000.0);
        assert_eq!(story.view().polling, Polling::Fast);
        story.tell(order);
        assert_eq!(story.view().polling, Polling::Normal);
        let mut story = at_rest();
        story.tell(Event::Paused);
        assert_eq!(story.view().polling, Polling::Normal);
        story.tell(Event::Resumed);
        assert_eq!(story.view().polling, Polling::Idle);
    }
}
