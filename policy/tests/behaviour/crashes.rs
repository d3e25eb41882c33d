//! Crashes: back-off, probes, degraded and healthy again.

use crate::story::{SIGKILL, Story, each, kill, seconds, start, without_hold};
use policy::{Activity, Exit, FailedAction, Health, WorkerId};

#[test]
fn ten_workers_killed_at_once_are_one_crash() {
    let mut story = Story::with_workers(without_hold(), 10);
    let killed_at = story.now;
    for id in 1..=10 {
        assert_eq!(story.exited(id, SIGKILL), []);
        story.wait(0.01);
    }
    let until = killed_at + seconds(0.25);
    assert_eq!(
        story.view().health,
        Health::BackingOff { until, crashes: 1 }
    );
    assert_eq!(story.wait(0.14), []);
    assert_eq!(
        story.wait(0.01),
        each(start, 11..=20),
        "all of them after one back-off"
    );
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn from_the_second_crash_in_a_row_on_a_probe_goes_first() {
    let mut story = Story::with_workers(without_hold(), 3);
    for id in 1..=3 {
        story.exited(id, SIGKILL);
    }
    assert_eq!(story.wait(0.25), each(start, 4..=6));
    for id in 4..=6 {
        story.exited(id, Exit::Code(1));
    }
    assert!(matches!(
        story.view().health,
        Health::BackingOff { crashes: 2, .. }
    ));
    assert_eq!(story.wait(0.5), [start(7)]);
    story.started(7);
    assert_eq!(story.ready(7), [], "to be ready proves nothing yet");
    assert_eq!(
        story.queue(0, 600.0),
        [],
        "nor does a sample bring the others"
    );
    assert_eq!(story.busy(7, 1), [], "nor does a message in hand");
    // Its first completed message does.
    assert_eq!(story.reports(7, Activity::Busy, 1, 1), each(start, 8..=9));
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn a_silent_probe_proves_itself_by_staying_ready() {
    let mut story = Story::with_workers(without_hold(), 3);
    for id in 1..=3 {
        story.exited(id, SIGKILL);
    }
    story.wait(0.25);
    for id in 4..=6 {
        story.exited(id, SIGKILL);
    }
    assert_eq!(story.wait(0.5), [start(7)]);
    story.started(7);
    story.ready(7);
    assert_eq!(story.wait(9.9), []);
    assert_eq!(
        story.wait(0.1),
        each(start, 8..=9),
        "without waiting for a sample"
    );
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn five_crashes_in_a_row_degrade_the_pool_and_the_same_proof_heals_it() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.exited(2, SIGKILL);
    // The first back-off is 0.25 s at the least, and each is twice the one before.
    let mut id = 3;
    for (crashes, backoff_seconds) in [(1, 0.25), (2, 0.5), (3, 1.0), (4, 2.0), (5, 4.0), (6, 8.0)]
    {
        let view = story.view();
        if crashes < 5 {
            let until = story.now + seconds(backoff_seconds);
            assert_eq!(view.health, Health::BackingOff { until, crashes });
        } else {
            assert_eq!(view.health, Health::Degraded { crashes });
        }
        assert_eq!(story.wait(backoff_seconds - 0.01), []);
        assert_eq!(story.wait(0.01), [start(id)]);
        if crashes < 6 {
            story.exited(id, Exit::Code(101));
            id += 1;
        }
    }
    assert_eq!(story.view().health, Health::Degraded { crashes: 6 });
    story.reports(1, Activity::Busy, 1, 500);
    assert_eq!(
        story.view().health,
        Health::Degraded { crashes: 6 },
        "an old worker is no proof"
    );
    story.reports(id, Activity::Busy, 1, 1);
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn the_count_starts_again_after_ten_good_seconds() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.exited(1, SIGKILL);
    story.wait(0.25);
    story.exited(2, SIGKILL);
    assert_eq!(story.wait(0.5), [start(3)]);
    story.ready(3);
    story.wait(10.0);
    story.exited(3, SIGKILL);
    let until = story.now + seconds(0.25);
    assert_eq!(
        story.view().health,
        Health::BackingOff { until, crashes: 1 }
    );
}

#[test]
fn a_worker_may_prove_itself_in_the_instant_it_dies() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.exited(1, SIGKILL);
    story.wait(0.25);
    story.ready(2);
    // No tick comes before the exit.
    story.now += seconds(10.0);
    story.exited(2, SIGKILL);
    assert!(matches!(
        story.view().health,
        Health::BackingOff { crashes: 1, .. }
    ));
}

#[test]
fn a_message_and_a_crash_again_and_again_back_off_longer_and_longer() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.exited(1, SIGKILL);
    for (id, crashes) in (2..).zip(2..=5) {
        assert_eq!(story.wait(4.0), [start(id)]);
        story.ready(id);
        story.reports(id, Activity::Idle, 0, 1);
        assert_eq!(story.view().health, Health::Healthy);
        story.exited(id, SIGKILL);
        match story.view().health {
            Health::BackingOff {
                crashes: counted, ..
            }
            | Health::Degraded { crashes: counted } => {
                assert_eq!(counted, crashes);
            }
            Health::Healthy => panic!("worker {id} has just crashed"),
        }
    }
}

#[test]
fn old_workers_that_die_one_by_one_are_one_incident_with_a_pause_each() {
    let mut story = Story::with_workers(without_hold(), 3);
    for (victim, replacement) in [(1, 4), (2, 5), (3, 6)] {
        story.exited(victim, SIGKILL);
        assert!(matches!(
            story.view().health,
            Health::BackingOff { crashes: 1, .. }
        ));
        assert_eq!(story.wait(1.0), [start(replacement)]);
    }
}

#[test]
fn a_worker_that_can_not_be_started_degrades_the_pool_at_once() {
    let mut story = Story::new(without_hold());
    assert_eq!(story.queue(1_200, 0.0), each(start, 1..=3));
    for id in 1..=3 {
        assert_eq!(story.failed(FailedAction::Start(WorkerId(id))), []);
    }
    assert_eq!(story.view().health, Health::Degraded { crashes: 1 });
    assert_eq!(story.wait(0.25), [start(4)], "one is tried");
    story.failed(FailedAction::Start(WorkerId(4)));
    assert_eq!(story.view().health, Health::Degraded { crashes: 2 });
    assert_eq!(story.queue(1_200, 0.0), []);
    assert_eq!(story.wait(0.5), [start(5)]);
    story.started(5);
    story.ready(5);
    assert_eq!(story.view().health, Health::Degraded { crashes: 2 });
    assert_eq!(story.wait(10.0), each(start, 6..=7));
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn a_probe_that_is_not_needed_any_more_makes_way_for_the_next_one() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.exited(1, SIGKILL);
    story.wait(0.25);
    story.exited(2, SIGKILL);
    assert_eq!(story.wait(0.5), [start(3)]);
    story.queue(0, 0.0);
    assert_eq!(story.queue(800, 0.0), [start(4)], "one again, not two");
}

#[test]
fn what_was_told_to_stop_does_not_crash() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.queue(0, 0.0);
    story.exited(1, Exit::Signal(11));
    assert_eq!(story.wait(10.0), [kill(2)]);
    story.exited(2, SIGKILL);
    assert_eq!(story.view().health, Health::Healthy);
    assert_eq!(story.queue(400, 0.0), [start(3)]);
}

#[test]
fn no_sample_gets_around_the_backoff() {
    let mut story = Story::with_workers(without_hold(), 1);
    story.exited(1, SIGKILL);
    assert_eq!(story.queue(4_000, 0.0), []);
    assert_eq!(story.view().desired, 10);
    assert_eq!(story.wait(0.25), each(start, 2..=11));
}
