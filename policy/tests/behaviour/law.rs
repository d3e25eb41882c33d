//! The law: the worked example, the decay of a backlog, and long tasks.

use crate::story::{Story, drain, each, seconds, settings, start, without_hold};
use policy::{Activity, Arrivals, Backlog, Capacity, LimitName};
use std::num::NonZeroU32;
use std::time::Duration;

#[test]
fn the_worked_example_of_the_strategy() {
    let mut settings = settings();
    settings.limits.max = 30;
    let mut story = Story::new(settings);
    story.queue(6_900, 950.0);
    assert_eq!(story.decision().demand, 22);
    assert_eq!(story.decision().desired, 22);
    assert_eq!(story.decision().observation.worker_rate.per_second(), 200.0);
}

#[test]
fn demand_is_exact_and_saturates() {
    for (ready, arrivals_per_second, demand) in [
        (0, 0.0, 0),
        (1, 0.0, 1),
        (4_000, 0.0, 10),
        (4_001, 0.0, 11),
        (0, 2_000.0, 10),
        (0, 2_000.5, 11),
        (2_000, 1_000.0, 10),
        (u64::MAX, 0.0, u32::MAX),
    ] {
        let mut story = Story::new(settings());
        story.queue(ready, arrivals_per_second);
        assert_eq!(
            story.view().demand,
            demand,
            "{ready} and {arrivals_per_second}"
        );
    }
}

#[test]
fn the_rate_is_counted_over_the_time_that_really_passed() {
    let mut story = Story::new(settings());
    story.sampled(
        0,
        0,
        Arrivals::Counted {
            messages: 1_000,
            over: seconds(2.5),
        },
    );
    let rate = story.decision().observation.arrival_rate.unwrap();
    assert_eq!(rate.per_second(), 400.0);
    assert_eq!(story.decision().demand, 2);
}

/// Every worker does μ·T messages between two samples; rounding up adds less than one worker.
fn backlog_after_each_interval(interval_seconds: f64, arrivals_per_second: f64) -> Vec<f64> {
    let capacity = 100.0;
    let mut settings = without_hold();
    settings.capacity = Capacity::try_new(capacity).unwrap();
    settings.interval = seconds(interval_seconds);
    settings.limits.max = 1_000;
    settings.limits.max_processes = 2_000;
    let worker_rate = capacity / settings.drain_time.as_secs_f64();
    let mut story = Story::new(settings);
    let mut backlog = 10_000.0;
    let mut backlogs = Vec::new();
    for _ in 0..8 {
        story.queue(backlog as u64, arrivals_per_second);
        story.bring_up();
        let done = f64::from(story.view().ready) * worker_rate * interval_seconds;
        backlog = (backlog + arrivals_per_second * interval_seconds - done).max(0.0);
        backlogs.push(backlog);
        story.wait(interval_seconds);
    }
    backlogs
}

#[test]
fn a_backlog_of_10_000_is_gone_by_the_discrete_law() {
    for (interval_seconds, arrivals_per_second) in [
        (2.0, 0.0),
        (2.0, 730.0),
        (1.0, 0.0),
        (1.0, 730.0),
        (0.5, 0.0),
        (0.2, 100.0),
    ] {
        let remains = 1.0 - interval_seconds / 2.0;
        let mut before = 10_000.0;
        for after in backlog_after_each_interval(interval_seconds, arrivals_per_second) {
            // B′ = B·(1 − T/Tr), less what the last worker does beyond it; samples are whole numbers.
            let expected = before * remains;
            let one_worker = 50.0 * interval_seconds;
            assert!(after <= expected + 1.0, "{after} > {expected}");
            assert!(
                after == 0.0 || after >= expected - one_worker,
                "{after} < {expected}"
            );
            before = after;
        }
    }
    let gone_at_once = backlog_after_each_interval(2.0, 0.0);
    assert_eq!(gone_at_once[0], 0.0, "with T = Tr one interval clears it");
}

#[test]
fn ready_alone_is_the_backlog_where_that_is_configured() {
    let mut only_ready = without_hold();
    only_ready.backlog = Backlog::Ready;
    for (settings, backlog) in [(without_hold(), 150), (only_ready, 100)] {
        let mut story = Story::with_workers(settings, 1);
        story.busy(1, 50);
        story.queue(100, 0.0);
        assert_eq!(story.decision().observation.in_flight, Some(50));
        assert_eq!(story.decision().observation.backlog, backlog);
    }
}

/// A message takes 10 s and Tr is 2 s, so C = 0.2 and the law asks for five workers a message.
fn long_tasks() -> policy::Settings {
    let mut settings = settings();
    settings.capacity = Capacity::try_new(0.2).unwrap();
    settings.prefetch = NonZeroU32::MIN;
    settings.limits.hold = Duration::ZERO;
    settings.limits.max = 50;
    settings.limits.max_processes = 100;
    settings
}

#[test]
fn a_long_task_gets_one_worker_a_message() {
    let mut story = Story::new(long_tasks());
    assert_eq!(story.queue(3, 0.0), each(start, 1..=3));
    let decision = story.decision();
    assert_eq!((decision.demand, decision.desired), (15, 3));
    assert_eq!(decision.limits.len(), 1);
    assert_eq!(decision.limits[0].name, LimitName::Useful);
    story.bring_up();
    for id in 1..=3 {
        story.busy(id, 1);
    }

    // They work on it for 10 s, and all that time three workers are wanted.
    for _ in 0..4 {
        story.wait(2.0);
        assert_eq!(story.queue(0, 0.0), []);
        assert_eq!((story.view().demand, story.view().desired), (15, 3));
    }

    // Two more messages get two more workers, and one that is done lets one go: the idle one.
    assert_eq!(story.queue(2, 0.0), each(start, 4..=5));
    story.bring_up();
    story.busy(4, 1);
    story.busy(5, 1);
    story.reports(2, Activity::Idle, 0, 1);
    assert_eq!(story.queue(0, 0.0), [drain(2)]);
}

#[test]
fn arrivals_during_a_long_task_get_workers_too() {
    let mut story = Story::new(long_tasks());
    // 1.5 msg/s for the 10 s that a message takes: 15 workers keep up, and one does what waits.
    story.queue(1, 1.5);
    assert_eq!((story.view().demand, story.view().desired), (20, 16));
}

#[test]
fn silent_busy_workers_do_not_hide_that_more_work_waits() {
    let mut story = Story::new(long_tasks());
    story.queue(3, 0.0);
    for id in 1..=3 {
        story.started(id);
        story.ready(id);
    }
    // Whatever the three hold, two more messages wait; the fleet may grow by two.
    assert_eq!(story.queue(2, 0.0), each(start, 4..=5));
    assert_eq!(story.decision().observation.in_flight, None);
}

#[test]
fn what_draining_workers_hold_needs_no_other_worker() {
    let mut story = Story::new(long_tasks());
    story.tell(policy::Event::WorkerAdopted {
        worker: policy::WorkerId(7),
    });
    story.busy(7, 1);
    assert_eq!(story.queue(0, 0.0), []);
    assert_eq!((story.view().demand, story.view().desired), (5, 0));
}
