//! Samples, outages, workers and ends.

use super::harness::{Harness, INTERVAL, Start, broker_down, drains, seen, starts};
use crate::event_loop::{End, Phase};
use crate::fleet::Order;
use crate::journal::Journal;
use crate::source::{Link, Outlook, SampleError, Step};
use policy::{Event, Exit, Health, PoolMode, Reason, SampleFailure, WorkerId};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn the_first_look_is_taken_at_once_and_carried_out() {
    let harness = Harness::new([seen(1000, 0, 0)]);

    harness.pass(Duration::ZERO).await;

    // 1000 messages at 400 a worker.
    assert_eq!(harness.fleet.take_orders(), starts(1..=3));
    harness.ready(1);
    harness.pass(Duration::ZERO).await;
    let snapshot = harness.now();
    assert_eq!(snapshot.noted.link, Link::Up);
    assert_eq!((snapshot.view.demand, snapshot.view.desired), (3, 3));
    assert_eq!(
        (
            snapshot.noted.totals.samples,
            snapshot.noted.totals.arrival_gaps
        ),
        (1, 1)
    );
    assert_eq!(
        (
            snapshot.noted.totals.scale_actions,
            snapshot.noted.totals.workers_moved
        ),
        // Of the other two nobody has heard yet; their starts may have failed.
        (1, 1)
    );
    assert_eq!(
        harness.series(r#"warren_workers_desired{pool="filter"}"#),
        Some(3.0)
    );
    let scaled = r#"warren_scale_actions_total{direction="up",pool="filter",reason="demand"}"#;
    assert_eq!(harness.series(scaled), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn looks_come_every_interval_without_drift_and_count_what_arrives() {
    let harness = Harness::new([seen(0, 0, 10)]);

    harness.pass(10 * INTERVAL).await;

    let totals = harness.now().noted.totals;
    assert_eq!(totals.samples, 11);
    // The first look has nothing to count from.
    assert_eq!((totals.arrivals, totals.arrival_gaps), (100, 1));
    assert_eq!(
        harness.series(r#"warren_arrival_rate{pool="filter"}"#),
        Some(5.0)
    );
    assert_eq!(
        harness.series(r#"warren_arrivals_total{pool="filter"}"#),
        Some(100.0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_down_at_the_start_is_waited_for() {
    let harness = Harness::new([broker_down(), broker_down(), seen(1000, 0, 0)]);

    harness.pass(INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), []);
    let snapshot = harness.now();
    assert_eq!(snapshot.noted.link, Link::Down);
    assert_eq!(snapshot.noted.sampled_at, None);
    assert_eq!(
        snapshot.last_error.as_deref(),
        Some("can't reach the broker")
    );
    assert_eq!(snapshot.noted.totals.sample_failures, 2);
    assert_eq!(
        harness.series(r#"warren_broker_connected{pool="filter"}"#),
        Some(0.0)
    );
    assert_eq!(
        harness.series(r#"warren_ready_messages{pool="filter"}"#),
        None
    );

    harness.pass(INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), starts(1..=3));
    assert_eq!(harness.now().last_error, None);
    assert_eq!(
        harness.series(r#"warren_ready_messages{pool="filter"}"#),
        Some(1000.0)
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_keeps_the_workers_and_leaves_no_stale_figures() {
    let harness = Harness::new([seen(1000, 0, 0), broker_down()]);
    harness.pass(Duration::ZERO).await;
    for worker in 1..=3 {
        harness.ready(worker);
    }
    drop(harness.fleet.take_orders());

    harness.pass(10 * INTERVAL).await;

    assert_eq!(harness.fleet.take_orders(), []);
    let snapshot = harness.now();
    assert_eq!((snapshot.view.ready, snapshot.view.desired), (3, 3));
    assert_eq!(snapshot.view.last_decision.unwrap().reason, Reason::NoData);
    let failures = r#"warren_sample_failures_total{kind="unreachable",pool="filter"}"#;
    assert_eq!(harness.series(failures), Some(10.0));
    for absent in [
        "ready_messages",
        "consumers",
        "arrival_rate",
        "count_queue_messages",
    ] {
        assert_eq!(
            harness.series(&format!(r#"warren_{absent}{{pool="filter"}}"#)),
            None,
            "{absent}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_never_ends_is_cut_off_and_does_not_stop_the_loop() {
    let harness = Harness::new([Step::Stuck, seen(1000, 0, 0)]);

    harness.pass(Duration::from_secs(29)).await;
    let turned_at = harness.now().turned_at;
    assert!(
        turned_at >= Duration::from_secs(25),
        "the loop last turned at {turned_at:?}"
    );
    assert_eq!(harness.now().noted.totals.sample_failures, 0);

    harness.pass(Duration::from_secs(1)).await;
    assert_eq!(harness.now().noted.totals.sample_failures, 1);
    harness.pass(INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), starts(1..=3));
}

#[tokio::test(start_paused = true)]
async fn orphans_are_drained_before_anything_else() {
    let adopted = vec![Event::WorkerAdopted {
        worker: WorkerId(7),
    }];
    let start = Start {
        adopted,
        ..Start::default()
    };
    let harness = Harness::with(start, [seen(400, 1, 0)]);

    assert_eq!(harness.fleet.take_orders(), drains([7]));
    harness.pass(Duration::ZERO).await;

    // New ids go on after the largest that was adopted.
    assert_eq!(harness.fleet.take_orders(), starts([8]));
    harness.ready(8);
    harness.pass(Duration::ZERO).await;
    // Nobody decided that the old one goes.
    assert_eq!(harness.now().noted.totals.workers_moved, 1);
}

#[tokio::test(start_paused = true)]
async fn what_workers_live_and_do_is_remembered() {
    let harness = Harness::new([seen(300, 0, 0), seen(0, 1, 0)]);
    harness.pass(Duration::ZERO).await;
    harness.ready(1);
    harness.idle(1, 300);
    drop(harness.fleet.take_orders());

    harness.pass(4 * INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), drains([1]));
    harness.exited(1, Exit::Code(0));
    harness.pass(Duration::ZERO).await;

    let snapshot = harness.now();
    assert_eq!(snapshot.noted.totals.workers_peak, 1);
    assert_eq!(snapshot.noted.totals.workers_moved, 2);
    assert_eq!(snapshot.noted.totals.ended_worker_time.as_secs(), 8);
    assert!(snapshot.noted.born.is_empty());
    let ended = r#"warren_worker_exits_total{outcome="ok",pool="filter"}"#;
    assert_eq!(harness.series(ended), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn a_crashing_fleet_is_backed_off_from_and_said_to_be_degraded() {
    let harness = Harness::new([seen(300, 0, 100)]);
    let mut started = 0;
    for _ in 0..600 {
        harness.pass(Duration::from_millis(100)).await;
        for order in harness.fleet.take_orders() {
            if let Order::Start(worker) = order {
                started += 1;
                harness.report(Event::WorkerStarted { worker });
                harness.exited(worker.0, Exit::Code(1));
            }
        }
    }

    // A minute of it: with a back-off that grows to 30 s that is a handful, not a storm.
    assert!(
        (5..=20).contains(&started),
        "{started} workers were started"
    );
    let snapshot = harness.now();
    assert!(
        matches!(snapshot.view.health, Health::Degraded { .. }),
        "{:?}",
        snapshot.view.health
    );
    let crashed = r#"warren_worker_exits_total{outcome="error",pool="filter"}"#;
    assert_eq!(harness.series(crashed), Some(f64::from(started)));
}

#[tokio::test(start_paused = true)]
async fn the_end_drains_every_worker_and_waits_for_it() {
    let harness = Harness::new([seen(1000, 0, 0)]);
    harness.pass(Duration::ZERO).await;
    for worker in 1..=3 {
        harness.ready(worker);
    }
    harness.pass(Duration::ZERO).await;
    drop(harness.fleet.take_orders());

    harness.phase.send_replace(Phase::Draining);
    harness.pass(Duration::ZERO).await;
    let mut orders = harness.fleet.take_orders();
    orders.sort_by_key(|order| format!("{order:?}"));
    assert_eq!(orders, drains(1..=3));
    assert_eq!(harness.now().view.mode, PoolMode::ShuttingDown);

    for worker in 1..=3 {
        assert!(!harness.running.is_finished());
        harness.exited(worker, Exit::Code(0));
        harness.pass(Duration::ZERO).await;
    }
    assert_eq!(harness.running.await.unwrap(), End::Stopped);
    // What describes the pool is gone with it.
    let text = String::from_utf8(harness.metrics.render().unwrap()).unwrap();
    assert!(!text.contains(r#"pool="filter""#), "{text}");
}

#[tokio::test(start_paused = true)]
async fn workers_that_outlive_their_grace_are_killed() {
    let harness = Harness::new([seen(300, 0, 0)]);
    harness.pass(Duration::ZERO).await;
    harness.ready(1);
    harness.phase.send_replace(Phase::Draining);
    harness.pass(Duration::from_secs(9)).await;
    assert_eq!(
        harness.fleet.take_orders(),
        [starts([1]), drains([1])].concat()
    );

    harness.pass(Duration::from_secs(2)).await;
    assert_eq!(harness.fleet.take_orders(), [Order::Kill(WorkerId(1))]);
}

#[tokio::test(start_paused = true)]
async fn a_second_request_kills_at_once() {
    let harness = Harness::new([seen(300, 0, 0)]);
    harness.pass(Duration::ZERO).await;
    harness.ready(1);
    harness.phase.send_replace(Phase::Draining);
    harness.pass(Duration::from_millis(10)).await;
    drop(harness.fleet.take_orders());

    harness.phase.send_replace(Phase::Killing);
    harness.pass(Duration::ZERO).await;
    assert_eq!(harness.fleet.take_orders(), [Order::Kill(WorkerId(1))]);
    harness.exited(1, Exit::Signal(9));
    assert_eq!(harness.running.await.unwrap(), End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_begins_when_the_end_has_been_called_ends_at_once() {
    let harness = Harness::new([Step::Stuck]);
    harness.phase.send_replace(Phase::Draining);

    assert_eq!(harness.running.await.unwrap(), End::Stopped);
    assert_eq!(harness.fleet.take_orders(), []);
}

// In real time: a paused clock waits for threads.
#[tokio::test]
async fn a_disk_that_hangs_at_the_end_holds_up_no_other_loop() {
    let (journal, disk) = Journal::hanging();
    let start = Start {
        journal: Some(journal),
        ..Start::default()
    };
    let harness = Harness::with(start, [seen(0, 0, 0)]);
    harness.phase.send_replace(Phase::Draining);

    harness.pass(Duration::from_millis(50)).await;

    assert!(!harness.running.is_finished(), "this thread was blocked");
    drop(disk);
    assert_eq!(harness.running.await.unwrap(), End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_another_controller_holds_is_left_alone() {
    let held = Step::Failed(SampleError {
        failure: SampleFailure::NotOwner,
        link: Link::Down,
        outlook: Outlook::GiveUp,
        message: "pool filter is held by the controller with pid 1".to_owned(),
    });
    let harness = Harness::new([held]);

    let end = harness.running.await.unwrap();

    let End::HeldElsewhere(message) = end else {
        panic!("{end:?}")
    };
    assert!(message.contains("pid 1"), "{message}");
    assert_eq!(harness.fleet.take_orders(), []);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_breaks_ends_its_pool_in_order() {
    let harness = Harness::new([seen(300, 0, 0), Step::Broken]);
    harness.pass(Duration::ZERO).await;
    harness.ready(1);
    harness.pass(INTERVAL).await;

    assert_eq!(
        harness.fleet.take_orders(),
        [starts([1]), drains([1])].concat()
    );
    harness.exited(1, Exit::Code(0));
    assert_eq!(harness.running.await.unwrap(), End::SourceBroke);
}
