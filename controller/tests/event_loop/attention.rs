//! The queue is looked at as closely as the policy wants.

use crate::stage::{INTERVAL, Stage, Start, seen, settings};
use controller::fleet::Order;
use policy::{Attention, Exit, FastInterval, WorkerId};
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
fn attention(stage: &Stage) -> (Attention, u64) {
    let now = stage.now();
    (now.view.attention, now.totals.samples)
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_looked_at_quickly() {
    let steps = [seen(0, 0, 0), seen(2000, 0, 2000), seen(0, 5, 1000)];
    let stage = Stage::with(watchful(&[]), steps);
    stage.pass(INTERVAL).await;
    assert_eq!(attention(&stage), (Attention::Alert, 2));

    for worker in 1..=10 {
        stage.ready(worker).await;
    }
    stage.pass(3 * HALF).await;
    assert_eq!(attention(&stage), (Attention::Alert, 5));
}

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_looked_at_at_leisure() {
    let stage = Stage::with(watchful(&[]), [seen(0, 0, 0)]);
    stage.pass(Duration::ZERO).await;
    assert_eq!(attention(&stage), (Attention::Rest, 1));
    stage.pass(INTERVAL).await;
    assert_eq!(attention(&stage), (Attention::Rest, 2));
    stage.pass(10 * INTERVAL).await;
    assert_eq!(attention(&stage), (Attention::Rest, 12));
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
    let stage = Stage::with(watchful(&[at]), steps);
    stage.pass(Duration::from_millis(4600)).await;
    assert_eq!(attention(&stage), (Attention::Rest, 3));
    assert_eq!(stage.fleet.take_orders(), []);

    stage.pass(Duration::from_millis(100)).await;
    assert_eq!(attention(&stage), (Attention::Alert, 4));
    assert_eq!(stage.fleet.take_orders(), [Order::Start(WorkerId(1))]);
    assert_eq!(stage.now().totals.arrivals, 1);

    stage.ready(1).await;
    stage.idle(1, 1).await;
    stage.pass(4 * INTERVAL).await;
    assert_eq!(stage.fleet.take_orders(), [Order::Drain(WorkerId(1))]);
    assert_ne!(attention(&stage).0, Attention::Rest);
    stage.exited(1, Exit::Code(0)).await;
    stage.pass(INTERVAL).await;
    assert_eq!(attention(&stage).0, Attention::Rest);
}

#[tokio::test(start_paused = true)]
async fn a_message_brings_no_look_forward_for_a_pool_that_does_not_rest() {
    let messages_at = [200, 400, 600].map(Duration::from_millis);
    let mut start = watchful(&messages_at);
    start.settings.limits.min = 1;
    let stage = Stage::with(start, [seen(0, 1, 0)]);
    stage.ready(1).await;
    stage.idle(1, 0).await;
    stage.pass(10 * INTERVAL).await;
    let (attention, samples) = attention(&stage);
    assert_eq!(attention, Attention::Calm);
    stage.pass(INTERVAL).await;
    assert_eq!(stage.now().totals.samples, samples + 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_fast_interval_only_a_rest_changes_the_cadence() {
    let mut start = watchful(&[Duration::from_millis(4700)]);
    start.settings.fast_interval = FastInterval::Off;
    let steps = [seen(0, 0, 0), seen(0, 0, 0), seen(0, 0, 0), seen(1, 0, 1)];
    let stage = Stage::with(start, steps);
    stage.pass(Duration::from_millis(4700)).await;
    assert_eq!(attention(&stage), (Attention::Calm, 4));
    stage.pass(INTERVAL).await;
    assert_eq!(attention(&stage), (Attention::Calm, 5));
}
