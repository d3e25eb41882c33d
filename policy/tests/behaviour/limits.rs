//! The limits, each named when it changes the number, in their order.

use crate::story::{Story, each, seconds, settings, start, without_hold};
use policy::{
    Arrivals, Event, Exit, Floor, HostUsage, Limit, LimitName, LocalTime, MinuteOfDay, RateSource,
    Reason, Step, Weekday,
};
use std::num::NonZeroU32;

fn at_most(workers: u32) -> Step {
    Step::AtMost(NonZeroU32::new(workers).unwrap())
}

#[test]
fn nothing_is_named_that_changes_nothing() {
    let mut story = Story::new(settings());
    story.queue(4_000, 0.0);
    assert_eq!(story.decision().limits, []);
    assert_eq!(story.decision().reason, Reason::Demand);
}

#[test]
fn a_step_bounds_one_decision_both_ways() {
    let mut settings = without_hold();
    settings.limits.step_up = at_most(3);
    settings.limits.step_down = at_most(2);
    let mut story = Story::new(settings);
    let mut desired = Vec::new();
    for ready in [4_000, 4_000, 4_000, 4_000, 0, 0, 0, 0, 0, 0] {
        story.queue(ready, 0.0);
        story.bring_up();
        desired.push(story.view().desired);
    }
    assert_eq!(desired, [3, 6, 9, 10, 8, 6, 4, 2, 0, 0]);
}

#[test]
fn hold_lets_the_fleet_down_only_to_the_largest_of_its_window() {
    let mut story = Story::new(settings());
    let mut desired = Vec::new();
    for ready in [4_000, 400, 2_000, 0, 0, 0] {
        story.queue(ready, 0.0);
        story.bring_up();
        desired.push(story.view().desired);
        story.wait(2.0);
    }
    assert_eq!(desired, [10, 10, 5, 5, 0, 0]);
}

#[test]
fn every_limit_is_named_in_its_order() {
    let mut settings = settings();
    settings.limits.step_up = at_most(2);
    settings.limits.min = 4;
    let mut story = Story::new(settings.clone());
    story.queue(4_000, 0.0);
    let named = |name, from, to| Limit { name, from, to };
    assert_eq!(
        story.decision().limits,
        [named(LimitName::StepUp, 10, 2), named(LimitName::Min, 2, 4)]
    );

    // From 10 workers, with nothing left to do: one step down, held at what was wanted before.
    settings.limits.step_up = Step::Unlimited;
    settings.limits.step_down = at_most(2);
    let mut story = Story::with_workers(settings.clone(), 10);
    story.queue(0, 0.0);
    assert_eq!(
        story.decision().limits,
        [
            named(LimitName::StepDown, 0, 8),
            named(LimitName::Hold, 8, 10)
        ]
    );

    settings.limits.max = 7;
    story.tell(Event::ConfigChanged(settings));
    assert_eq!(story.decision().limits, [named(LimitName::Max, 10, 7)]);
    assert_eq!(story.view().ready, 7);
}

#[test]
fn max_counts_starting_and_ready_and_max_processes_all_of_them() {
    let mut settings = without_hold();
    settings.limits.max_processes = 12;
    let mut story = Story::with_workers(settings, 10);
    // They are told to stop, and take their time.
    story.queue(0, 0.0);
    assert_eq!(story.states(), (0, 0, 10));

    // A burst comes: slow drains do not block it, but only two processes more are allowed.
    assert_eq!(story.queue(4_000, 0.0), each(start, 11..=12));
    assert_eq!(story.view().desired, 10);

    // Each drained one that goes makes room for one more, at once and not at the next sample.
    assert_eq!(story.exited(1, Exit::Code(0)), [start(13)]);
    assert_eq!(story.exited(2, Exit::Code(0)), [start(14)]);
    for id in 3..=10 {
        story.exited(id, Exit::Code(0));
    }
    assert_eq!(story.states(), (10, 0, 0));
}

#[test]
fn an_unknown_rate_may_raise_and_never_lowers() {
    let mut story = Story::with_workers(without_hold(), 5);
    let unknown = |story: &mut Story, ready| {
        story.wait(2.0);
        let consumers = story.view().ready;
        story.sampled(ready, consumers, Arrivals::Unknown);
        (story.view().desired, story.decision().reason)
    };
    // The last known rate of 1 000 msg/s stands: it needs five workers, and the backlog two more.
    assert_eq!(unknown(&mut story, 800), (7, Reason::Demand));
    assert_eq!(unknown(&mut story, 0), (7, Reason::RateUnknown));
    assert_eq!(story.decision().demand, 5);
    assert_eq!(
        story.decision().observation.arrival_rate_source,
        RateSource::LastKnown
    );
    assert_eq!(
        story
            .decision()
            .observation
            .arrival_rate
            .unwrap()
            .per_second(),
        1_000.0
    );
    // Known again.
    story.bring_up();
    story.queue(0, 1_000.0);
    assert_eq!(
        (story.view().desired, story.decision().reason),
        (5, Reason::Demand)
    );
}

#[test]
fn before_the_first_rate_the_backlog_alone_counts() {
    let mut story = Story::new(settings());
    story.sampled(800, 0, Arrivals::Unknown);
    assert_eq!(story.view().desired, 2);
    assert_eq!(story.decision().observation.arrival_rate, None);
}

#[test]
fn after_an_unknown_rate_the_hold_window_runs_from_its_end() {
    let mut story = Story::with_workers(settings(), 5);
    for _ in 0..5 {
        story.wait(2.0);
        let consumers = story.view().ready;
        story.sampled(0, consumers, Arrivals::Unknown);
    }
    story.wait(2.0);
    story.queue(0, 0.0);
    assert_eq!(
        story.view().desired,
        5,
        "the first known rate after a gap does not lower at once"
    );
    story.wait(2.0);
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 0);
}

#[test]
fn a_full_count_queue_gives_a_rate_that_may_raise_and_never_lowers() {
    let mut story = Story::with_workers(without_hold(), 3);
    let at_least = |messages| Arrivals::AtLeast {
        messages,
        over: seconds(2.0),
    };
    story.sampled(0, 3, at_least(3_200));
    assert_eq!(
        (story.view().desired, story.decision().reason),
        (8, Reason::Demand)
    );
    assert_eq!(
        story.decision().observation.arrival_rate_source,
        RateSource::AtLeast
    );
    story.bring_up();
    story.sampled(0, 8, at_least(400));
    assert_eq!(
        (story.view().desired, story.decision().reason),
        (8, Reason::RateUnknown)
    );
}

#[test]
fn the_last_limits_come_in_their_order() {
    let mut settings = settings();
    settings.limits.host.cpu_limit = 0.9;
    settings.limits.min = 1;
    settings.limits.max = 2;
    settings.schedule = vec![Floor {
        days: vec![Weekday::Monday],
        from: MinuteOfDay::new(8, 0).unwrap(),
        until: MinuteOfDay::new(9, 0).unwrap(),
        workers: 3,
    }];
    let mut story = Story::new(settings);
    story.tell(Event::HostMeasured {
        usage: HostUsage {
            cpu_ratio: 1.0,
            memory_available_bytes: 0,
        },
        worker_memory_bytes: None,
    });
    story.tell(Event::LocalTime(LocalTime {
        weekday: Weekday::Monday,
        minute: MinuteOfDay::new(8, 0).unwrap(),
    }));
    story.queue(4_000, 0.0);
    let named = |name, from, to| Limit { name, from, to };
    assert_eq!(
        story.decision().limits,
        [
            named(LimitName::Host, 10, 0),
            named(LimitName::Min, 0, 1),
            named(LimitName::Schedule, 1, 3),
            named(LimitName::Max, 3, 2)
        ]
    );
}
