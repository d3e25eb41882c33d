//! One cell played against a fleet that runs, and what is read off it.

use super::fleet::Fleet;
use super::grid::Cell;
use super::outcome::{Measured, Requests};
use super::status;
use super::usage::{self, Usage};
use crate::load::finished::Finished;
use crate::load::observations::Observation;
use crate::load::offered::{Load, Until, VirtualUsers};
use crate::load::payload::Bodies;
use crate::load::run::{self, Plan};
use crate::load::scenario::{Reply, Scenario};
use crate::load::target::routing_key;
use crate::report::Report;
use anyhow::{Context as _, ensure};
use broker::Endpoint;
use program::Interrupts;
use std::time::Duration;

/// How long a second reply is waited for after the last first one: a worker that answers twice does
/// so at once, and every cell waits this long.
const SECOND_REPLIES: Duration = Duration::from_millis(300);

/// What the requests of every cell say and carry.
#[derive(Clone, Debug)]
pub struct Requested {
    /// Its load is not played: each cell has its own.
    pub scenario: Scenario,
    /// What the requests say.
    pub bodies: Bodies,
    /// How long a client waits for a reply before the cell has failed.
    pub settle: Duration,
}

/// A play that went to its end.
#[derive(Clone, Debug)]
pub struct Played {
    /// The figures of a cell whose every request was answered; or why it failed.
    pub measured: Result<Measured, String>,
    /// What became of the requests.
    pub requests: Requests,
    /// Whether the sweep's user ended it.
    pub interrupted: bool,
}

/// Plays a cell.
///
/// # Errors
/// When the broker or the fleet's controller can't be reached.
pub async fn play(
    fleet: &Fleet,
    cell: Cell,
    requested: &Requested,
    interrupts: &Interrupts,
) -> anyhow::Result<Played> {
    let before = fleet.status().await?;
    let pids = status::pids(&before.fleet);
    let read = || pids.as_deref().and_then(usage::read);
    let used_before = read();
    let Finished {
        report,
        observations,
        ..
    } = run::run(plan(fleet, cell, requested, interrupts)?).await?;
    let used_after = read();
    let after = fleet.status().await?;

    let requests = Requests {
        sent: report.sent,
        replied: report.replied,
        lost: report.lost,
        duplicated: report.duplicated,
    };
    let changed = status::ids(&after.fleet) != status::ids(&before.fleet)
        || !status::is_complete(after.workers, cell.workers);
    let measured = match shortcoming(&report, cell) {
        Some(reason) => Err(reason),
        None if changed => Err("workers ended while it was played, or others started".to_owned()),
        None => Ok(measured(&observations, used_before.zip(used_after))),
    };
    Ok(Played {
        measured,
        requests,
        interrupted: report.interrupted,
    })
}

fn plan(
    fleet: &Fleet,
    cell: Cell,
    requested: &Requested,
    interrupts: &Interrupts,
) -> anyhow::Result<Plan> {
    let config = fleet.config();
    let topology = &config.pools[0].topology;
    let key = routing_key(topology);
    let group = VirtualUsers {
        clients: cell.clients,
        until: Until::Requests(u64::from(cell.requests)),
    };
    let scenario = Scenario {
        reply: Reply::Wanted,
        load: Load::Closed(vec![group]),
        ..requested.scenario.clone()
    };
    let endpoint = Endpoint::new(&config.broker);
    let bodies = requested.bodies.clone();
    Ok(Plan {
        settle: requested.settle,
        reply_timeout: requested.settle,
        second_replies: SECOND_REPLIES,
        interrupts: interrupts.clone(),
        observe: Some(usize::try_from(cell.requests).context("count the requests")?),
        ..Plan::new(endpoint, topology.exchange.clone(), key, scenario, bodies)
    })
}

/// Plays requests that no figure counts.
///
/// # Errors
/// When not all of them are answered.
pub async fn warm_up(
    fleet: &Fleet,
    cell: Cell,
    requested: &Requested,
    interrupts: &Interrupts,
) -> anyhow::Result<()> {
    let plan = plan(fleet, cell, requested, interrupts)?;
    let report = run::run(plan).await?.report;
    let shortcoming = shortcoming(&report, cell).filter(|_| !report.interrupted);
    ensure!(
        shortcoming.is_none(),
        "while warming up, {}",
        shortcoming.unwrap_or_default()
    );
    Ok(())
}

/// What is wrong with a cell whose requests fared like this, if anything is.
fn shortcoming(report: &Report, cell: Cell) -> Option<String> {
    let asked = u64::from(cell.requests);
    if report.interrupted {
        return Some("interrupted".to_owned());
    }
    if report.replied < asked {
        return Some(format!(
            "{} of {asked} requests were not answered",
            asked - report.replied
        ));
    }
    if report.duplicated > 0 {
        return Some(format!(
            "{} requests were answered twice",
            report.duplicated
        ));
    }
    None
}

/// The figures of a cell whose every request was answered.
fn measured(observations: &[Observation], used: Option<(Usage, Usage)>) -> Measured {
    let first = observations.iter().map(|message| message.due).min();
    let last = observations
        .iter()
        .filter_map(|message| message.replied)
        .max();
    let seconds = first
        .zip(last)
        .map(|(first, last)| last.saturating_sub(first).as_secs_f64())
        .filter(|seconds| *seconds > 0.0);
    let mut waits: Vec<Duration> = observations
        .iter()
        .filter_map(|message| Some(message.replied?.saturating_sub(message.due)))
        .collect();
    waits.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (count, memory_bytes) = (
        waits.len() as f64,
        used.map(|(_, after)| after.memory_bytes as f64),
    );
    let cpu = used.map(|(before, after)| after.cpu.saturating_sub(before.cpu).as_secs_f64());
    Measured {
        rate: seconds.map(|seconds| count / seconds),
        wait_p50_seconds: percentile(&waits, 50),
        wait_p95_seconds: percentile(&waits, 95),
        wait_p99_seconds: percentile(&waits, 99),
        workers_cpu_cores: cpu.zip(seconds).map(|(cpu, seconds)| cpu / seconds),
        workers_memory_bytes: memory_bytes,
    }
}

/// The smallest wait that so many in a hundred did not exceed: of 20, the 95th percentile is the
/// 19th.
fn percentile(sorted: &[Duration], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    let wait = sorted.get(rank.checked_sub(1)?)?;
    Some(wait.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_rate_is_from_the_first_request_to_the_last_reply() {
        let observation = |sequence: u64| Observation {
            sequence,
            due: at(100 + sequence * 100),
            sent: at(101 + sequence * 100),
            confirmed: None,
            replied: Some(at(150 + sequence * 100)),
        };
        let observations: Vec<Observation> = (0..10).map(observation).collect();
        let usage = |cpu, memory_bytes| Usage {
            cpu: at(cpu),
            memory_bytes,
        };
        let measured = measured(
            &observations,
            Some((usage(1000, 1), usage(1475, 8_000_000))),
        );
        // 10 replies between 0.10 s and 1.05 s, in which 0.475 s of a processor were used.
        assert_eq!(measured.rate, Some(10.0 / 0.95));
        assert_eq!(measured.workers_cpu_cores, Some(0.475 / 0.95));
        assert_eq!(measured.workers_memory_bytes, Some(8e6));
        assert_eq!(measured.wait_p95_seconds, Some(0.05));
    }

    #[test]
    fn percentiles_are_waits_that_there_were() {
        let waits: Vec<Duration> = (1..=20).map(at).collect();
        assert_eq!(percentile(&waits, 50), Some(0.010));
        assert_eq!(percentile(&waits, 95), Some(0.019));
        assert_eq!(percentile(&waits, 99), Some(0.020));
        assert_eq!(percentile(&[], 99), None);
    }
}
