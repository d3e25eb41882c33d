//! Each check finds what it is for, in a run of somebody who does it.

use super::*;
use crate::engine::{Alarm, Bounds, Driver, Notice, Wishes};
use crate::run::{Options, drive};
use crate::workload::{Service, Spread, Workload};
use std::num::NonZeroU32;
use traffic::{ArrivalProcess, RateSeries};

/// Who breaks what.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rogue {
    /// Nobody: two workers from the beginning, of which one is stopped and killed after its grace.
    Honest,
    /// Starts three workers.
    StartsTooMany,
    /// Starts two more while the first two finish.
    RunsTooMany,
    /// Takes a message out of the queue.
    LosesMessage,
    /// Kills a busy worker that was never told to stop.
    KillsAtOnce,
    /// Kills one that was, too soon.
    KillsTooSoon,
    /// Wants fewer because a look failed.
    LowersWithoutData,
    /// Stops one because a look failed.
    StopsWithoutData,
}

const MAX: u32 = 2;
const GRACE: Duration = Duration::from_secs(1);

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Driver for Rogue {
    fn wishes(&self) -> Wishes {
        Wishes {
            prefetch: NonZeroU32::MIN,
            reports: false,
            sees_all: false,
        }
    }

    fn on_begin(&mut self, world: &mut World<'_>) {
        let workers = if *self == Self::StartsTooMany { 3 } else { 2 };
        for id in 1..=workers {
            world.start(WorkerId(id));
        }
        world.wake_at(at(1500), Alarm::Look(0));
    }

    fn on_alarm(&mut self, _: Alarm, world: &mut World<'_>) {
        match self {
            Self::Honest => world.drain_within(WorkerId(1), GRACE),
            Self::RunsTooMany => {
                for (stopped, started) in [(1, 3), (2, 4)] {
                    world.drain(WorkerId(stopped));
                    world.start(WorkerId(started));
                }
            }
            Self::LosesMessage => {
                assert!(world.queue.deliver().is_some());
            }
            Self::KillsAtOnce => world.kill(WorkerId(1)),
            Self::KillsTooSoon => world.drain_within(WorkerId(1), GRACE / 2),
            Self::StartsTooMany | Self::LowersWithoutData | Self::StopsWithoutData => {}
        }
    }

    fn on_notice(&mut self, _: Notice, _: &mut World<'_>) {}

    fn desired(&self) -> u32 {
        MAX
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            max: MAX,
            max_processes: Some(3),
            grace: GRACE,
        }
    }

    fn take_no_data(&mut self) -> Option<NoData> {
        let (desired_after, drained) = match self {
            Self::LowersWithoutData => (1, 0),
            Self::StopsWithoutData => (2, 1),
            _ => return None,
        };
        Some(NoData {
            desired_before: 2,
            desired_after,
            drained,
        })
    }
}

/// Ten messages at once, as far as workers are concerned, of a quarter of an hour each.
fn violation(rogue: Rogue) -> Option<Violation> {
    let workload = Workload {
        name: "test".to_owned(),
        about: "a test".to_owned(),
        rate: RateSeries::constant(10.0, 1.0).unwrap(),
        process: ArrivalProcess::Even,
        service: Service {
            mean: Duration::from_secs(900),
            spread: Spread::Constant,
        },
        start_up: at(500),
        faults: Vec::new(),
        max: MAX,
        slo: at(2000),
    };
    let options = Options {
        checks: Checks::On,
        ..Options::default()
    };
    drive(&workload, "rogue", 7, Box::new(rogue), Some(1.0), options).violation
}

#[test]
fn each_check_finds_what_it_is_for() {
    for (rogue, at_milliseconds, broken) in [
        (
            Rogue::StartsTooMany,
            0,
            Broken::TooManyWorkers { workers: 3, max: 2 },
        ),
        (
            Rogue::RunsTooMany,
            1500,
            Broken::TooManyProcesses {
                processes: 4,
                max: 3,
            },
        ),
        (
            Rogue::LosesMessage,
            1500,
            Broken::Astray {
                arrived: 10,
                waiting: 7,
                held: 2,
                completed: 0,
            },
        ),
        (
            Rogue::KillsAtOnce,
            1500,
            Broken::BusyKilled {
                worker: WorkerId(1),
                held: 1,
            },
        ),
        (
            Rogue::KillsTooSoon,
            2000,
            Broken::BusyKilled {
                worker: WorkerId(1),
                held: 1,
            },
        ),
        (
            Rogue::LowersWithoutData,
            0,
            Broken::Lowered {
                before: 2,
                after: 1,
                drained: 0,
            },
        ),
        (
            Rogue::StopsWithoutData,
            0,
            Broken::Lowered {
                before: 2,
                after: 2,
                drained: 1,
            },
        ),
    ] {
        let found = violation(rogue).unwrap_or_else(|| panic!("{rogue:?} was not found"));
        assert_eq!((found.at, found.broken), (at(at_milliseconds), broken));
    }
}

#[test]
fn nothing_is_found_where_nothing_is_broken() {
    assert_eq!(violation(Rogue::Honest), None);
}

#[test]
fn a_violation_says_what_where_and_when() {
    assert_eq!(
        violation(Rogue::KillsTooSoon).unwrap().to_string(),
        "worker 1 was killed with 1 messages before its grace was over (workload \"test\", policy \
         \"rogue\", seed 7, at 2.000 s)"
    );
}
