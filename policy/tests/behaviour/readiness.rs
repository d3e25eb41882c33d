//! What the number of consumers tells of silent workers and of foreign consumers.

use crate::story::{Story, settings, without_hold};
use policy::{Event, Exit, WorkerId, WorkerState};

/// Five workers run, none has said anything.
fn five_silent() -> Story {
    let mut story = Story::new(settings());
    story.queue(2_000, 0.0);
    for id in 1..=5 {
        story.started(id);
    }
    story
}

#[test]
fn more_consumers_than_known_are_the_oldest_starting_workers() {
    let mut story = five_silent();
    story.consumers(2);
    assert_eq!(story.ids(WorkerState::Ready), [1, 2]);
    story.consumers(2);
    assert_eq!(story.ids(WorkerState::Ready), [1, 2]);
    story.consumers(5);
    assert_eq!(story.ids(WorkerState::Ready), [1, 2, 3, 4, 5]);
    assert_eq!(story.view().foreign_consumers, 0);
}

#[test]
fn foreign_consumers_are_left_out() {
    let mut story = Story::new(settings());
    story.foreign = 3;
    story.queue(800, 0.0);
    assert_eq!(story.view().foreign_consumers, 3);
    story.started(1);
    story.started(2);
    story.consumers(3);
    assert_eq!(story.states(), (2, 0, 0), "these three were there before");
    story.consumers(4);
    assert_eq!(story.states(), (1, 1, 0));
    story.consumers(6);
    assert_eq!(story.states(), (0, 2, 0));
    assert_eq!(
        story.view().foreign_consumers,
        4,
        "measured again once nothing blurs it"
    );
    story.consumers(3);
    assert_eq!(story.view().foreign_consumers, 1);
}

#[test]
fn a_draining_worker_may_still_be_a_consumer() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.queue(0, 200.0);
    assert_eq!(story.states(), (0, 1, 1));
    story.queue(400, 200.0);
    assert_eq!(story.states(), (1, 1, 1));
    story.started(3);
    story.consumers(2);
    assert_eq!(
        story.states(),
        (1, 1, 1),
        "the second may be the draining one"
    );
    assert_eq!(story.view().foreign_consumers, 0);
    let draining = story.ids(WorkerState::Draining)[0];
    story.exited(draining, Exit::Code(0));
    story.consumers(2);
    assert_eq!(story.states(), (0, 2, 0));
}

#[test]
fn a_worker_that_was_only_assumed_ready_does_not_hide_a_foreign_consumer() {
    let mut story = Story::new(without_hold());
    story.foreign = 1;
    story.queue(400, 0.0);
    story.started(1);
    story.wait(5.0);
    assert_eq!(story.states(), (0, 1, 0));
    story.consumers(1);
    assert_eq!(story.view().foreign_consumers, 1);
    story.consumers(2);
    assert_eq!(story.view().foreign_consumers, 1);
}

#[test]
fn the_consumers_of_orphans_are_not_foreign() {
    let mut story = Story::new(without_hold());
    story.tell(Event::WorkerAdopted {
        worker: WorkerId(1),
    });
    story.consumers(1);
    assert_eq!(story.view().foreign_consumers, 0);
}

#[test]
fn fewer_consumers_than_own_workers_leave_no_foreign_ones() {
    let mut story = Story::with_workers(without_hold(), 3);
    story.consumers(5);
    assert_eq!(story.view().foreign_consumers, 2);
    story.consumers(1);
    assert_eq!(story.view().foreign_consumers, 0);
    assert_eq!(
        story.view().ready,
        3,
        "a worker that reconnects is still ready"
    );
}
