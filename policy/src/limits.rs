//! The limits, in the one order in which they are applied: `headroom`, `useful`, `start_up`, `dead_band`,
//! `step_up`, `step_down`, `hold`, then those of `bounds.rs`. Each that changes the number is named in
//! the decision.

use crate::bounds::Bounds;
use crate::dead_band;
use crate::decision::{LimitName, RateSource, Reason};
use crate::hold::Holds;
use crate::limited::Limited;
use crate::settings::{Limits, Step};
use crate::situation::Situation;
use crate::strategy::{self, headroom};
use crate::useful::useful;
use std::time::Duration;

/// Takes the strategy's demand through every limit.
pub(crate) fn apply(
    demand: u32,
    holds: &mut Holds,
    situation: &Situation<'_>,
    bounds: &Bounds,
) -> (Limited, Reason) {
    let settings = situation.settings;
    let limits = &settings.limits;
    let from = situation.from();
    let mut limited = Limited::new(demand);
    let mut reason = Reason::Demand;

    let load = situation.arrival_rate().per_second() / situation.worker_rate();
    let headroom = headroom::workers(settings.headroom, load);
    limited.at_least(LimitName::Headroom, headroom);
    limited.at_most(LimitName::Useful, useful(situation));
    let once_ready = strategy::demand_once_ready(situation);
    limited.at_most(LimitName::StartUp, once_ready.max(headroom).max(from));
    if let Some(arriving) = situation.arriving {
        let number = dead_band::within(situation, arriving, limited.number);
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
    let is_known = match situation.observation.arrival_rate_source {
        RateSource::Counted | RateSource::Balance => true,
        RateSource::AtLeast | RateSource::LastKnown => false,
    };
    if !is_known && limited.number < situation.desired {
        limited.number = situation.desired;
        reason = Reason::RateUnknown;
    }
    let committed = strategy::committed(settings.strategy, situation.observation.start_up);
    let held = Limits {
        hold: limits.hold.max(committed).max(message_time(situation)),
        ..*limits
    };
    limited.at_least(
        LimitName::Hold,
        holds.least_with(situation.now, &held, from, limited.number),
    );
    bounds.apply(&mut limited);
    (limited, reason)
}

/// How long a calm pool keeps a worker for one message: whether it will be needed again shows no
/// sooner. An hour is long enough for any.
fn message_time(situation: &Situation<'_>) -> Duration {
    const HELD_MAX: Duration = Duration::from_secs(60 * 60);
    if situation.settings.limits.dead_band.is_off() {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(1.0 / situation.worker_rate())
        .map_or(HELD_MAX, |time| time.min(HELD_MAX))
}
