//! Every edge of the diagram of a worker's life.

use crate::story::{SIGKILL, Story, drain, each, kill, seconds, start, without_hold};
use policy::{Action, Event, Exit, FailedAction, WorkerId, WorkerState};

/// One worker that was asked for.
fn one_starting() -> Story {
    let mut story = Story::new(without_hold());
    assert_eq!(story.queue(400, 0.0), [start(1)]);
    assert_eq!(story.states(), (1, 0, 0));
    story
}

#[test]
fn starting_to_ready_because_it_says_so() {
    let mut story = one_starting();
    story.started(1);
    assert_eq!(story.states(), (1, 0, 0));
    story.ready(1);
    assert_eq!(story.states(), (0, 1, 0));
}

#[test]
fn starting_to_ready_because_it_reports_what_it_does() {
    let mut story = one_starting();
    story.idle(1);
    assert_eq!(story.states(), (0, 1, 0));
}

#[test]
fn starting_to_ready_because_it_is_seen_consuming() {
    let mut story = one_starting();
    story.started(1);
    story.consumers(1);
    assert_eq!(story.states(), (0, 1, 0));
}

#[test]
fn starting_to_ready_because_it_has_been_running_for_long_enough() {
    let mut story = one_starting();
    story.wait(7.0);
    assert_eq!(story.states(), (1, 0, 0), "it is not known to run");
    story.started(1);
    story.wait(4.9);
    assert_eq!(story.states(), (1, 0, 0));
    story.wait(0.1);
    assert_eq!(story.states(), (0, 1, 0));
    assert_eq!(story.view().workers[0].since, seconds(12.0));
}

#[test]
fn starting_to_draining() {
    let mut story = one_starting();
    assert_eq!(story.queue(0, 0.0), [drain(1)]);
    assert_eq!(story.states(), (0, 0, 1));
    // What it says by now brings it back to nothing.
    story.started(1);
    story.ready(1);
    assert_eq!(story.states(), (0, 0, 1));
    story.failed(FailedAction::Start(WorkerId(1)));
    assert_eq!(story.states(), (0, 0, 0));
}

#[test]
fn starting_to_gone_is_a_crash() {
    let mut story = one_starting();
    assert_eq!(story.exited(1, Exit::Code(0)), []);
    assert_eq!(story.states(), (0, 0, 0));
    assert_eq!(story.wait(1.0), [start(2)], "after the back-off");
}

#[test]
fn starting_to_gone_because_it_could_not_be_started() {
    let mut story = one_starting();
    assert_eq!(story.failed(FailedAction::Start(WorkerId(1))), []);
    assert_eq!(story.states(), (0, 0, 0));
    assert_eq!(story.wait(1.0), [start(2)], "after the back-off");
}

#[test]
fn ready_to_gone_is_a_crash() {
    for (lived_seconds, exit) in [(60.0, SIGKILL), (60.0, Exit::Code(1)), (9.9, Exit::Code(0))] {
        let mut story = Story::with_workers(without_hold(), 1);
        story.wait(lived_seconds);
        assert_eq!(
            story.exited(1, exit),
            [],
            "{exit:?} after {lived_seconds} s"
        );
        assert_eq!(story.wait(1.0), [start(2)]);
    }
}

#[test]
fn ready_to_gone_worn_out_is_replaced_at_once() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.wait(10.0);
    assert_eq!(story.exited(1, Exit::Code(0)), [start(2)]);
}

#[test]
fn ready_to_draining_to_gone() {
    let mut story = Story::with_workers(without_hold(), 1);
    assert_eq!(story.queue(0, 0.0), [drain(1)]);
    assert_eq!(story.states(), (0, 0, 1));
    assert_eq!(story.queue(0, 0.0), [], "it is told once");
    assert_eq!(
        story.exited(1, Exit::Code(1)),
        [],
        "however it ends, that was asked for"
    );
    assert_eq!(story.states(), (0, 0, 0));
    assert_eq!(story.queue(400, 0.0), [start(2)], "and nothing backs off");
}

#[test]
fn draining_to_killing_when_the_grace_is_over_and_again_until_it_is_gone() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.queue(0, 0.0);
    assert_eq!(story.wait(9.9), []);
    assert_eq!(story.wait(0.1), each(kill, 1..=2));
    assert_eq!(story.exited(1, SIGKILL), []);
    assert_eq!(
        story.failed(FailedAction::Kill(WorkerId(2))),
        [],
        "not again at once"
    );
    assert_eq!(story.wait(4.9), []);
    assert_eq!(story.wait(0.1), [kill(2)]);
    assert_eq!(story.wait(20.0), each(kill, [2, 2, 2, 2]));
    assert_eq!(story.states(), (0, 0, 1));
    assert_eq!(story.exited(2, SIGKILL), []);
    assert_eq!(story.states(), (0, 0, 0));
}

#[test]
fn an_order_to_drain_that_could_not_be_given_ends_with_a_kill() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.queue(0, 0.0);
    assert_eq!(story.failed(FailedAction::Drain(WorkerId(1))), []);
    assert_eq!(story.wait(10.0), [kill(1)]);
}

#[test]
fn orphans_are_drained_at_once_and_killed_after_the_grace() {
    let mut story = Story::new(without_hold());
    let adopted = |id| Event::WorkerAdopted {
        worker: WorkerId(id),
    };
    assert_eq!(story.tell(adopted(41)), [drain(41)]);
    assert_eq!(story.tell(adopted(17)), [drain(17)]);
    assert_eq!(story.tell(adopted(17)), [], "once");
    assert_eq!(story.states(), (0, 0, 2));
    // New workers get new numbers.
    assert_eq!(story.queue(400, 0.0), [start(42)]);
    assert_eq!(story.exited(17, Exit::Unseen), []);
    assert_eq!(story.wait(10.0), [kill(41)]);
    assert_eq!(story.exited(41, Exit::Unseen), []);
    assert_eq!(story.states(), (1, 0, 0));
}

#[test]
fn orphans_count_as_processes() {
    let mut settings = without_hold();
    settings.limits.max_processes = 10;
    let mut story = Story::new(settings);
    for worker in 1..=8 {
        story.tell(Event::WorkerAdopted {
            worker: WorkerId(worker),
        });
    }
    assert_eq!(story.queue(4_000, 0.0), each(start, 9..=10));
    assert_eq!(story.exited(3, Exit::Unseen), [start(11)]);
}

#[test]
fn what_is_said_of_unknown_or_gone_workers_changes_nothing() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.exited(1, Exit::Code(1));
    let before = story.view();
    for id in [1, 99] {
        assert_eq!(story.started(id), []);
        assert_eq!(story.ready(id), []);
        assert_eq!(story.busy(id, 5), []);
        assert_eq!(story.exited(id, SIGKILL), []);
        assert_eq!(story.failed(FailedAction::Start(WorkerId(id))), []);
        assert_eq!(story.failed(FailedAction::Drain(WorkerId(id))), []);
        assert_eq!(story.failed(FailedAction::Kill(WorkerId(id))), []);
    }
    assert_eq!(story.view(), before);
}

#[test]
fn a_clock_that_goes_back_is_taken_as_standing_still() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.wait(5.0);
    story.queue(0, 0.0);
    let drained_at = story.view().workers[0].since;
    story.now = seconds(1.0);
    story.tell(Event::Tick);
    assert_eq!(story.ids(WorkerState::Draining), [1]);
    assert_eq!(story.view().workers[0].since, drained_at);
}

#[test]
fn a_tick_that_comes_early_is_asked_for_again() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.queue(0, 0.0);
    let kill_at = story.now + seconds(10.0);
    story.now += seconds(9.999);
    assert_eq!(
        story.pool.handle(story.now, Event::Tick),
        [Action::WakeAt(kill_at)]
    );
    assert_eq!(story.pool.handle(kill_at, Event::Tick)[0], kill(1));
}
