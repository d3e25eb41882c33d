//! `warren-sim run`: one policy on one workload, with each decision explained if asked.

use super::changes::Changes;
use super::traffic::Traffic;
use crate::comparison::{Comparison, Lineup};
use crate::policies::Policy;
use crate::progress;
use crate::report;
use crate::run::{DECISIONS_MAX, Keep, Run};
use clap::{ArgGroup, Args};
use policy::Decision;
use program::{Failure, print};

#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("traffic").required(true)),
    after_help = "\
Example:
  warren-sim run --workload spike --policy warren --set strategy=deadline --decisions"
)]
pub(super) struct Arguments {
    /// A shipped workload (see warren-sim workloads)
    #[arg(long, value_name = "NAME", group = "traffic")]
    workload: Option<String>,
    #[command(flatten)]
    traffic: Traffic,
    /// Who decides (see warren-sim policies)
    #[arg(long, value_name = "NAME", default_value = "warren")]
    policy: String,
    #[command(flatten)]
    changes: Changes,
    /// Print every decision first, in a sentence with its numbers
    #[arg(long)]
    decisions: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "decisions")]
    json: bool,
}

pub(super) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    arguments.traffic.check()?;
    let names: Vec<String> = arguments.workload.iter().cloned().collect();
    let workloads = arguments.traffic.workloads(&names)?;
    let Ok([workload]) = <[_; 1]>::try_from(workloads) else {
        let name = names.concat();
        return Err(Failure::Usage(format!(
            "\"{name}\" are several workloads, and one is run at a time: \
             try warren-sim compare --workload {name}"
        )));
    };
    let policy = Policy::named(&arguments.policy).map_err(Failure::configuration)?;
    let policy = match (arguments.changes.is_empty(), policy.name()) {
        (true, _) => policy,
        (false, "warren") => arguments.changes.policy("warren", &workload)?,
        (false, name) => {
            return Err(Failure::Usage(format!(
                "--set changes Warren's settings, and {name} has none: leave out --policy {name}"
            )));
        }
    };
    let comparison = Comparison {
        lineups: vec![Lineup {
            workload,
            policies: vec![policy],
        }],
        seed: arguments.traffic.seed,
        keep: match arguments.decisions {
            true => Keep::All,
            false => Keep::Summary,
        },
    };
    let outcomes = progress::shown(|watch| comparison.run(watch));
    let mut text = String::new();
    for outcome in outcomes {
        for Run {
            summary, decisions, ..
        } in outcome.runs
        {
            if arguments.json {
                text.push_str(&report::json(&[summary]));
                continue;
            }
            if arguments.decisions {
                text.push_str(&explained(&summary.policy, &decisions));
            }
            text.push_str(&report::table(&outcome.workload, &[summary]));
        }
    }
    print(&text)
}

/// A line a decision.
fn explained(policy: &str, decisions: &[Decision]) -> String {
    if decisions.is_empty() {
        return format!("{policy} says how many workers it wants, and not why\n\n");
    }
    let line = |decision: &Decision| {
        let at = decision.at.as_secs_f64();
        format!("{at:>9.3} s  {}\n", decision.explain())
    };
    let mut text: String = decisions.iter().map(line).collect();
    if decisions.len() >= DECISIONS_MAX {
        text.push_str("… and what came after that many decisions was not kept\n");
    }
    text + "\n"
}
