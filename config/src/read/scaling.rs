//! `[pool.scaling]`.

use crate::environment::Environment;
use crate::pool::{Fleet, WorkerSettings};
use crate::section::Section;
use policy::{
    Backlog, Capacity, DeadBand, FastInterval, Headroom, HostLimits, Limits, Settings, Step,
    Strategy, WorkerRate,
};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

const DRAIN_TIME: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(24 * 60 * 60);
const HOLD: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 60 * 60);
/// From one message in eleven days to far more than one process completes in a second.
const WORKER_RATE: RangeInclusive<f64> = 1e-6..=1e6;
/// From the slowest worker over one second to the fastest over the longest drain time.
const CAPACITY: RangeInclusive<f64> = 1e-6..=1e11;
/// Workers are processes of one host, with two connections each.
const WORKERS_MAX: u32 = 1000;
/// Twice as many, so that a fleet that drains slowly can be replaced whole.
const PROCESSES_MAX: u32 = 2 * WORKERS_MAX;

/// How demand is computed and bounded: all of `[pool.scaling]`.
pub(super) struct Law {
    strategy: Strategy,
    drain_time: Duration,
    capacity: Capacity,
    backlog: Backlog,
    limits: Limits,
}

pub(super) fn law(section: &Section<'_>, environment: &Environment) -> Option<Law> {
    let strategy = section
        .field("strategy")
        .and_then(|field| field.word(&[("formula", Strategy::Formula)]));
    let drain_time = section
        .field("drain_time")
        .and_then(|field| field.duration(&DRAIN_TIME));
    let capacity = capacity(section, drain_time);
    let count_in_flight = match section.given("count_in_flight") {
        None => Some(true),
        Some(field) => field.truth(),
    };
    let limits = limits(section, environment);
    section.finish();
    Some(Law {
        strategy: strategy?,
        drain_time: drain_time?,
        capacity: capacity?,
        backlog: if count_in_flight? {
            Backlog::ReadyAndInFlight
        } else {
            Backlog::Ready
        },
        limits: limits?,
    })
}

/// C, from exactly one of `capacity` and `worker_rate`.
fn capacity(section: &Section<'_>, drain_time: Option<Duration>) -> Option<Capacity> {
    let capacity = section.given("capacity");
    let worker_rate = section.given("worker_rate");
    let messages = match (capacity, worker_rate) {
        (Some(capacity), Some(worker_rate)) => {
            worker_rate.refuse("must not stand beside `capacity`: give exactly one of the two");
            capacity.number(&CAPACITY)?;
            return None;
        }
        (Some(capacity), None) => capacity.number(&CAPACITY)?,
        (None, _) => {
            let field = section.field("worker_rate")?;
            if field.as_text() == Some("auto") {
                field.refuse(format!(
                    "\"auto\" is not available yet: must be a number from {} to {}",
                    WORKER_RATE.start(),
                    WORKER_RATE.end()
                ));
                return None;
            }
            let worker_rate = field.number(&WORKER_RATE)?;
            worker_rate * drain_time?.as_secs_f64()
        }
    };
    Capacity::try_new(messages).ok()
}

fn limits(section: &Section<'_>, environment: &Environment) -> Option<Limits> {
    let step_up = step(section, "step_up");
    let step_down = step(section, "step_down");
    let hold = section
        .field("hold")
        .and_then(|field| field.duration(&HOLD));
    let max = section
        .field("max")
        .and_then(|field| match field.as_text() {
            Some("auto") => Some(automatic_max(environment)),
            _ => field.whole_or(&(1..=WORKERS_MAX), ", or \"auto\""),
        });
    let min = section.field("min").and_then(|field| {
        let permitted = 0..=max.unwrap_or(WORKERS_MAX);
        let max = if max.is_some() {
            ", which is `max`"
        } else {
            ""
        };
        field.whole_or(&permitted, max)
    });
    let max_processes = match section.given("max_processes") {
        None => max.map(|max| 2 * max),
        Some(field) => field.whole(&(max.unwrap_or(1)..=PROCESSES_MAX)),
    };
    Some(Limits {
        step_up: step_up?,
        step_down: step_down?,
        hold: hold?,
        dead_band: DeadBand::none(),
        host: HostLimits::none(),
        min: min?,
        max: max?,
        max_processes: max_processes?,
    })
}

fn automatic_max(environment: &Environment) -> u32 {
    let cpus = u32::try_from(environment.cpus.get()).unwrap_or(WORKERS_MAX);
    cpus.saturating_mul(2).saturating_add(1).min(WORKERS_MAX)
}

fn step(section: &Section<'_>, name: &'static str) -> Option<Step> {
    let Some(field) = section.given(name) else {
        return Some(Step::Unlimited);
    };
    if field.as_text() == Some("unlimited") {
        return Some(Step::Unlimited);
    }
    let workers = field.whole_or(&(1..=WORKERS_MAX), ", or \"unlimited\"")?;
    NonZeroU32::new(workers).map(Step::AtMost)
}

impl Law {
    /// μ, in messages per second.
    pub(super) fn worker_rate(&self) -> f64 {
        self.capacity.messages() / self.drain_time.as_secs_f64()
    }

    pub(super) fn settings(
        self,
        interval: Duration,
        fleet: &Fleet,
        worker: &WorkerSettings,
    ) -> Settings {
        Settings {
            strategy: self.strategy,
            drain_time: self.drain_time,
            capacity: self.capacity,
            worker_rate: WorkerRate::Given,
            headroom: Headroom::NONE,
            prefetch: worker.prefetch.into(),
            backlog: self.backlog,
            schedule: Vec::new(),
            limits: self.limits,
            interval,
            fast_interval: FastInterval::Off,
            ready_after: fleet.ready_after,
            stop_grace: fleet.stop_grace,
        }
    }
}
