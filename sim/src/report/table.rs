//! The table that a person scans: a line a policy, aligned, the best of each column marked.

use super::figure::{ratio, seconds, share};
use crate::policies::FLOOR;
use crate::summary::Summary;
use crate::workload::Workload;
use program::Table;

/// Between two columns. The place for a `*` sets them further apart.
const GAP: usize = 1;

/// What a column shows of a run.
struct Column {
    title: [&'static str; 2],
    text: fn(&Summary) -> String,
    /// What it is judged by, less being better; `None` where there is no better.
    judged: Option<fn(&Summary) -> f64>,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "to compare counts that are far below 2^53"
)]
const COLUMNS: [Column; 13] = [
    column(
        ["wait", "p50 s"],
        |run| seconds(run.wait_p50_seconds),
        Some(|run| run.wait_p50_seconds),
    ),
    column(
        ["wait", "p99 s"],
        |run| seconds(run.wait_p99_seconds),
        Some(|run| run.wait_p99_seconds),
    ),
    column(
        ["wait", "max s"],
        |run| seconds(run.wait_max_seconds),
        Some(|run| run.wait_max_seconds),
    ),
    column(
        ["over", "SLO"],
        |run| share(run.over_slo_ratio),
        Some(|run| run.over_slo_ratio),
    ),
    column(
        ["worker-", "seconds"],
        |run| format!("{:.0}", run.worker_seconds),
        Some(|run| run.worker_seconds),
    ),
    column(
        ["of the", "floor"],
        |run| format!("{:.2} x", ratio(run)),
        None,
    ),
    column(["peak", "size"], |run| run.workers_peak.to_string(), None),
    column(
        ["workers", "moved"],
        |run| run.workers_moved.to_string(),
        Some(|run| run.workers_moved as f64),
    ),
    column(
        ["scale", "actions"],
        |run| run.scale_actions.to_string(),
        Some(|run| run.scale_actions as f64),
    ),
    column(
        ["enough", "after s"],
        enough,
        Some(|run| run.enough_workers_seconds.unwrap_or(f64::INFINITY)),
    ),
    column(["busy", "killed"], |run| run.busy_killed.to_string(), None),
    column(
        ["busy", "drained"],
        |run| run.busy_drained.to_string(),
        None,
    ),
    column(["not", "done"], |run| run.unfinished.to_string(), None),
];

const fn column(
    title: [&'static str; 2],
    text: fn(&Summary) -> String,
    judged: Option<fn(&Summary) -> f64>,
) -> Column {
    Column {
        title,
        text,
        judged,
    }
}

fn enough(run: &Summary) -> String {
    run.enough_workers_seconds
        .map_or_else(|| "never".to_owned(), seconds)
}

/// One table: what the workload is, and a line for each of its runs, in their order.
#[must_use]
pub fn table(workload: &Workload, runs: &[Summary]) -> String {
    let policies = runs.iter().map(|run| run.policy.clone());
    let mut rows: Vec<Vec<String>> = [String::new(), "policy".to_owned()]
        .into_iter()
        .chain(policies)
        .map(|first| vec![first])
        .collect();
    for column in &COLUMNS {
        for (row, cell) in rows.iter_mut().zip(cells(column, runs)) {
            row.push(cell);
        }
    }
    let numbers = COLUMNS.iter().map(|_| program::Column::right(0));
    let mut table = Table::new([program::Column::left(0)].into_iter().chain(numbers), GAP);
    for row in rows {
        table.row(row);
    }
    format!("{}{table}", heading(workload, runs))
}

fn heading(workload: &Workload, runs: &[Summary]) -> String {
    let name = format!("{}: {}\n", workload.name, workload.about);
    let Some(run) = runs.first() else {
        return name;
    };
    let legend = match runs.len() {
        1 => "",
        _ => "; * is the best of its column",
    };
    format!(
        "{name}{} messages, {} msg/s a worker, start-up {} s, {} workers at most, SLO {} s, seed {}\
         {legend}\n",
        policy::integer(run.messages),
        short(workload.worker_rate()),
        short(workload.start_up.as_secs_f64()),
        workload.max,
        short(workload.slo.as_secs_f64()),
        run.seed,
    )
}

/// Up to three decimals, and none that say nothing.
fn short(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// The two lines of the title, and a cell for each run. Where a column is judged, a cell ends with
/// `*` or the space for it.
fn cells(column: &Column, runs: &[Summary]) -> Vec<String> {
    let best = best(column, runs);
    let room = if column.judged.is_some() { " " } else { "" };
    let cell = |run: &Summary| {
        let is_best = best.is_some()
            && run.policy != FLOOR
            && column.judged.map(|judged| judged(run)) == best;
        format!("{}{}", (column.text)(run), if is_best { "*" } else { room })
    };
    column
        .title
        .iter()
        .map(|title| format!("{title}{room}"))
        .chain(runs.iter().map(cell))
        .collect()
}

/// The least of the column, where there is one to point out: not where all are the same.
fn best(column: &Column, runs: &[Summary]) -> Option<f64> {
    let judged = column.judged?;
    let values: Vec<f64> = runs
        .iter()
        .filter(|run| run.policy != FLOOR)
        .map(judged)
        .collect();
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    (values.len() > 1 && values.iter().any(|value| *value != least)).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::super::files::tests::run;
    use super::*;

    #[test]
    fn a_table_is_aligned_and_marks_the_best_of_each_column() {
        let workload = crate::workloads::named("bursts", 1).unwrap().remove(0);
        let runs = [
            run("warren", 0.021, 212.5),
            Summary {
                workers_moved: 1200,
                enough_workers_seconds: None,
                unfinished: 3,
                ..run("keda-default", 71.25, 180.0)
            },
            run("floor", 0.0, 100.0),
        ];
        insta::assert_snapshot!(table(&workload, &runs));
    }

    #[test]
    fn a_line_fits_into_120_columns_with_the_longest_name_and_large_numbers() {
        let workload = crate::workloads::named("bursts", 1).unwrap().remove(0);
        let runs = [
            run("warren", 0.021, 212.5),
            Summary {
                over_slo_ratio: 0.000_01,
                floor_worker_seconds: 12_345.0,
                workers_peak: 1000,
                workers_moved: 9_999_999,
                scale_actions: 999_999,
                busy_killed: 99_999,
                busy_drained: 99_999,
                unfinished: 9999,
                ..run("aws-target-tracking", 86_400.0, 999_999.0)
            },
        ];
        for line in table(&workload, &runs).lines() {
            assert!(line.chars().count() <= 120, "{line}");
        }
    }

    #[test]
    fn one_run_has_nothing_to_be_better_than() {
        let workload = crate::workloads::named("bursts", 1).unwrap().remove(0);
        assert!(!table(&workload, &[run("warren", 0.021, 212.5)]).contains('*'));
    }
}
