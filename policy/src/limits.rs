//! The limits, in the one order in which they are applied: `headroom`, `useful`, `start_up`, `dead_band`,
//! `step_up`, `step_down`, `hold`, then those of `bounds.rs`. Each that changes the number is named in
//! the decision.

use crate::bounds::Bounds;
use crate::dead_band::Scene;
use crate::decision::{Limit, LimitName, Observation, RateSource, Reason};
use crate::hold::Holds;
use crate::quantity::Rate;
use crate::settings::{Limits, Settings, Step};
use crate::strategy::{self, Seen, ceiling, headroom};
use crate::traffic::Estimate;
use std::time::Duration;

/// A number of workers on its way through the limits.
#[derive(Debug)]
pub(crate) struct Limited {
    pub(crate) number: u32,
    pub(crate) limits: Vec<Limit>,
}

impl Limited {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            limits: Vec::new(),
        }
    }

    pub(crate) fn at_most(&mut self, name: LimitName, bound: u32) {
        self.settle(name, self.number.min(bound));
    }

    pub(crate) fn at_least(&mut self, name: LimitName, bound: u32) {
        self.settle(name, self.number.max(bound));
    }

    fn settle(&mut self, name: LimitName, to: u32) {
        if to != self.number {
            self.limits.push(Limit {
                name,
                from: self.number,
                to,
            });
            self.number = to;
        }
    }
}

/// What the limits look at beside the demand.
pub(crate) struct Circumstances<'a> {
    pub(crate) now: Duration,
    pub(crate) bounds: Bounds,
    pub(crate) settings: &'a Settings,
    pub(crate) observation: &'a Observation,
    /// What the strategy looked at.
    pub(crate) seen: &'a Seen,
    /// Starting and ready workers.
    pub(crate) from: u32,
    /// The number that was wanted until now.
    pub(crate) desired: u32,
    pub(crate) in_hand: InHand,
    /// λ over a window; `None` before the first count.
    pub(crate) arriving: Option<Estimate>,
    /// Ready workers.
    pub(crate) ready_workers: u32,
}

impl Circumstances<'_> {
    fn scene(&self, arriving: Estimate) -> Scene<'_> {
        let observation = self.observation;
        // Each ready worker works on one message; whatever else they hold waits, too.
        let held = observation
            .in_flight
            .unwrap_or(0)
            .saturating_sub(self.ready_workers.into());
        Scene {
            settings: self.settings,
            seen: self.seen,
            worker_rate: observation.worker_rate.per_second(),
            arriving,
            backlog: observation.backlog,
            waiting: observation.ready.saturating_add(held),
            to_do: to_do(self.settings, observation, self.in_hand),
            from: self.from,
        }
    }
}

/// What the starting and ready workers hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InHand {
    /// Messages in flight at the workers that report.
    pub(crate) messages: u64,
    /// Ready workers that have never reported.
    pub(crate) silent: u32,
}

/// Takes the strategy's demand through every limit.
pub(crate) fn apply(
    demand: u32,
    holds: &mut Holds,
    circumstances: &Circumstances<'_>,
) -> (Limited, Reason) {
    let Circumstances {
        now,
        bounds,
        settings,
        observation,
        from,
        desired,
        in_hand,
        arriving,
        ..
    } = circumstances;
    let limits = &settings.limits;
    let mut limited = Limited::new(demand);
    let mut reason = Reason::Demand;

    let arrival_rate = observation.arrival_rate.map_or(0.0, Rate::per_second);
    let worker_rate = observation.worker_rate.per_second();
    let headroom = headroom::workers(settings.headroom, arrival_rate / worker_rate);
    limited.at_least(LimitName::Headroom, headroom);
    limited.at_most(LimitName::Useful, useful(settings, observation, *in_hand));
    let once_ready = strategy::demand_once_ready(settings, circumstances.seen);
    limited.at_most(LimitName::StartUp, once_ready.max(headroom).max(*from));
    if let Some(arriving) = arriving {
        let number = circumstances.scene(*arriving).within(limited.number);
        limited.settle(LimitName::DeadBand, number);
    }
    if let Step::AtMost(workers) = limits.step_up {
        limited.at_most(LimitName::StepUp, from.saturating_add(workers.get()));
    }
    if let Step::AtMost(workers) = limits.step_down {
        limited.at_least(LimitName::StepDown, from.saturating_sub(workers.get()));
    }
    // A rate that is not known may raise the fleet, never lower it; only `max` stands above that.
    // This comes before `hold`, so that the first known rate after a gap does not lower at once.
    let is_known = match observation.arrival_rate_source {
        RateSource::Counted | RateSource::Balance => true,
        RateSource::AtLeast | RateSource::LastKnown => false,
    };
    if !is_known && limited.number < *desired {
        limited.number = *desired;
        reason = Reason::RateUnknown;
    }
    let committed = strategy::committed(settings.strategy, observation.start_up);
    let held = Limits {
        hold: limits
            .hold
            .max(committed)
            .max(message_time(settings, worker_rate)),
        ..*limits
    };
    limited.at_least(
        LimitName::Hold,
        holds.least_with(*now, &held, *from, limited.number),
    );
    bounds.apply(&mut limited);
    (limited, reason)
}

/// How long a calm pool keeps a worker for one message: whether it will be needed again shows no
/// sooner. An hour is long enough for any.
fn message_time(settings: &Settings, worker_rate: f64) -> Duration {
    const HELD_MAX: Duration = Duration::from_secs(60 * 60);
    if settings.limits.dead_band.is_off() {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(1.0 / worker_rate).map_or(HELD_MAX, |time| time.min(HELD_MAX))
}

/// Workers beyond which there is nothing to do: the messages that wait, that the workers hold, and
/// that arrive while one is worked on, divided by what one worker takes at a time.
///
/// It matters for long tasks. Where a message takes 10 s and Tr is 2 s, C is 0.2, and the bare law
/// asks for five workers for each message.
///
/// - What draining workers hold is left out: they finish it themselves.
/// - A ready worker that never reports counts as having its hands full. Counting it as empty would
///   keep a fleet of silent, busy workers from growing when more work waits, and what is not known
///   must never lower the fleet. The price is that idle silent workers are not noticed here.
fn useful(settings: &Settings, observation: &Observation, in_hand: InHand) -> u32 {
    let arrival_rate = observation.arrival_rate.map_or(0.0, Rate::per_second);
    let drain_seconds = settings.drain_time.as_secs_f64();
    let message_seconds = 1.0 / observation.worker_rate.per_second();
    useful_for(
        settings,
        to_do(settings, observation, in_hand),
        arrival_rate,
        drain_seconds.max(message_seconds),
    )
}

/// Messages that wait, or that the starting and ready workers hold.
fn to_do(settings: &Settings, observation: &Observation, in_hand: InHand) -> u64 {
    let prefetch = u64::from(settings.prefetch.get());
    observation
        .ready
        .saturating_add(in_hand.messages)
        .saturating_add(prefetch.saturating_mul(in_hand.silent.into()))
}

/// Workers for these messages and those that arrive within the horizon, at so many at a time each.
pub(crate) fn useful_for(
    settings: &Settings,
    to_do: u64,
    arrival_rate: f64,
    horizon_seconds: f64,
) -> u32 {
    let prefetch = u64::from(settings.prefetch.get());
    let arrivals = if arrival_rate == 0.0 {
        // Zero times an endless task would not be a number.
        0
    } else {
        // A cast from a float saturates.
        ceiling(arrival_rate * horizon_seconds) as u64
    };
    u32::try_from(to_do.saturating_add(arrivals).div_ceil(prefetch)).unwrap_or(u32::MAX)
}
