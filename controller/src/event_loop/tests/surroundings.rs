//! What the policy is told of the host and of the time on the wall.

use super::harness::{Harness, INTERVAL, Start, seen, settings, starts};
use crate::wall_clock::WallClock;
use policy::{Floor, HostLimits, HostUsage, LimitName, LocalTime, MinuteOfDay, Weekday};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_busy_host_is_told_and_gets_no_more_workers() {
    let mut settings = settings();
    settings.limits.host = HostLimits {
        cpu_limit: 0.9,
        memory_reserve_bytes: 0,
    };
    let start = Start {
        settings,
        ..Start::default()
    };
    let harness = Harness::with(start, [seen(0, 0, 0), seen(2000, 0, 2000)]);
    harness.pass(INTERVAL / 2).await;
    let usage = |cpu_ratio| {
        Some(HostUsage {
            cpu_ratio,
            memory_available_bytes: 1 << 30,
        })
    };
    harness.host.send_replace(usage(0.95));
    harness.pass(INTERVAL / 2).await;
    assert_eq!(harness.fleet.take_orders(), []);
    let limits = harness.now().view.last_decision.unwrap().limits;
    assert!(
        limits.iter().any(|limit| limit.name == LimitName::Host),
        "{limits:?}"
    );

    harness.host.send_replace(usage(0.5));
    harness.pass(INTERVAL).await;
    assert_ne!(harness.fleet.take_orders(), []);
}

/// A clock on the wall that a test sets.
#[derive(Clone)]
struct Wall(Arc<Mutex<LocalTime>>);

impl Wall {
    fn showing(time: LocalTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    fn set(&self, time: LocalTime) {
        *self.0.lock().unwrap() = time;
    }

    fn clock(&self) -> WallClock {
        let shown = Arc::clone(&self.0);
        WallClock::new(move || *shown.lock().unwrap())
    }
}

fn monday(hour: u8, minute: u8) -> LocalTime {
    LocalTime {
        weekday: Weekday::Monday,
        minute: MinuteOfDay::new(hour, minute).unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_is_told_before_the_first_look_and_when_the_minute_changes() {
    let mut settings = settings();
    settings.schedule = vec![
        Floor {
            days: vec![Weekday::Monday],
            from: MinuteOfDay::new(8, 0).unwrap(),
            until: MinuteOfDay::new(18, 0).unwrap(),
            workers: 2,
        },
        Floor {
            days: vec![Weekday::Monday],
            from: MinuteOfDay::new(8, 1).unwrap(),
            until: MinuteOfDay::new(18, 0).unwrap(),
            workers: 3,
        },
    ];
    let wall = Wall::showing(monday(8, 0));
    let start = Start {
        settings,
        wall_clock: Some(wall.clock()),
        ..Start::default()
    };
    let harness = Harness::with(start, [seen(0, 0, 0)]);
    harness.pass(Duration::ZERO).await;
    assert_eq!(harness.fleet.take_orders(), starts(1..=2));

    wall.set(monday(8, 1));
    harness.pass(INTERVAL).await;
    assert_eq!(harness.fleet.take_orders(), starts(3..=3));
}

#[test]
fn a_minute_is_told_once_and_a_clock_that_was_set_back_is_believed() {
    let wall = Wall::showing(monday(8, 0));
    let mut clock = wall.clock();
    assert_eq!(clock.turn(), Some(monday(8, 0)));
    assert_eq!(clock.turn(), None);
    wall.set(monday(8, 1));
    assert_eq!(clock.turn(), Some(monday(8, 1)));
    wall.set(monday(7, 0));
    assert_eq!(clock.turn(), Some(monday(7, 0)));
}
