//! `[pool.scaling]`: how demand is computed. What bounds it, and its schedule, have files of their
//! own.

use super::limits::DAY;
use super::{limits, schedule};
use crate::environment::Environment;
use crate::local_time::TimeZone;
use crate::pool::{Fleet, WorkerSettings};
use crate::toml_read::{Field, Section};
use policy::{
    Backlog, Capacity, FastInterval, Floor, Headroom, HostLimits, Limits, Settings, Strategy,
    WorkerRate,
};
use std::ops::RangeInclusive;
use std::time::Duration;

const DRAIN_TIME: RangeInclusive<Duration> = Duration::from_millis(100)..=DAY;
const WAIT_DEFAULT: Duration = Duration::from_secs(2);
const WAIT: RangeInclusive<Duration> = Duration::from_millis(100)..=DAY;
/// From one message in eleven days to far more than one process completes in a second.
const WORKER_RATE: RangeInclusive<f64> = 1e-6..=1e6;
const WORKER_RATE_PRIOR_DEFAULT: f64 = 200.0;
/// From the slowest worker over one second to the fastest over the longest drain time.
const CAPACITY: RangeInclusive<f64> = 1e-6..=1e11;
const HEADROOM_DEFAULT: f64 = 0.3;
/// Ten standard deviations of random arrivals: nobody waits any more.
const HEADROOM: RangeInclusive<f64> = 0.0..=10.0;

/// All of `[pool.scaling]`.
pub(super) struct Law {
    strategy: Strategy,
    drain_time: Duration,
    capacity: Capacity,
    worker_rate: WorkerRate,
    headroom: Headroom,
    backlog: Backlog,
    schedule: Vec<Floor>,
    limits: Limits,
    /// Of the schedule.
    pub(super) time_zone: TimeZone,
}

/// `host` is `None` where it is wrong itself, which is noted already.
pub(super) fn law(
    section: &Section<'_>,
    host: Option<HostLimits>,
    environment: &Environment,
) -> Option<Law> {
    let strategy = strategy(section);
    let drain_time = section
        .field("drain_time")
        .and_then(|field| field.duration(&DRAIN_TIME));
    let capacity = capacity(section, drain_time);
    let headroom = section
        .given_or("headroom", HEADROOM_DEFAULT, |field| {
            field.number(&HEADROOM)
        })
        .and_then(|beta| Headroom::try_new(beta).ok());
    let count_in_flight = section.given_or("count_in_flight", true, |field| field.truth());
    let max = limits::max(section, environment);
    let limits = limits::limits(section, max, host);
    let time_zone = schedule::time_zone(section);
    let schedule = schedule::floors(section, max);
    section.finish();
    let (capacity, worker_rate) = capacity?;
    Some(Law {
        strategy: strategy?,
        drain_time: drain_time?,
        capacity,
        worker_rate,
        headroom: headroom?,
        backlog: if count_in_flight? {
            Backlog::ReadyAndInFlight
        } else {
            Backlog::Ready
        },
        schedule: schedule?,
        limits: limits?,
        time_zone: time_zone?,
    })
}

/// `strategy`, with the `wait` that only one of them takes.
fn strategy(section: &Section<'_>) -> Option<Strategy> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Name {
        Formula,
        Deadline,
    }
    let words = [("formula", Name::Formula), ("deadline", Name::Deadline)];
    let name = section
        .field("strategy")
        .and_then(|field| field.word(&words));
    let wait = section.given_or("wait", WAIT_DEFAULT, |field| {
        let wait = field.duration(&WAIT);
        if wait.is_some() && name == Some(Name::Formula) {
            field.refuse("must stand beside strategy = \"deadline\": the formula has drain_time");
        }
        wait
    });
    match name? {
        Name::Formula => Some(Strategy::Formula),
        Name::Deadline => Some(Strategy::Deadline { wait: wait? }),
    }
}

/// C, from exactly one of `capacity` and `worker_rate`, and whether that is all that is known of μ.
fn capacity(section: &Section<'_>, drain_time: Option<Duration>) -> Option<(Capacity, WorkerRate)> {
    let capacity = section.given("capacity");
    let worker_rate = section.given("worker_rate");
    let prior = section.given("worker_rate_prior");
    if let (Some(capacity), Some(worker_rate)) = (&capacity, &worker_rate) {
        worker_rate.refuse("must not stand beside `capacity`: give exactly one of the two");
        capacity.number(&CAPACITY)?;
        return None;
    }
    let rate_field = match capacity {
        None => section.field("worker_rate"),
        Some(_) => None,
    };
    let measured = rate_field.as_ref().and_then(Field::as_text) == Some("auto");
    let prior_rate = match &prior {
        None => Some(WORKER_RATE_PRIOR_DEFAULT),
        Some(field) => {
            let rate = field.number(&WORKER_RATE);
            if rate.is_some() && !measured {
                field.refuse(
                    "must stand beside worker_rate = \"auto\": it is taken until enough \
                     has been measured",
                );
            }
            rate
        }
    };
    let messages = match (capacity, rate_field) {
        (Some(capacity), _) => capacity.number(&CAPACITY)?,
        (None, rate) => {
            let worker_rate = if measured {
                prior_rate?
            } else {
                rate?.number_or(&WORKER_RATE, ", or \"auto\"")?
            };
            worker_rate * drain_time?.as_secs_f64()
        }
    };
    let worker_rate = if measured {
        WorkerRate::Measured
    } else {
        WorkerRate::Given
    };
    Some((Capacity::try_new(messages).ok()?, worker_rate))
}

impl Law {
    /// μ, in messages per second: as given, or the prior.
    pub(super) fn worker_rate(&self) -> f64 {
        self.capacity.worker_rate(self.drain_time).per_second()
    }

    pub(super) fn settings(
        self,
        interval: Duration,
        fast_interval: FastInterval,
        fleet: &Fleet,
        worker: &WorkerSettings,
    ) -> Settings {
        Settings {
            strategy: self.strategy,
            drain_time: self.drain_time,
            capacity: self.capacity,
            worker_rate: self.worker_rate,
            headroom: self.headroom,
            prefetch: worker.prefetch.into(),
            backlog: self.backlog,
            schedule: self.schedule,
            limits: self.limits,
            interval,
            fast_interval,
            ready_after: fleet.ready_after,
            stop_grace: fleet.stop_grace,
        }
    }
}
