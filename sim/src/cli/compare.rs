//! `warren-sim compare`: policies side by side, as tables, JSON, CSV or pictures.

use super::changes::{CHANGED, Changes};
use super::traffic::Traffic;
use crate::comparison::{Comparison, Lineup, Outcome};
use crate::policies::Policy;
use crate::progress;
use crate::report;
use crate::run::Keep;
use crate::summary::Summary;
use crate::workload::Workload;
use crate::workloads;
use anyhow::Context as _;
use clap::{ArgGroup, Args};
use program::{Failure, print};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("traffic").required(true)),
    after_help = "\
A wait is the time from a message's arrival in the queue until a worker takes it up. Worker-seconds
count from the order to start a worker until it has ended; the floor keeps up with the rate of every
instant, which it knows beforehand, and does nothing about a backlog.

With --set, Warren with the changed settings is shown as warren-set beside the shipped one. The SVG
has a panel a policy over time, and p99 waits against worker-seconds with the best trade-offs; of
several workloads, each gets a file: --svg all.svg writes all-bursts.svg, all-spike.svg and so on.

Example:
  warren-sim compare --workload bursts
  warren-sim compare --all --csv > all.csv
  warren-sim compare --trace rates.csv --worker-rate 40 --set hold=10s --svg rates.svg"
)]
pub(super) struct Arguments {
    /// A shipped workload (see warren-sim workloads). Again for more; poisson and stale are several
    #[arg(long, value_name = "NAME", group = "traffic")]
    workload: Vec<String>,
    /// All shipped workloads
    #[arg(long, group = "traffic")]
    all: bool,
    #[command(flatten)]
    traffic: Traffic,
    /// Only this policy (see warren-sim policies). Again for more
    #[arg(long, value_name = "NAME")]
    policy: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    /// Print one JSON object
    #[arg(long, group = "form")]
    json: bool,
    /// Print CSV, a line a run
    #[arg(long, group = "form")]
    csv: bool,
    /// Draw into this file, beside what is printed
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(super) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    arguments.traffic.check()?;
    let seed = arguments.traffic.seed;
    let workloads = match arguments.all {
        true => workloads::all(seed),
        false => arguments.traffic.workloads(&arguments.workload)?,
    };
    let comparison = Comparison {
        lineups: lineups(arguments, workloads)?,
        seed,
        keep: match arguments.svg {
            Some(_) => Keep::All,
            None => Keep::Summary,
        },
    };
    let outcomes = progress::shown(|watch| comparison.run(watch));
    // First what needs no file, so that a picture that can't be written takes nothing with it.
    print(&text(arguments, &outcomes))?;
    match &arguments.svg {
        Some(file) => draw(file, &outcomes),
        None => Ok(()),
    }
}

fn lineups(arguments: &Arguments, workloads: Vec<Workload>) -> Result<Vec<Lineup>, Failure> {
    let mut asked = Vec::new();
    for name in &arguments.policy {
        let policy = Policy::named(name).map_err(Failure::configuration)?;
        if !asked.contains(&policy) {
            asked.push(policy);
        }
    }
    if asked.is_empty() {
        asked = Policy::all();
    }
    let lineup = |workload| {
        let mut policies = asked.clone();
        if !arguments.changes.is_empty() {
            let changed = arguments.changes.policy(CHANGED, &workload)?;
            let warren = policies.iter().position(|policy| policy.name() == "warren");
            policies.insert(warren.map_or(0, |index| index + 1), changed);
        }
        Ok(Lineup { workload, policies })
    };
    workloads.into_iter().map(lineup).collect()
}

fn text(arguments: &Arguments, outcomes: &[Outcome]) -> String {
    let summaries = |outcome: &Outcome| -> Vec<Summary> {
        outcome.runs.iter().map(|run| run.summary.clone()).collect()
    };
    let all = || outcomes.iter().flat_map(summaries).collect::<Vec<_>>();
    if arguments.json {
        return report::json(&all());
    }
    if arguments.csv {
        return report::csv(&all());
    }
    let tables: Vec<String> = outcomes
        .iter()
        .map(|outcome| report::table(&outcome.workload, &summaries(outcome)))
        .collect();
    tables.join("\n")
}

fn draw(file: &Path, outcomes: &[Outcome]) -> Result<(), Failure> {
    for outcome in outcomes {
        let svg = report::draw(&outcome.workload, &outcome.runs)?;
        let file = match outcomes.len() {
            1 => file.to_owned(),
            _ => beside(file, &outcome.workload.name),
        };
        std::fs::write(&file, svg).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// all.svg becomes all-bursts.svg.
fn beside(file: &Path, name: &str) -> PathBuf {
    let mut stem = file.file_stem().unwrap_or_default().to_owned();
    stem.push("-");
    stem.push(name);
    if let Some(extension) = file.extension() {
        stem.push(".");
        stem.push(extension);
    }
    file.with_file_name(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_workloads_gets_a_file() {
        assert_eq!(
            beside(Path::new("out/all.svg"), "sine"),
            Path::new("out/all-sine.svg")
        );
        assert_eq!(beside(Path::new("all"), "sine"), Path::new("all-sine"));
    }
}
