//! How many workers the strategy asks for, before any limit.
//!
//! `formula.rs` holds the law, `deadline.rs` the promise that every message is taken up in time, and
//! `headroom.rs` what chance asks for beside either. Each derives what it computes.
//! What is observed, and what is then made of the number, is none of this file's business.

pub(crate) mod deadline;
pub(crate) mod formula;
pub(crate) mod headroom;

use crate::quantity::Rate;
use crate::settings::Strategy;
use crate::situation::Situation;
use std::time::Duration;

/// Workers that the strategy asks for, for this backlog and λ.
pub(crate) fn demand(situation: &Situation<'_>, backlog: u64, arrival_rate: Rate) -> u32 {
    let settings = situation.settings;
    let worker_rate = situation.observation.worker_rate;
    match settings.strategy {
        Strategy::Formula => formula::workers(
            backlog as f64,
            arrival_rate,
            worker_rate,
            settings.drain_time,
        ),
        Strategy::Deadline { wait } => deadline::workers(
            backlog.saturating_sub(situation.in_work),
            arrival_rate,
            worker_rate,
            &situation.meanwhile,
            wait,
        ),
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
pub(crate) fn demand_once_ready(situation: &Situation<'_>) -> u32 {
    let settings = situation.settings;
    let backlog = situation.observation.backlog;
    let arrival_rate = situation.arrival_rate();
    match settings.strategy {
        Strategy::Formula => {
            let worker_rate = situation.observation.worker_rate;
            let meanwhile = &situation.meanwhile;
            let backlog = meanwhile.backlog(backlog, arrival_rate, worker_rate);
            let within = settings.drain_time.max(meanwhile.start_up);
            formula::workers(backlog, arrival_rate, worker_rate, within)
        }
        Strategy::Deadline { .. } => demand(situation, backlog, arrival_rate),
    }
}

/// How long what was asked for has to stay, so that what the strategy promised comes true.
pub(crate) fn committed(strategy: Strategy, start_up: Option<Duration>) -> Duration {
    match strategy {
        Strategy::Formula => Duration::ZERO,
        Strategy::Deadline { wait } => deadline::committed(wait, start_up.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{Observation, RateSource, WorkerRateSource};
    use crate::roster::{Counts, InHand};
    use crate::settings::Settings;
    use crate::start_up::Meanwhile;

    fn promised(backlog: u64, in_work: u64) -> u32 {
        let wait = Duration::from_secs(2);
        let settings = Settings {
            strategy: Strategy::Deadline { wait },
            ..Settings::example()
        };
        let situation = Situation {
            now: Duration::ZERO,
            settings: &settings,
            observation: Observation {
                ready: backlog - in_work,
                in_flight: Some(in_work),
                backlog,
                arrival_rate: None,
                arrival_rate_source: RateSource::Counted,
                worker_rate: settings.configured_worker_rate(),
                worker_rate_source: WorkerRateSource::Given,
                start_up: None,
                drain_time: settings.drain_time,
                promised_wait: Some(wait),
                foreign_consumers: 0,
            },
            in_work,
            arriving: None,
            meanwhile: Meanwhile {
                start_up: Duration::ZERO,
                ready: 0,
                starting: Vec::new(),
            },
            in_hand: InHand::default(),
            workers: Counts::default(),
            desired: 0,
        };
        demand(&situation, backlog, Rate::ZERO)
    }

    #[test]
    fn what_a_worker_has_begun_does_not_wait() {
        assert_eq!(promised(3, 3), 0);
        assert_eq!(promised(3, 2), 1);
    }
}
