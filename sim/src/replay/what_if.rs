//! "What if?": the recorded traffic as a workload, with the recorded settings and with changed ones.
//!
//! Workers are taken to be as they were last seen: μ as the policy took it, the start-up as
//! measured. Each message takes the same time, and the messages of a look are spread independently,
//! because the journal knows no more than how many there were.
//! Both runs are simulated, so that they differ in nothing but the settings; what really happened is
//! shown beside them.

use super::Runs;
use super::record::Record;
use crate::comparison::{Comparison, Lineup};
use crate::policies::Policy;
use crate::progress;
use crate::run::Keep;
use crate::workload::{MESSAGES_MAX, Spread, Workload};
use crate::workloads::ordinary;
use anyhow::anyhow;
use config::Invalid;
use program::Failure;
use std::time::Duration;
use traffic::RateSeries;

/// Runs the recorded settings and the changed ones on the recorded traffic.
pub(super) fn run(record: &Record, changes: &[String], seed: u64) -> Result<Runs, Failure> {
    let (Some(settings), Some(observation)) = (&record.settings, &record.observation) else {
        return Err(Failure::configuration(anyhow!(
            "the journal has no good sample, so nothing is known of its traffic"
        )));
    };
    let recorded = config::what_if(&record.config, &[]).map_err(|invalid| {
        Failure::configuration(Invalid {
            file: "in the journal's header".to_owned(),
            ..invalid
        })
    })?;
    let changed = config::what_if(&record.config, changes).map_err(Failure::configuration)?;
    if recorded != *settings {
        return Err(Failure::configuration(anyhow!(
            "the journal's configuration does not give the settings that were in force at its end, so \
             nothing can be changed in it: they were changed meanwhile, or this program has other \
             defaults than the one that wrote it"
        )));
    }
    let rate = RateSeries::try_new(record.points().iter().copied())
        .map_err(|error| Failure::configuration(anyhow!("the recorded traffic: {error}")))?;
    if rate.messages() > MESSAGES_MAX {
        return Err(Failure::configuration(anyhow!(
            "{:.0} messages were recorded, and more than {MESSAGES_MAX:.0} are not simulated; take \
             fewer of the journal's files",
            rate.messages()
        )));
    }
    let worker_rate = observation.worker_rate.per_second();
    if worker_rate <= 0.0 {
        return Err(Failure::configuration(anyhow!(
            "the recorded workers do no messages at all, so nothing can be said of others"
        )));
    }
    let about = format!(
        "{:.0} recorded messages within {:.0} s, at {worker_rate:.4} msg/s per worker",
        rate.messages(),
        rate.end().as_secs_f64()
    );
    let ordinary = ordinary(record.pool(), &about, rate)
        .taking(Duration::from_secs_f64(1.0 / worker_rate))
        .spread(Spread::Constant);
    let workload = Workload {
        start_up: record.start_up.unwrap_or(ordinary.start_up),
        max: settings.limits.max.max(changed.limits.max).max(1),
        ..ordinary
    };
    let comparison = Comparison {
        lineups: vec![Lineup {
            workload,
            policies: vec![
                Policy::with_settings("recorded", settings.clone()),
                Policy::with_settings(&changes.join(" "), changed),
            ],
        }],
        seed,
        keep: Keep::Summary,
    };
    let outcomes = progress::shown(|watch| comparison.run(watch));
    let outcome = outcomes
        .into_iter()
        .next()
        .ok_or_else(|| anyhow!("a comparison of one workload has no outcome"))?;
    let summaries = outcome.runs.into_iter().map(|run| run.summary).collect();
    Ok((outcome.workload, summaries))
}
