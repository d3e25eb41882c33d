//! Summaries for machines: one JSON object, or CSV with a line a run.

use crate::summary::Summary;
use serde::Serialize;

/// The version of what is written.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Comparison<'r> {
    schema: u32,
    runs: &'r [Summary],
}

/// One object on one line.
#[must_use]
pub fn json(runs: &[Summary]) -> String {
    let comparison = Comparison {
        schema: SCHEMA,
        runs,
    };
    let json = serde_json::to_string(&comparison).expect("names and numbers are always written");
    json + "\n"
}

/// A line with the keys, and a line a run. What is not known is empty.
#[must_use]
pub fn csv(runs: &[Summary]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for run in runs {
        writer.serialize(run).expect("memory takes every row");
    }
    let bytes = writer.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("what was text stays text")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A run that is remarkable in nothing else.
    pub(crate) fn run(policy: &str, wait_p99: f64, worker_seconds: f64) -> Summary {
        Summary {
            workload: "bursts".to_owned(),
            policy: policy.to_owned(),
            seed: 1,
            messages: 19_900,
            wait_mean_seconds: wait_p99 / 5.0,
            wait_p50_seconds: wait_p99 / 10.0,
            wait_p99_seconds: wait_p99,
            wait_max_seconds: wait_p99 * 1.5,
            over_slo_ratio: if wait_p99 > 2.0 { 0.25 } else { 0.0 },
            worker_seconds,
            floor_worker_seconds: 100.0,
            workers_peak: 9,
            workers_moved: 42,
            scale_actions: 17,
            enough_workers_seconds: Some(0.75),
            busy_killed: 0,
            busy_drained: 0,
            unfinished: 0,
            step_gap_workers: None,
        }
    }

    #[test]
    fn machines_get_one_object_or_a_line_a_run() {
        let runs = [
            run("warren", 0.021, 212.5),
            Summary {
                enough_workers_seconds: None,
                ..run("keda-default", 71.25, 180.0)
            },
        ];
        insta::assert_snapshot!(json(&runs));
        insta::assert_snapshot!(csv(&runs));
    }
}
