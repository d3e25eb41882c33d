//! The dead band: changes that chance explains, or that are not worth a worker's start or end.
//!
//! The bare law follows every edge: one interval that happens to bring 5 % more asks for a worker,
//! the next one gives it back.
//! A change passes here only as far as it stands on more than that.
//!
//! - **Up**, so far as the arrivals at their least (λ less one standard error, [`crate::traffic`])
//!   ask for it.
//!   What is short of that shows as backlog in the next samples: the band delays, and never starves.
//! - **Down**, so far as the arrivals at their most allow it.
//! - The backlog counts in both once the messages that wait would wait longer than `dead_band.wait`:
//!   in full while the rate has just moved, and for as much as is cleared within `hold` while it has
//!   not, but within two drain times. A worker that is started stays for `hold` anyway, so that costs
//!   the least; and a backlog that chance has made of a steady rate is no reason to hurry.
//!   Where the strategy promises a wait, it counts in full always: the promise is for every message.
//!
//! Small decreases that pass here are held longer than large ones; `limits` does that, with the
//! window of `dead_band.hold`.
//!
//! # A worked example
//!
//! 6 workers of μ = 20 msg/s with β = 0.3 stand before λ = 100 ± 5 msg/s, and 30 messages wait: for
//! 30/(6·20) = 0.25 s.
//! By the bare law a sample of 108 msg/s asks for ⌈(36 + 108·2) / 40⌉ = 7.
//! The band has λ at its least, 95: ⌈95/20 + 0.3·√(95/20)⌉ = ⌈4.75 + 0.65⌉ = 6, and 0.25 s is no long
//! wait. 6 workers stay.
//! With 120 messages waiting, for 1 s, and `hold` = 4 s it is ⌈95/20 + 126/(20·4)⌉ = ⌈6.3⌉ = 7; were
//! the rate new, ⌈95/20 + 126/(20·2)⌉ = ⌈7.9⌉ = 8.

use crate::ceiling::ceiling;
use crate::quantity::Rate;
use crate::situation::Situation;
use crate::strategy::{self, headroom};
use crate::traffic::Estimate;
use crate::useful::useful_for;

/// A backlog that is left for longer than it was to be is cleared within so many drain times all the
/// same: `hold` may well be an hour, and says nothing of how long messages may wait.
const DRAIN_TIMES_MAX: f64 = 2.0;

/// The number, no further from the workers there are than there is reason for.
pub(crate) fn within(situation: &Situation<'_>, arriving: Estimate, number: u32) -> u32 {
    let from = situation.from();
    // Nothing is there and nothing came: `hold` alone says how long that is to be so.
    if number == 0 || situation.settings.limits.dead_band.is_off() {
        return number;
    }
    let backlog = pressing_backlog(situation, arriving);
    let least = least(situation, arriving.low(), backlog);
    let most = most(situation, arriving.high(), backlog);
    let calm = from.clamp(least, most.max(least));
    if number < from {
        number.max(calm.min(from))
    } else {
        // What is there has a worker, however long it takes: none is left to chance.
        number.min(calm.max(1))
    }
}

/// Workers that there is need for at the least.
fn least(situation: &Situation<'_>, rate: f64, backlog: u64) -> u32 {
    // Within a drain time a worker may take up another message; one that takes longer keeps it.
    let useful = useful_for(situation, rate, situation.drain_seconds());
    asked(situation, rate, backlog).min(useful)
}

/// Workers that there may be need for. Where a message takes longer than a drain time, those that
/// come while half of one is worked on find no worker that has become free.
fn most(situation: &Situation<'_>, rate: f64, backlog: u64) -> u32 {
    let half_a_message_seconds = 0.5 / situation.worker_rate();
    let horizon_seconds = situation.drain_seconds().max(half_a_message_seconds);
    let useful = useful_for(situation, rate, horizon_seconds);
    if half_a_message_seconds > situation.drain_seconds() {
        useful
    } else {
        asked(situation, rate, backlog).min(useful)
    }
}

/// What is to be cleared within one drain time. What is being worked on has its workers, and what
/// waits for a moment only is not worth another one.
fn pressing_backlog(situation: &Situation<'_>, arriving: Estimate) -> u64 {
    let from = situation.from();
    let settings = situation.settings;
    let backlog = situation.observation.backlog;
    let each = f64::from(from.max(1)) * situation.worker_rate();
    let expected_wait_seconds = waiting(situation) as f64 / each;
    let limits = &settings.limits;
    if from > 0 && expected_wait_seconds <= limits.dead_band.wait.as_secs_f64() {
        0
    } else if arriving.has_just_moved() || settings.strategy.promised_wait().is_some() {
        backlog
    } else {
        let drain_seconds = situation.drain_seconds();
        let longest_seconds = DRAIN_TIMES_MAX * drain_seconds;
        let within_seconds = limits
            .hold
            .as_secs_f64()
            .clamp(drain_seconds, longest_seconds);
        ceiling(backlog as f64 * drain_seconds / within_seconds) as u64
    }
}

/// Messages that are not worked on: each ready worker works on one, and whatever else they hold waits,
/// too.
fn waiting(situation: &Situation<'_>) -> u64 {
    let held = situation
        .observation
        .in_flight
        .unwrap_or(0)
        .saturating_sub(situation.workers.ready.into());
    situation.observation.ready.saturating_add(held)
}

fn asked(situation: &Situation<'_>, rate: f64, backlog: u64) -> u32 {
    let demand = strategy::demand(situation, backlog, Rate::saturating(rate));
    let load = rate / situation.worker_rate();
    demand.max(headroom::workers(situation.settings.headroom, load))
}
