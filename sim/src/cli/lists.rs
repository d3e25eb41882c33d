//! `warren-sim workloads` and `warren-sim policies`: a line each.

use crate::policies;
use crate::rivals;
use crate::workload::Workload;
use crate::workloads;
use clap::Args;
use program::{Column, Failure, Table, print};
use serde::Serialize;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One workload for machines; the field names are the keys of the JSON object.
#[derive(Serialize)]
struct WorkloadEntry {
    name: String,
    about: String,
    messages: f64,
    duration_seconds: f64,
    rate_peak: f64,
    worker_rate: f64,
    workers_peak: u32,
    max: u32,
}

#[derive(Serialize)]
struct PolicyEntry {
    name: &'static str,
    about: &'static str,
}

/// Workloads whose rate is random are listed as this seed has them.
const SEED: u64 = 1;

pub(super) fn workloads(arguments: &Arguments) -> Result<(), Failure> {
    let workloads = workloads::all(SEED);
    if arguments.json {
        let entries: Vec<_> = workloads.into_iter().map(entry).collect();
        return print(&json("workloads", &entries));
    }
    let mut table = Table::new([Column::left(0), Column::right(0), Column::left(0)], 2);
    for Workload {
        name, about, rate, ..
    } in workloads
    {
        table.row([name, format!("{:.0} messages", rate.messages()), about]);
    }
    print(&table.to_string())
}

fn entry(workload: Workload) -> WorkloadEntry {
    WorkloadEntry {
        messages: workload.rate.messages().round(),
        duration_seconds: workload.rate.end().as_secs_f64(),
        rate_peak: workload.rate.peak().per_second(),
        worker_rate: workload.worker_rate(),
        workers_peak: workload.workers_peak(),
        max: workload.max,
        name: workload.name,
        about: workload.about,
    }
}

pub(super) fn policies(arguments: &Arguments) -> Result<(), Failure> {
    let entry = |&name: &&'static str| PolicyEntry {
        name,
        about: about(name),
    };
    let entries: Vec<_> = policies::NAMES.iter().map(entry).collect();
    if arguments.json {
        return print(&json("policies", &entries));
    }
    let mut table = Table::new([Column::left(0); 2], 2);
    for PolicyEntry { name, about } in entries {
        table.row([name, about]);
    }
    print(&table.to_string())
}

/// What a policy is, in a line.
fn about(policy: &str) -> &'static str {
    match policy {
        "warren" => "Warren as it is shipped, knowing what a worker does per second",
        "formula" => "Warren's bare law every 2 s: ceil((B + arrivals x 2 s) / C)",
        "deadline" => "Warren with strategy = deadline: every message taken up within the SLO",
        "static-peak" => "as many workers as the peak needs, all the time",
        "floor" => "knows the rate of every instant, and keeps the workers that keep up with it",
        name => {
            let rival = rivals::ALL.into_iter().find(|rival| rival.name == name);
            rival.map_or("", |rival| rival.about)
        }
    }
}

fn json(key: &str, entries: &[impl Serialize]) -> String {
    let listing = serde_json::json!({ "schema": 1, key: entries });
    listing.to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_a_line() {
        for name in policies::NAMES {
            assert!(!about(name).is_empty(), "{name}");
        }
    }
}
