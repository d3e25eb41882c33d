//! What every policy comes to on every workload: a change of the engine, of a workload, of a rival or
//! of what Warren decides shows here, and nowhere by accident.
//!
//! Figures are rounded, so that the last digit of a logarithm is no difference.
//! A change that is meant is taken over with `INSTA_UPDATE=always cargo test -p warren-sim --test golden`.

#![expect(
    clippy::unwrap_used,
    reason = "a policy that is not there has failed the test"
)]

use sim::policies::{NAMES, Policy};
use sim::run::{Options, floor_worker_seconds, run};
use sim::summary::Summary;
use sim::workload::Workload;
use sim::workloads;
use std::fmt::Write as _;

const SEED: u64 = 1;

fn line(summary: &Summary) -> String {
    let Summary {
        policy,
        wait_p50_seconds: p50,
        wait_p99_seconds: p99,
        over_slo_ratio,
        worker_seconds,
        workers_peak: peak,
        workers_moved: moved,
        scale_actions: actions,
        busy_killed: killed,
        busy_drained: drained,
        unfinished,
        ..
    } = summary;
    let over = 100.0 * over_slo_ratio;
    format!(
        "{policy:20} {p50:8.2} {p99:8.2} {over:6.1} {worker_seconds:9.0} {peak:5} {moved:6} \
         {actions:7} {killed:6} {drained:7} {unfinished:10}"
    )
}

fn table(workload: &Workload) -> String {
    let floor = floor_worker_seconds(workload, SEED);
    let mut table = format!(
        "{:20} {:>8} {:>8} {:>6} {:>9} {:>5} {:>6} {:>7} {:>6} {:>7} {:>10}\n",
        "policy",
        "p50 s",
        "p99 s",
        "over %",
        "worker-s",
        "peak",
        "moved",
        "actions",
        "killed",
        "drained",
        "unfinished"
    );
    for name in NAMES {
        let policy = Policy::named(name).unwrap();
        let options = Options {
            floor_worker_seconds: Some(floor),
            ..Options::default()
        };
        let summary = run(workload, &policy, SEED, options).summary;
        writeln!(table, "{}", line(&summary)).unwrap();
    }
    table
}

#[test]
fn every_policy_comes_to_the_same_on_every_workload() {
    for workload in workloads::all(SEED) {
        insta::assert_snapshot!(workload.name.clone(), table(&workload));
    }
}
