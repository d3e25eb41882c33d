//! No data is never zero: a sample that is missing, late or impossible leaves the fleet as it is.

use crate::story::{SIGKILL, Story, seconds, settings, start, without_hold};
use policy::{Activity, Arrivals, Event, Reason, Sample};

const NOTHING_ARRIVED: Arrivals = Arrivals::Counted {
    messages: 0,
    over: std::time::Duration::from_secs(2),
};

#[test]
fn without_data_the_fleet_stays_and_the_dead_are_replaced() {
    let mut story = Story::with_workers(without_hold(), 4);
    for _ in 0..10 {
        story.wait(2.0);
        assert_eq!(story.no_data(), []);
        let decision = story.decision();
        assert_eq!((decision.desired, decision.reason), (4, Reason::NoData));
        assert_eq!(
            decision.observation.arrival_rate.unwrap().per_second(),
            800.0,
            "last known"
        );
    }
    assert_eq!(story.exited(2, SIGKILL), []);
    assert_eq!(story.wait(0.5), [start(5)]);
}

#[test]
fn without_any_data_nothing_is_started() {
    let mut settings = settings();
    settings.limits.min = 2;
    let mut story = Story::new(settings);
    assert_eq!(story.no_data(), []);
    assert_eq!(story.decision().desired, 0);
    // The first look at the queue brings `min`.
    assert_eq!(story.queue(0, 0.0), [start(1), start(2)]);
}

#[test]
fn a_late_sample_is_not_acted_on() {
    let mut story = Story::with_workers(without_hold(), 4);
    let mut sample = Sample {
        taken_at: story.now,
        ready: 0,
        consumers: 4,
        arrivals: NOTHING_ARRIVED,
    };
    story.wait(4.1);
    assert_eq!(story.tell(Event::Sampled(sample)), []);
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (4, Reason::Stale)
    );

    sample.taken_at = story.now - seconds(4.0);
    story.tell(Event::Sampled(sample));
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (0, Reason::Demand)
    );
}

#[test]
fn an_empty_queue_without_consumers_can_not_be_while_own_workers_consume() {
    let mut story = Story::with_workers(without_hold(), 4);
    assert_eq!(story.sampled(0, 0, NOTHING_ARRIVED), []);
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (4, Reason::Implausible)
    );
    // One consumer is enough to be believed.
    story.sampled(0, 1, NOTHING_ARRIVED);
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (0, Reason::Demand)
    );
}

#[test]
fn a_worker_that_was_only_assumed_ready_makes_nothing_implausible() {
    let mut story = Story::new(without_hold());
    story.queue(400, 0.0);
    story.started(1);
    story.wait(5.0);
    assert_eq!(story.states(), (0, 1, 0), "assumed after `ready_after`");
    story.sampled(0, 0, NOTHING_ARRIVED);
    assert_eq!(story.decision().reason, Reason::Demand);
}

#[test]
fn a_worker_that_came_after_the_sample_was_taken_does_not_contradict_it() {
    let mut story = Story::new(without_hold());
    story.queue(400, 0.0);
    let taken_at = story.now;
    story.wait(0.1);
    story.ready(1);
    let sample = Sample {
        taken_at,
        ready: 0,
        consumers: 0,
        arrivals: NOTHING_ARRIVED,
    };
    story.tell(Event::Sampled(sample));
    assert_eq!(story.decision().reason, Reason::Demand);
}

#[test]
fn a_worker_that_was_seen_as_a_consumer_makes_it_implausible() {
    let mut story = Story::new(without_hold());
    story.queue(400, 0.0);
    story.started(1);
    story.sampled(400, 1, NOTHING_ARRIVED);
    assert_eq!(story.states(), (0, 1, 0));
    story.sampled(0, 0, NOTHING_ARRIVED);
    assert_eq!(story.decision().reason, Reason::Implausible);
}

#[test]
fn in_flight_is_known_when_every_ready_worker_reports() {
    let mut story = Story::new(without_hold());
    let in_flight = |story: &mut Story| {
        story.queue(4_000, 0.0);
        story.decision().observation.in_flight
    };
    assert_eq!(in_flight(&mut story), Some(0), "no workers hold nothing");
    assert_eq!(
        in_flight(&mut story),
        Some(0),
        "and starting ones hold nothing either"
    );
    story.bring_up();
    for id in 1..=10 {
        story.reports(id, Activity::Busy, 7, 0);
    }
    assert_eq!(in_flight(&mut story), Some(70));
    story.exited(1, SIGKILL);
    story.wait(0.5);
    story.ready(11);
    assert_eq!(
        in_flight(&mut story),
        None,
        "a ready worker may hold any number"
    );
    assert_eq!(story.decision().observation.backlog, 4_000);
    story.busy(11, 1);
    assert_eq!(in_flight(&mut story), Some(64));
}

#[test]
fn an_interval_of_no_length_counts_nothing() {
    let mut story = Story::with_workers(without_hold(), 4);
    let over = std::time::Duration::ZERO;
    story.sampled(0, 4, Arrivals::Counted { messages: 5, over });
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (4, Reason::Demand)
    );
    story.sampled(0, 4, Arrivals::AtLeast { messages: 5, over });
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (4, Reason::Demand)
    );
}

/// Four workers that hold as much as they take, and have completed so many messages each.
fn with_full_hands(story: &mut Story, completed: u64) {
    for id in 1..=story.view().ready.into() {
        story.reports(id, Activity::Busy, 50, completed);
    }
}

#[test]
fn workers_with_full_hands_are_joined_by_others_although_nothing_is_seen() {
    let mut story = Story::with_workers(settings(), 4);
    let mut desired = Vec::new();
    for step in 0..8 {
        story.wait(2.0);
        with_full_hands(&mut story, 400 * step);
        story.no_data();
        story.bring_up();
        desired.push(story.view().desired);
    }
    // One in four more, once in a drain time, up to `max`.
    assert_eq!(desired, [4, 5, 7, 9, 10, 10, 10, 10]);
    assert_eq!(story.decision().reason, Reason::NoData);
    // What was too much goes with the first good look, as far as `hold` allows.
    for id in 1..=10 {
        story.idle(id);
    }
    story.wait(10.0);
    story.queue(0, 800.0);
    story.wait(5.0);
    story.queue(0, 800.0);
    assert_eq!(story.view().desired, 4);
}

#[test]
fn workers_that_get_nothing_done_are_not_joined() {
    let mut story = Story::with_workers(settings(), 4);
    for _ in 0..8 {
        story.wait(2.0);
        with_full_hands(&mut story, 400);
        assert_eq!(story.no_data(), []);
    }
    assert_eq!(story.view().desired, 4);
}
