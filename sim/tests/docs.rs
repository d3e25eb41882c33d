//! That the pages show what the program prints. Where that is meant to change: `make results`, and look
//! at what changed.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use sim::comparison::Outcome;
use sim::results;
use sim::summary::Summary;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Every policy on every workload, run once for all that is held to it.
static OUTCOMES: LazyLock<Vec<Outcome>> = LazyLock::new(|| results::outcomes(|_| {}));

/// Set, the pages are written again instead of being compared.
const UPDATE_VARIABLE: &str = "WARREN_UPDATE_DOCS";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(page(name)).unwrap()
}

/// Compares a page with what it should say, or writes it.
fn hold_to(name: &str, expected: &str) {
    let path = page(name);
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    let says = std::fs::read_to_string(path).unwrap_or_default();
    let different = says
        .lines()
        .zip(expected.lines())
        .position(|(line, other)| line != other)
        .unwrap_or_else(|| says.lines().count().min(expected.lines().count()));
    assert!(
        says == expected,
        "{name} differs from line {} on; make results writes it again\n  says:    {}\n  program: {}",
        different + 1,
        says.lines().nth(different).unwrap_or("(nothing)"),
        expected.lines().nth(different).unwrap_or("(nothing)"),
    );
}

/// Set, the sweeps of docs/tuning.md are run again: that takes minutes.
const SWEEP_VARIABLE: &str = "WARREN_UPDATE_TUNING";

/// What the program prints.
fn printed(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_warren-sim"))
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments}");
    String::from_utf8(output.stdout).unwrap()
}

/// A page with what follows each `$ warren-sim …` replaced by what that prints. A block that ends
/// with a line "…" shows as many lines as it has.
fn with_output(text: &str) -> String {
    let mut page = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        page += line;
        page.push('\n');
        let Some(arguments) = line.strip_prefix("$ warren-sim ") else {
            continue;
        };
        let shown: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let output = printed(arguments);
        match shown.last() {
            Some(&"…") => {
                for line in output.lines().take(shown.len() - 1) {
                    page += line;
                    page.push('\n');
                }
                page += "…\n";
            }
            _ => page += &output,
        }
        page += "```\n";
    }
    page
}

#[test]
fn the_simulators_page_shows_what_the_program_prints() {
    hold_to(
        "docs/simulator.md",
        &with_output(&text("docs/simulator.md")),
    );
}

/// The sweeps take too long for a test: they are run by `make tuning`, and held to what needs no run.
#[test]
fn the_page_on_tuning_shows_sweeps_around_what_is_shipped() {
    let text = text("docs/tuning.md");
    if std::env::var_os(SWEEP_VARIABLE).is_some() {
        std::fs::write(page("docs/tuning.md"), with_output(&text)).unwrap();
        return;
    }
    let sweeps = text.matches("\n$ warren-sim tune ").count();
    assert!(sweeps > 0 && text.matches("   as shipped\n").count() == sweeps);
    let shipped = config::Config::default().pools.swap_remove(0).scaling;
    let band = &shipped.limits.dead_band;
    for line in [
        format!("| `headroom` | {} |", shipped.headroom.beta()),
        format!("| `dead_band_wait` | {:?} |", band.wait),
        format!("| `dead_band_share` | {} |", band.share.get()),
        format!("| `dead_band_hold` | {:?} |", band.hold),
        format!("| `hold` | {:?} |", shipped.limits.hold),
    ] {
        assert!(text.contains(&line), "docs/tuning.md does not say: {line}");
    }
}

#[test]
fn the_results_are_those_of_this_program() {
    hold_to("docs/results.md", &results::page(&OUTCOMES));
}

/// What the run of a policy on a workload came to.
fn summary<'o>(outcome: &'o Outcome, policy: &str) -> &'o Summary {
    let mut runs = outcome.runs.iter().map(|run| &run.summary);
    runs.find(|summary| summary.policy == policy).unwrap()
}

/// A p99 wait as the short tables show it.
fn wait(summary: &Summary) -> String {
    match summary.wait_p99_seconds {
        seconds if seconds < 10.0 => format!("{seconds:.2} s"),
        seconds => format!("{seconds:.1} s"),
    }
}

/// The cell of a short table: a wait and a cost. Of the two tuned KEDAs the one with the shorter wait
/// counts, and the cheaper one where both are shown alike.
fn cell(outcome: &Outcome, column: &str) -> String {
    let run = match column {
        "tuned KEDA" => {
            let [one, other] =
                ["keda-tuned", "keda-two-triggers"].map(|policy| summary(outcome, policy));
            let is_better = match wait(one) == wait(other) {
                true => other.worker_seconds < one.worker_seconds,
                false => other.wait_p99_seconds < one.wait_p99_seconds,
            };
            if is_better { other } else { one }
        }
        "KEDA, defaults" => summary(outcome, "keda-default"),
        name => summary(outcome, &name.to_lowercase()),
    };
    let ratio = run.worker_seconds / run.floor_worker_seconds;
    format!("{}, {ratio:.2} x", wait(run))
}

/// A page with the cells of its short tables as the runs came out: a row a workload, a column a policy.
fn with_figures(text: &str) -> String {
    let mut columns: Vec<&str> = Vec::new();
    let mut page = String::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let workload = cells[0].trim_matches('`');
        let outcome = OUTCOMES.iter().find(|one| one.workload.name == workload);
        match outcome {
            _ if workload == "workload" => columns = cells[1..].to_vec(),
            Some(outcome) if line.starts_with("| `") => {
                let figures = columns.iter().map(|column| cell(outcome, column));
                let figures: Vec<String> = figures.collect();
                page += &format!("| `{workload}` | {} |\n", figures.join(" | "));
                continue;
            }
            _ => {}
        }
        page += line;
        page.push('\n');
    }
    page
}

#[test]
fn the_short_tables_show_figures_of_the_results() {
    for name in ["README.md", "docs/comparison.md"] {
        let text = text(name);
        assert!(
            text.contains("\n| workload | Warren | tuned KEDA |"),
            "{name}"
        );
        hold_to(name, &with_figures(&text));
    }
}

/// What a policy spends, as a multiple of Warren's worker-seconds, on each of the workloads where its
/// p99 wait is shorter than Warren's.
fn price_of_less_wait(policy: &str) -> Vec<f64> {
    let both = |outcome| (summary(outcome, policy), summary(outcome, "warren"));
    let runs = OUTCOMES.iter().map(both);
    runs.filter(|(other, warren)| other.wait_p99_seconds < warren.wait_p99_seconds)
        .map(|(other, warren)| other.worker_seconds / warren.worker_seconds)
        .collect()
}

#[test]
fn the_pages_say_on_how_many_workloads_others_wait_less_and_for_how_much() {
    let (celery, knative) = (price_of_less_wait("celery"), price_of_less_wait("knative"));
    let said = format!(
        "Celery on {} of the {} workloads and Knative on {}",
        celery.len(),
        OUTCOMES.len(),
        knative.len()
    );
    let prices = [celery, knative].concat();
    let as_said = prices.iter().filter(|price| (1.2..=5.0).contains(*price));
    assert!(as_said.count() * 10 >= prices.len() * 9, "{prices:?}");
    for name in [
        "README.md",
        "docs/comparison.md",
        "docs/results.template.md",
    ] {
        let text = text(name);
        assert!(text.contains(&said), "{name} does not say: {said}");
        let price = "nearly always for 1.2 to 5 times Warren's worker-seconds";
        assert!(text.contains(price), "{name} does not say: {price}");
    }
}
