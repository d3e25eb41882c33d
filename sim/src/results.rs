//! The page docs/results.md: every policy on every workload, and which of the aims that meets.
//!
//! Nothing in it depends on the machine: no times of day, and no time that a run took.

mod aims;
mod reasons;

use crate::comparison::{Advance, Comparison, Outcome, Trial};
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
    let trial = |workload: Workload| {
        let mut policies = Policy::all();
        let warren = policies.iter().position(|policy| policy.name() == "warren");
        let beside = warren.map_or(0, |index| index + 1);
        policies.insert(beside, fast_off(&workload));
        Trial { workload, policies }
    };
    let comparison = Comparison {
        trials: workloads::all(SEED).into_iter().map(trial).collect(),
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
    let mut page = INTRODUCTION.to_owned();
    page += &format!(
        "\n## Aims\n\n{met} of {} figures are reached.\n\n",
        judged.len()
    );
    for (number, aim) in AIMS.iter().enumerate() {
        page += &format!("{}. {}: {}.\n", number + 1, aim.title, aim.about);
    }
    page += "\nA figure in bold misses its aim; a dash is where there is no such aim.\n\n";
    page += &matrix(outcomes, &judged);
    page += "\n## What is missed, and why\n\n";
    page += &missed(&judged);
    page += WHERE_IT_LOSES;
    page += "\n## Every run\n";
    for outcome in outcomes {
        let table = report::table(&outcome.workload, &summaries(outcome));
        page += &format!("\n### {}\n\n```text\n{table}```\n", outcome.workload.name);
    }
    page
}

const INTRODUCTION: &str = "\
# Results

What every policy would have done with every workload of the simulator, and whether Warren reaches what it aims at.
This page is printed by `warren-sim results`; `make results` writes it again, and a test compares.
[simulator.md](simulator.md) says what is modelled, what a wait is, and which way each workload and policy goes.

Warren runs with the shipped settings and the workload's own rate of a worker; `warren-fast-off` is the same with `fast_interval = \"off\"`.
The better tuned KEDA is the one of `keda-tuned` and `keda-two-triggers` with the shorter p99 wait on that workload.
";

const WHERE_IT_LOSES: &str = "
## Where others do better

- Late statistics: where the queue is seen 10 s late or more, who does not look at it wins. `php-fpm`, which only keeps a few idle workers, is better in everything on `stale-10` and `stale-30`.
- Waits alone: who pays for more workers waits less. Celery has shorter p99 waits on 16 of the 18 workloads and Knative on 13, for 1.2 to 5 times Warren's worker-seconds nearly everywhere.
- Cost alone: who lets messages wait spends less. The reference is cheaper on all workloads, Warren's own bare law (`formula`) on 17, Horizon on half of them.
- Calm: a fleet that stays up over pauses, or does not follow bursts, moves less. On `bursts`, `onoff`, `poisson-5`, `absurd` and all of `stale`, KEDA moves fewer workers.
- Slow starts: Warren does not know tomorrow's traffic. Workers that take 30 s to start want a floor for the times at which you expect traffic: `[[pool.scaling.schedule]]` in [configuration.md](configuration.md).

These are simulated figures, of a world without networks, disks and slow machines ([what is not modelled](simulator.md#what-is-not)), and of rivals as their documents describe them.
They compare decisions. What a real fleet makes of them depends on its broker and its workers.
";

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
    text
}

fn missed(judged: &[Judged<'_>]) -> String {
    let line = |one: &Judged<'_>| {
        let why = reasons::why(one.workload, one.aim.key)
            .map_or_else(String::new, |why| format!(" {why}"));
        format!(
            "- {}, {}: {}.{why}\n",
            one.workload, one.aim.title, one.verdict.in_words
        )
    };
    let lines: String = judged
        .iter()
        .filter(|one| !one.verdict.is_met)
        .map(line)
        .collect();
    match lines.is_empty() {
        true => "Nothing is missed.\n".to_owned(),
        false => lines,
    }
}
