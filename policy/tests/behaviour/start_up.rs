//! How long a worker takes to start: what is measured, and from when on it is known.

use crate::story::{Story, seconds, without_hold};
use std::time::Duration;

fn start_up(story: &mut Story) -> Option<Duration> {
    story.queue(400, 0.0);
    story.decision().observation.start_up
}

#[test]
fn it_is_measured_from_the_order_until_the_worker_shows_itself() {
    let mut story = Story::new(without_hold());
    assert_eq!(start_up(&mut story), None, "none was ordered before");
    story.wait(1.0);
    story.started(1);
    assert_eq!(start_up(&mut story), Some(seconds(1.0)), "so far");
    story.wait(2.0);
    story.ready(1);
    story.wait(9.0);
    assert_eq!(start_up(&mut story), Some(seconds(3.0)));
}

#[test]
fn a_silent_worker_is_measured_when_the_broker_shows_it() {
    let mut story = Story::new(without_hold());
    story.queue(400, 0.0);
    story.started(1);
    story.wait(2.0);
    story.consumers(1);
    assert_eq!(story.decision().observation.start_up, Some(seconds(2.0)));
}

#[test]
fn what_is_only_assumed_is_not_measured_before_it_is_shown() {
    let mut story = Story::new(without_hold());
    story.queue(400, 0.0);
    story.started(1);
    // `ready_after` is 5 s; this worker takes 30 s.
    story.wait(10.0);
    assert_eq!(story.states(), (0, 1, 0));
    story.sampled(400, 0, policy::Arrivals::Unknown);
    assert_eq!(story.decision().observation.start_up, None);
    story.wait(20.0);
    story.idle(1);
    story.idle(1);
    assert_eq!(start_up(&mut story), Some(seconds(30.0)));
}
