//! `warren-controller status`: asks the running controller, and prints what it does.

use anyhow::{Context, anyhow};
use api::{Controller, PoolReport, PoolsReport, Url, WorkerRateKind};
use policy::LimitName;
use program::{Column, Failure, Table};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// A controller that turns answers at once.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Table,
    /// As the controller gave it.
    Json,
}

/// Where a controller that listens at `listen` can be asked from this host.
///
/// # Errors
/// When the port is only known to the controller.
pub fn url(listen: SocketAddr) -> Result<Url, Failure> {
    Ok(api::listen_url(listen).context(
        "http.listen leaves the port to the system; name the controller's address with --url, its \
         log has it",
    )?)
}

/// Asks the controller at `url` and prints what it says.
///
/// # Errors
/// When nobody answers there, or not as a controller does.
pub fn status(url: Url, output: Output) -> Result<(), Failure> {
    let controller = Controller::new(url, ANSWER_MAX);
    let text = program::runtime::complete(async {
        let answer = match output {
            Output::Json => controller.pools_text().await,
            Output::Table => controller.pools().await.map(|report| table(&report)),
        };
        answer.map_err(|error| anyhow!("{error} (--url names the controller's address)"))
    })?;
    program::print(&format!("{}\n", text.trim_end()))
}

const HEADINGS: [&str; 10] = [
    "POOL",
    "STATE",
    "READY",
    "IN FLIGHT",
    "ARRIVALS/S",
    "DEMAND",
    "DESIRED",
    "MIN-MAX",
    "WORKERS",
    "SAMPLED",
];

fn table(pools: &PoolsReport) -> String {
    let mut table = Table::new([Column::left(0); HEADINGS.len()], 2);
    table.row(HEADINGS);
    for pool in &pools.pools {
        table.row(row(pool));
    }
    let mut text = table.to_string();
    for pool in &pools.pools {
        let said = pool
            .last_error
            .iter()
            .map(|error| format!("error: {error}"));
        let decided = pool
            .decision
            .iter()
            .map(|decision| decision.explanation.clone());
        let notes = decided.chain(full(pool)).chain(measured(pool));
        for note in notes.chain(said).chain(foreign(pool)) {
            text += &format!("\n{}: {note}", pool.name);
        }
    }
    text.push('\n');
    text
}

/// Why there are no more workers, where that is neither the strategy's wish nor the user's limit.
fn full(pool: &PoolReport) -> Option<String> {
    let limits = &pool.decision.as_ref()?.decision.limits;
    let binds = |name| limits.iter().any(|limit| limit.name == name);
    if binds(LimitName::Host) {
        return Some("limited by host: it has no room for more workers".to_owned());
    }
    binds(LimitName::Saturated)
        .then(|| "limited by saturated: more workers have not done more work".to_owned())
}

/// What is known of a worker by measuring.
fn measured(pool: &PoolReport) -> Option<String> {
    let rate = pool.worker_rate;
    let rate = match (pool.worker_rate_source, pool.worker_rate_error_ratio) {
        (Some(WorkerRateKind::Measured), Some(error)) => {
            let percent = error * 100.0;
            Some(format!(
                "a worker does {rate:.1}/s (measured, ± {percent:.0} %)"
            ))
        }
        (Some(WorkerRateKind::Prior), _) => {
            Some(format!("a worker does {rate:.1}/s (not measured yet)"))
        }
        _ => None,
    };
    let start_up = pool
        .start_up_seconds
        .map(|seconds| format!("a worker is ready {seconds:.1} s after its start"));
    let known: Vec<String> = rate.into_iter().chain(start_up).collect();
    (!known.is_empty()).then(|| known.join("; "))
}

fn foreign(pool: &PoolReport) -> Option<String> {
    match pool.foreign_consumers {
        0 => None,
        1 => Some("1 consumer of the queue is not Warren's".to_owned()),
        many => Some(format!("{many} consumers of the queue are not Warren's")),
    }
}

fn row(pool: &PoolReport) -> [String; 10] {
    let mut workers = format!("{} ready", pool.workers.ready);
    for (count, state) in [
        (pool.workers.starting, "starting"),
        (pool.workers.draining, "draining"),
    ] {
        if count > 0 {
            write!(workers, ", {count} {state}").expect("a string takes every text");
        }
    }
    [
        pool.name.clone(),
        pool.state.to_string(),
        known(pool.ready),
        known(pool.in_flight),
        pool.arrival_rate
            .map_or_else(unknown, |rate| format!("{rate:.1}")),
        pool.demand.to_string(),
        pool.desired.to_string(),
        format!("{}-{}", pool.min, pool.max),
        workers,
        pool.sample_age_seconds
            .map_or_else(|| "never".to_owned(), |age| format!("{age:.1} s ago")),
    ]
}

fn known(value: Option<u64>) -> String {
    value.map_or_else(unknown, |value| value.to_string())
}

fn unknown() -> String {
    "?".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::WorkersReport;
    use serde_json::json;

    #[test]
    fn a_table_lines_up_and_says_what_is_unknown() {
        let filter = json!({
            "name": "filter", "work_queue": "filter.work", "state": "running", "polling": "fast",
            "broker_connected": true, "sample_age_seconds": 0.84,
            "ready": 1200, "in_flight": 40, "backlog": 1240, "arrival_rate": 285.04,
            "worker_rate": 187.25, "worker_rate_source": "measured",
            "worker_rate_error_ratio": 0.08, "start_up_seconds": 0.42,
            "consumers": 5, "foreign_consumers": 2,
            "demand": 4, "desired": 4, "min": 0, "max": 10,
            "workers": {"starting": 1, "ready": 3, "draining": 0}, "fleet": [],
            "decision": {
                "at_seconds": 12.5,
                "observation": {
                    "ready": 1200, "in_flight": 40, "backlog": 1240, "arrival_rate": 285.04,
                    "arrival_rate_source": "counted", "worker_rate": 187.25,
                    "worker_rate_source": {"measured": {"error_ratio": 0.08}},
                    "start_up_seconds": 0.42, "drain_time_seconds": 2.0,
                    "promised_wait_seconds": null, "foreign_consumers": 2,
                },
                "demand": 6, "desired": 4, "from": 3, "reason": "demand",
                "limits": [{"name": "host", "from": 6, "to": 4}],
                "explanation": "3 to 4 workers; host 4",
            },
            "last_error": null,
            "totals": {
                "arrivals": 0, "arrival_gaps": 0, "samples": 0, "sample_failures": 0,
                "scale_actions": 0, "workers_moved": 0, "workers_peak": 0, "worker_seconds": 0.0,
            },
        });
        let filter: PoolReport = serde_json::from_value(filter).unwrap();
        let mail = PoolReport {
            name: "mail".to_owned(),
            ready: None,
            in_flight: None,
            arrival_rate: None,
            demand: 0,
            desired: 0,
            max: 3,
            foreign_consumers: 1,
            worker_rate_source: None,
            start_up_seconds: None,
            workers: WorkersReport::default(),
            sample_age_seconds: None,
            decision: None,
            last_error: Some("the broker is not there".to_owned()),
            ..filter.clone()
        };
        let pools = PoolsReport {
            schema: api::SCHEMA,
            version: String::new(),
            host: None,
            pools: vec![filter, mail],
        };
        insta::assert_snapshot!(table(&pools), @r"
        POOL    STATE    READY  IN FLIGHT  ARRIVALS/S  DEMAND  DESIRED  MIN-MAX  WORKERS              SAMPLED
        filter  running  1200   40         285.0       4       4        0-10     3 ready, 1 starting  0.8 s ago
        mail    running  ?      ?          ?           0       0        0-3      0 ready              never

        filter: 3 to 4 workers; host 4
        filter: limited by host: it has no room for more workers
        filter: a worker does 187.2/s (measured, ± 8 %); a worker is ready 0.4 s after its start
        filter: 2 consumers of the queue are not Warren's
        mail: error: the broker is not there
        mail: 1 consumer of the queue is not Warren's
        ");
    }
}
