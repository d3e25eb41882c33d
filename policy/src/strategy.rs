//! How many workers the strategy asks for, before any limit.
//!
//! `formula.rs` holds the law, `deadline.rs` the promise that every message is taken up in time, and
//! `headroom.rs` what chance asks for beside either. Each derives what it computes.
//! What is observed, and what is then made of the number, is none of this file's business.

pub(crate) mod deadline;
pub(crate) mod formula;
pub(crate) mod headroom;

use crate::quantity::Rate;
use crate::settings::{Settings, Strategy};
use crate::start_up::Meanwhile;
use std::time::Duration;

/// What a strategy looks at.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// B.
    pub(crate) backlog: u64,
    /// Of these, messages that a worker has begun.
    pub(crate) in_work: u64,
    /// λ.
    pub(crate) arrival_rate: Rate,
    /// μ.
    pub(crate) worker_rate: Rate,
    /// What happens until a worker that is ordered now is ready.
    pub(crate) meanwhile: Meanwhile,
}

/// Workers that the strategy asks for.
pub(crate) fn demand(settings: &Settings, seen: &Seen) -> u32 {
    match settings.strategy {
        Strategy::Formula => formula::workers(seen.backlog as f64, seen, settings.drain_time),
        Strategy::Deadline { wait } => deadline::workers(seen, wait),
    }
}

/// The same, once those that are starting are ready: what is ordered now can't help with more, and
/// what takes longer to start than a drain time is worth no more than it does in as long again.
///
/// At S = 30 s, μ = 20 msg/s and λ = 400 msg/s from nothing, 12,000 messages wait when the first
/// workers are ready. To clear them within Tr = 2 s would take 20 + 300 workers for 2 s. Within 30 s it
/// takes 20 + 20.
///
/// It bounds growth and nothing else. What the workers there are will have done by then, they do only
/// if they stay: at S = 1 s and 20 ready workers a backlog of 1,000 is gone by then, and so nothing is
/// to be ordered, but not one of them can go yet.
pub(crate) fn demand_once_ready(settings: &Settings, seen: &Seen) -> u32 {
    match settings.strategy {
        Strategy::Formula => {
            let backlog = seen
                .meanwhile
                .backlog(seen.backlog, seen.arrival_rate, seen.worker_rate);
            let within = settings.drain_time.max(seen.meanwhile.start_up);
            formula::workers(backlog, seen, within)
        }
        Strategy::Deadline { wait } => deadline::workers(seen, wait),
    }
}

/// How long what was asked for has to stay, so that what the strategy promised comes true.
pub(crate) fn committed(strategy: Strategy, start_up: Option<Duration>) -> Duration {
    match strategy {
        Strategy::Formula => Duration::ZERO,
        Strategy::Deadline { wait } => deadline::committed(wait, start_up.unwrap_or_default()),
    }
}

/// The next whole number, where what floating point adds to a whole number does not count.
///
/// μ = 0.7 and Tr = 3 s give C = 2.0999999999999996, by which 21 messages would need 11 workers.
/// The few roundings on the way here are below one part in 10¹⁵ each.
pub(crate) fn ceiling(number: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    (number * (1.0 - ROUNDING)).ceil()
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn what_rounding_adds_does_not_cost_a_worker() {
        for (number, expected) in [
            (4000.0 / 400.0, 10.0),
            (21.0 / (0.7 * 3.0), 10.0),
            (0.3 / 0.1, 3.0),
            (4001.0 / 400.0, 11.0),
            (0.0, 0.0),
            (1e-9, 1.0),
            (1_000_000_001.0 / 1_000_000_000.0, 2.0),
        ] {
            assert_eq!(ceiling(number), expected, "{number}");
        }
    }
}
