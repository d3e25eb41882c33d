//! A sweep over Warren's settings: every combination on every workload, scored by the aims of
//! docs/results.md. The shipped defaults were chosen by it, and docs/tuning.md says how.

use crate::comparison::{Advance, Comparison, Lineup, Outcome};
use crate::policies::{Policy, config_text, is_own};
use crate::report;
use crate::results::{FAST_OFF, verdicts};
use crate::run::Keep;
use crate::summary::Summary;
use crate::workload::Workload;
use config::{Invalid, what_if};
use program::{Column, Table};

/// More combinations than this take an hour.
pub const COMBINATIONS_MAX: usize = 2000;

/// Waits below this are all the same to anybody, and zero has no logarithm.
const WAIT_MIN: f64 = 0.001;

/// One setting and the values it is to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Varied {
    key: String,
    values: Vec<String>,
}

impl Varied {
    /// Reads `hold=4s,10s`.
    ///
    /// # Errors
    /// Where it is not of that form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, values) = text
            .split_once('=')
            .ok_or("must be a key and its values, such as hold=4s,10s")?;
        let values = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        Ok(Self {
            key: key.trim().to_owned(),
            values,
        })
    }
}

/// What a combination of settings came to, over all workloads and seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The changes of the shipped settings, as `key=value`; none of them is the shipped ones.
    pub changes: Vec<String>,
    /// Figures that reach their aim.
    pub met: usize,
    /// Figures in all.
    pub figures: usize,
    /// The geometric mean of the p99 waits: a workload counts by its factor.
    pub wait_p99_seconds: f64,
    /// The mean of the worker-seconds as multiples of the floor.
    pub cost_ratio: f64,
    /// Workers moved, in all.
    pub workers_moved: u64,
    /// Messages taken by kills, and busy workers drained, in all.
    pub busy_disturbed: u64,
}

/// The shipped settings, and every combination of the values.
///
/// # Errors
/// With how many there would be, where they are more than [`COMBINATIONS_MAX`].
pub fn combinations(varied: &[Varied]) -> Result<Vec<Vec<String>>, usize> {
    let count = varied
        .iter()
        .fold(1_usize, |count, one| count.saturating_mul(one.values.len()));
    if count > COMBINATIONS_MAX {
        return Err(count);
    }
    let mut all = vec![Vec::new()];
    for Varied { key, values } in varied {
        all = all
            .into_iter()
            .flat_map(|changes: Vec<String>| {
                values.iter().map(move |value| {
                    let mut changes = changes.clone();
                    changes.push(format!("{key}={value}"));
                    changes
                })
            })
            .collect();
    }
    if !varied.is_empty() {
        all.insert(0, Vec::new());
    }
    Ok(all)
}

/// The shipped settings, and each value alone, with everything else as it is shipped.
///
/// # Errors
/// With how many there would be, where they are more than [`COMBINATIONS_MAX`].
pub fn one_at_a_time(varied: &[Varied]) -> Result<Vec<Vec<String>>, usize> {
    let count = varied.iter().map(|one| one.values.len()).sum();
    if count > COMBINATIONS_MAX {
        return Err(count);
    }
    let change = |Varied { key, values }: &Varied| {
        let change = |value: &String| vec![format!("{key}={value}")];
        values.iter().map(change).collect::<Vec<_>>()
    };
    Ok(std::iter::once(Vec::new())
        .chain(varied.iter().flat_map(change))
        .collect())
}

/// Scores each combination on all of the workloads, which `workloads` makes from a seed, and with
/// each of the seeds, in the order given.
///
/// # Errors
/// Where a combination is no valid setting.
pub fn tune(
    combinations: &[Vec<String>],
    workloads: impl Fn(u64) -> Vec<Workload>,
    seeds: &[u64],
    mut watch: impl FnMut(Advance),
) -> Result<Vec<Score>, Invalid> {
    let mut sums: Vec<Sum> = combinations.iter().map(|_| Sum::default()).collect();
    for (index, &seed) in seeds.iter().enumerate() {
        let lineups = workloads(seed)
            .into_iter()
            .map(|workload| lineup(workload, combinations))
            .collect::<Result<_, _>>()?;
        let comparison = Comparison {
            lineups,
            seed,
            keep: Keep::Summary,
        };
        let outcomes = comparison.run(|Advance { done, total }| {
            watch(Advance {
                done: total * index as u64 + done,
                total: total * seeds.len() as u64,
            });
        });
        for outcome in &outcomes {
            for (number, sum) in sums.iter_mut().enumerate() {
                sum.add(outcome, number);
            }
        }
    }
    Ok(combinations
        .iter()
        .zip(sums)
        .map(|(changes, sum)| sum.score(changes))
        .collect())
}

/// Sorts what reaches the most aims to the front, and of these what waits the least.
pub fn best_first(scores: &mut [Score]) {
    scores.sort_by(|a, b| {
        let by_wait = a.wait_p99_seconds.total_cmp(&b.wait_p99_seconds);
        b.met.cmp(&a.met).then(by_wait)
    });
}

/// What a combination is called among a lineup's policies.
fn name(number: usize) -> String {
    format!("combination {number}")
}

fn name_fast_off(number: usize) -> String {
    format!("combination {number}, fast off")
}

fn lineup(workload: Workload, combinations: &[Vec<String>]) -> Result<Lineup, Invalid> {
    let mut policies = Policy::all();
    policies.retain(|policy| !is_own(policy.name()));
    let shipped = config_text(&workload);
    for (number, changes) in combinations.iter().enumerate() {
        let mut changes = changes.clone();
        policies.push(Policy::with_settings(
            &name(number),
            what_if(&shipped, &changes)?,
        ));
        changes.push("fast_interval=off".to_owned());
        policies.push(Policy::with_settings(
            &name_fast_off(number),
            what_if(&shipped, &changes)?,
        ));
    }
    Ok(Lineup { workload, policies })
}

/// What a combination has come to so far.
#[derive(Default)]
struct Sum {
    runs: f64,
    met: usize,
    figures: usize,
    wait_log: f64,
    ratio: f64,
    workers_moved: u64,
    busy_disturbed: u64,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome, number: usize) {
        // As if this combination were the only Warren there is.
        let as_warren = |summary: &Summary| {
            let policy = match summary.policy.as_str() {
                policy if policy == name(number) => "warren",
                policy if policy == name_fast_off(number) => FAST_OFF,
                policy if policy.starts_with("combination ") => return None,
                policy => policy,
            };
            let policy = policy.to_owned();
            Some(Summary {
                policy,
                ..summary.clone()
            })
        };
        let runs: Vec<Summary> = outcome
            .runs
            .iter()
            .filter_map(|run| as_warren(&run.summary))
            .collect();
        for is_met in verdicts(&runs) {
            self.figures += 1;
            self.met += usize::from(is_met);
        }
        let Some(own) = runs.iter().find(|run| run.policy == "warren") else {
            return;
        };
        self.runs += 1.0;
        self.wait_log += own.wait_p99_seconds.max(WAIT_MIN).ln();
        self.ratio += report::ratio(own);
        self.workers_moved += own.workers_moved;
        self.busy_disturbed += own.busy_killed + own.busy_drained;
    }

    fn score(self, changes: &[String]) -> Score {
        Score {
            changes: changes.to_vec(),
            met: self.met,
            figures: self.figures,
            wait_p99_seconds: (self.wait_log / self.runs.max(1.0)).exp(),
            cost_ratio: self.ratio / self.runs.max(1.0),
            workers_moved: self.workers_moved,
            busy_disturbed: self.busy_disturbed,
        }
    }
}

/// A line a combination, in the order given.
#[must_use]
pub fn table(scores: &[Score]) -> String {
    let numbers = [Column::right(0); 5];
    let mut table = Table::new(numbers.into_iter().chain([Column::left(0)]), 3);
    table.row([
        "figures reached",
        "wait p99 s",
        "of the floor",
        "workers moved",
        "busy disturbed",
        "settings",
    ]);
    for score in scores {
        table.row([
            format!("{} of {}", score.met, score.figures),
            report::seconds(score.wait_p99_seconds),
            format!("{:.3} x", score.cost_ratio),
            score.workers_moved.to_string(),
            score.busy_disturbed.to_string(),
            match score.changes.as_slice() {
                [] => "as shipped".to_owned(),
                changes => changes.join(" "),
            },
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    fn varied(texts: &[&str]) -> Vec<Varied> {
        texts
            .iter()
            .map(|text| Varied::parse(text).unwrap())
            .collect()
    }

    #[test]
    fn every_combination_is_tried_and_the_shipped_settings_too() {
        let all = combinations(&varied(&["hold=4s,10s", "max=3, 4"])).unwrap();
        assert_eq!(
            all,
            [
                vec![],
                vec!["hold=4s".to_owned(), "max=3".to_owned()],
                vec!["hold=4s".to_owned(), "max=4".to_owned()],
                vec!["hold=10s".to_owned(), "max=3".to_owned()],
                vec!["hold=10s".to_owned(), "max=4".to_owned()],
            ]
        );
        assert_eq!(combinations(&[]).unwrap(), [Vec::<String>::new()]);
        let many = vec!["max=1,2,3,4,5,6,7,8,9,10"; 4];
        assert_eq!(combinations(&varied(&many)), Err(10_000));
        assert!(Varied::parse("hold").is_err());
    }

    #[test]
    fn one_at_a_time_leaves_everything_else_as_it_is_shipped() {
        assert_eq!(
            one_at_a_time(&varied(&["hold=4s,10s", "max=3"])).unwrap(),
            [
                vec![],
                vec!["hold=4s".to_owned()],
                vec!["hold=10s".to_owned()],
                vec!["max=3".to_owned()],
            ]
        );
    }

    #[test]
    fn a_fleet_that_is_kept_too_small_scores_worse_than_the_shipped_one() {
        let bursts = |seed| workloads::named("bursts", seed).unwrap();
        let all = [vec!["max=2".to_owned()], vec![]];
        let mut scores = tune(&all, bursts, &[1, 2], |_| {}).unwrap();
        assert_eq!(scores[0].changes, all[0]);
        best_first(&mut scores);
        assert_eq!(scores[0].changes, Vec::<String>::new());
        assert!(scores[0].met > scores[1].met && scores[0].figures == scores[1].figures);
        assert!(scores[0].wait_p99_seconds < scores[1].wait_p99_seconds);
        assert!(scores[1].workers_moved < scores[0].workers_moved);
        assert_eq!(table(&scores).lines().count(), 3);
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        let bursts = |seed| workloads::named("bursts", seed).unwrap();
        let all = combinations(&varied(&["holt=4s"])).unwrap();
        let error = tune(&all, bursts, &[1], |_| {}).unwrap_err();
        assert!(
            error.to_string().contains("did you mean `hold`?"),
            "{error}"
        );
    }
}
