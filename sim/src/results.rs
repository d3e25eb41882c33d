//! The page docs/results.md: every policy on every workload, and which of the aims that meets. Its words
//! are those of docs/results.template.md.
//!
//! Nothing in it depends on the machine: no times of day, and no time that a run took.

mod aims;
mod template;

use crate::comparison::{Advance, Comparison, Lineup, Outcome};
use crate::policies::{Policy, config_text};
use crate::report;
use crate::run::Keep;
use crate::summary::Summary;
use crate::workload::Workload;
use crate::workloads;
use aims::{AIMS, Aim, Sides, Verdict};

/// Warren that looks every 2 s, whatever moves.
pub(crate) const FAST_OFF: &str = "warren-fast-off";

/// The page's seed. Others give other figures, and the same picture.
const SEED: u64 = 1;

/// Runs every policy on every workload, and Warren once more with `fast_interval = "off"`.
pub fn outcomes(watch: impl FnMut(Advance)) -> Vec<Outcome> {
    let lineup = |workload: Workload| {
        let mut policies = Policy::all();
        let warren = policies.iter().position(|policy| policy.name() == "warren");
        let beside = warren.map_or(0, |index| index + 1);
        policies.insert(beside, fast_off(&workload));
        Lineup { workload, policies }
    };
    let comparison = Comparison {
        lineups: workloads::all(SEED).into_iter().map(lineup).collect(),
        seed: SEED,
        keep: Keep::Summary,
    };
    comparison.run(watch)
}

fn fast_off(workload: &Workload) -> Policy {
    let change = ["fast_interval=off".to_owned()];
    let settings = config::what_if(&config_text(workload), &change)
        .expect("the shipped settings can do without the fast interval");
    Policy::with_settings(FAST_OFF, settings)
}

/// An aim on a workload: what came of it.
struct Judged<'o> {
    workload: &'o str,
    aim: &'static Aim,
    verdict: Verdict,
}

/// The page, as Markdown.
#[must_use]
pub fn page(outcomes: &[Outcome]) -> String {
    let judged: Vec<Judged<'_>> = outcomes.iter().flat_map(judge).collect();
    let met = judged.iter().filter(|one| one.verdict.is_met).count();
    let run = |outcome: &Outcome| {
        let table = report::table(&outcome.workload, &summaries(outcome));
        format!("### {}\n\n```text\n{table}```", outcome.workload.name)
    };
    let runs: Vec<String> = outcomes.iter().map(run).collect();
    let mut texts = vec![
        ("met", met.to_string()),
        ("judged", judged.len().to_string()),
        ("matrix", matrix(outcomes, &judged)),
        ("missed", missed(&judged)),
        ("runs", runs.join("\n\n")),
    ];
    let numbers = AIMS.iter().zip(1..);
    texts.extend(numbers.map(|(aim, number): (_, u32)| (aim.key, number.to_string())));
    template::fill(&texts)
}

fn summaries(outcome: &Outcome) -> Vec<Summary> {
    outcome.runs.iter().map(|run| run.summary.clone()).collect()
}

fn judge(outcome: &Outcome) -> Vec<Judged<'_>> {
    let summaries = summaries(outcome);
    let Some(sides) = Sides::of(&summaries, FAST_OFF) else {
        return Vec::new();
    };
    let judged = |aim: &'static Aim| {
        Some(Judged {
            workload: &outcome.workload.name,
            aim,
            verdict: (aim.judge)(&sides)?,
        })
    };
    AIMS.iter().filter_map(judged).collect()
}

/// Which aims a workload's runs reach, in their order.
pub(crate) fn verdicts(runs: &[Summary]) -> Vec<bool> {
    Sides::of(runs, FAST_OFF).map_or_else(Vec::new, |sides| {
        let judge = |aim: &Aim| (aim.judge)(&sides);
        AIMS.iter()
            .filter_map(judge)
            .map(|verdict| verdict.is_met)
            .collect()
    })
}

fn matrix(outcomes: &[Outcome], judged: &[Judged<'_>]) -> String {
    let numbers: String = (1..=AIMS.len())
        .map(|number| format!(" {number} |"))
        .collect();
    let mut text = format!(
        "| workload |{numbers}\n|---|{}\n",
        "---|".repeat(AIMS.len())
    );
    for outcome in outcomes {
        let name = &outcome.workload.name;
        let cell = |aim: &Aim| {
            let is_here = |one: &&Judged<'_>| one.workload == name && one.aim.key == aim.key;
            match judged.iter().find(is_here).map(|one| &one.verdict) {
                None => " – |".to_owned(),
                Some(verdict) if verdict.is_met => format!(" {} |", verdict.figure),
                Some(verdict) => format!(" **{}** |", verdict.figure),
            }
        };
        text += &format!("| {name} |{}\n", AIMS.iter().map(cell).collect::<String>());
    }
    text.trim_end().to_owned()
}

fn missed(judged: &[Judged<'_>]) -> String {
    let line = |one: &Judged<'_>| {
        let why = template::why(one.workload, one.aim.key)
            .map_or_else(String::new, |why| format!(" {why}"));
        let title = template::title(one.aim.key).unwrap_or(one.aim.key);
        format!(
            "- {}, {title}: {}.{why}",
            one.workload, one.verdict.in_words
        )
    };
    let missed = judged.iter().filter(|one| !one.verdict.is_met);
    let lines: Vec<String> = missed.map(line).collect();
    match lines.is_empty() {
        true => "Nothing is missed.".to_owned(),
        false => lines.join("\n"),
    }
}
