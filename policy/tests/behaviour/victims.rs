//! Which workers go first.

use crate::story::{Story, drain, each, start, without_hold};

#[test]
fn idle_ones_go_first_then_starting_ones_then_the_oldest() {
    let mut story = Story::with_workers(without_hold(), 6);
    for id in [1, 2, 4, 6] {
        story.busy(id, 10);
    }
    // 3 and 5 are idle. Two more are asked for, and do not consume yet.
    assert_eq!(story.queue(360, 1_400.0), each(start, 7..=8));
    let mut order = Vec::new();
    for remaining in (0..8).rev() {
        let actions = story.queue(0, (f64::from(remaining) * 200.0 - 20.0).max(0.0));
        order.extend(actions);
    }
    // While messages are in flight one worker stays for them.
    assert_eq!(order, [3, 5, 8, 7, 1, 2, 4].map(drain));
}

#[test]
fn the_oldest_idle_ones_go_first() {
    let mut story = Story::with_workers(without_hold(), 5);
    assert_eq!(story.queue(0, 600.0), each(drain, 1..=2));
}

#[test]
fn a_silent_worker_is_not_taken_for_idle() {
    let mut story = Story::new(without_hold());
    story.queue(800, 0.0);
    story.ready(1);
    story.ready(2);
    story.idle(2);
    assert_eq!(story.queue(400, 0.0), [drain(2)]);
}
