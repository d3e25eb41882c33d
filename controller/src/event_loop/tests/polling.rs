//! The queue is looked at as closely as the policy wants.

use super::harness::{Harness, INTERVAL, Start, seen, settings};
use crate::fleet::Order;
use policy::{Exit, FastInterval, Polling, WorkerId};
use std::time::Duration;

const HALF: Duration = Duration::from_millis(500);

/// A pool that is looked at every half second where something moves.
fn watchful(messages_at: &[Duration]) -> Start {
    let mut settings = settings();
    settings.fast_interval = FastInterval::Every(HALF);
    Start {
        settings,
        messages_at: messages_at.to_vec(),
        ..Start::default()
    }
}

/// What the pool wants, and the good looks so far.
fn polling(harness: &Harness) -> (Polling, u64) {
    let now = harness.now();
    (now.view.polling, now.noted.totals.samples)
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_looked_at_quickly() {
    let steps = [seen(0, 0, 0), seen(2000, 0, 2000), seen(0, 5, 1000)];
    let harness = Harness::with(watchful(&[]), steps);
    harness.pass(INTERVAL).await;
    assert_eq!(polling(&harness), (Polling::Fast, 2));

    for worker in 1..=10 {
        harness.ready(worker);
    }
    harness.pass(3 * HALF).await;
    assert_eq!(polling(&harness), (Polling::Fast, 5));
}

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_looked_at_at_leisure() {
    let harness = Harness::with(watchful(&[]), [seen(0, 0, 0)]);
    harness.pass(Duration::ZERO).await;
    assert_eq!(polling(&harness), (Polling::Idle, 1));
    harness.pass(INTERVAL).await;
    assert_eq!(polling(&harness), (Polling::Idle, 2));
    harness.pass(10 * INTERVAL).await;
    assert_eq!(polling(&harness), (Polling::Idle, 12));
}

#[tokio::test(start_paused = true)]
async fn the_first_message_gets_its_worker_at_once_and_the_pool_rests_again() {
    let at = Duration::from_millis(4700);
    let steps = [
        seen(0, 0, 0),
        seen(0, 0, 0),
        seen(0, 0, 0),
        seen(1, 0, 1),
        seen(0, 1, 0),
    ];
    let harness = Harness::with(watchful(&[at]), steps);
    harness.pass(Duration::from_millis(4600)).await;
    assert_eq!(polling(&harness), (Polling::Idle, 3));
    assert_eq!(harness.fleet.take_orders(), []);

    harness.pass(Duration::from_millis(100)).await;
    assert_eq!(polling(&harness), (Polling::Fast, 4));
    assert_eq!(harness.fleet.take_orders(), [Order::Start(WorkerId(1))]);
    assert_eq!(harness.now().noted.totals.arrivals, 1);

    harness.ready(1);
    harness.idle(1, 1);
    harness.pass(4 * INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), [Order::Drain(WorkerId(1))]);
    assert_ne!(polling(&harness).0, Polling::Idle);
    harness.exited(1, Exit::Code(0));
    harness.pass(INTERVAL).await;
    assert_eq!(polling(&harness).0, Polling::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_message_brings_no_look_forward_for_a_pool_that_does_not_rest() {
    let messages_at = [200, 400, 600].map(Duration::from_millis);
    let mut start = watchful(&messages_at);
    start.settings.limits.min = 1;
    let harness = Harness::with(start, [seen(0, 1, 0)]);
    harness.ready(1);
    harness.idle(1, 0);
    harness.pass(10 * INTERVAL).await;
    let (polling, samples) = polling(&harness);
    assert_eq!(polling, Polling::Normal);
    harness.pass(INTERVAL).await;
    assert_eq!(harness.now().noted.totals.samples, samples + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_fast_interval_only_a_rest_changes_the_cadence() {
    let mut start = watchful(&[Duration::from_millis(4700)]);
    start.settings.fast_interval = FastInterval::Off;
    let steps = [seen(0, 0, 0), seen(0, 0, 0), seen(0, 0, 0), seen(1, 0, 1)];
    let harness = Harness::with(start, steps);
    harness.pass(Duration::from_millis(4700)).await;
    assert_eq!(polling(&harness), (Polling::Normal, 4));
    harness.pass(INTERVAL).await;
    assert_eq!(polling(&harness), (Polling::Normal, 5));
}
