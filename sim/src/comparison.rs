//! Many runs at once: every policy on every workload, on all of the machine's cores, with results in
//! the order in which they were asked for.

use crate::policies::{FLOOR, Policy};
use crate::run::{Keep, Options, Run, run};
use crate::workload::Workload;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How often the progress of the runs is told.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Runs to be done.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Each workload has policies of its own, because a policy may know its workload's settings.
    pub lineups: Vec<Lineup>,
    /// What the random streams begin with.
    pub seed: u64,
    pub keep: Keep,
}

/// A workload and the policies that are to deal with it.
#[derive(Clone, Debug)]
pub struct Lineup {
    pub workload: Workload,
    pub policies: Vec<Policy>,
}

/// One workload's runs, in the order of its policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub workload: Workload,
    pub runs: Vec<Run>,
}

/// How far the runs are, in messages and virtual seconds or whatever they are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    pub done: u64,
    pub total: u64,
}

impl Comparison {
    /// Does all runs, and tells `watch` about ten times a second how far they are.
    pub fn run(&self, mut watch: impl FnMut(Advance)) -> Vec<Outcome> {
        let floor = Policy::named(FLOOR).expect("there is a floor");
        let done = AtomicU64::new(0);
        let total = self.lineups.iter().map(Lineup::effort).sum();
        let mut watch = || {
            let done = done.load(Ordering::Relaxed).min(total);
            watch(Advance { done, total });
        };
        // First the floors, because every other run is measured by its workload's.
        let lineups: Vec<&Lineup> = self.lineups.iter().collect();
        let floors = in_parallel(
            &lineups,
            |lineup| self.one(&lineup.workload, &floor, None, &done),
            &mut watch,
        );
        let others: Vec<(&Lineup, &Policy, &Run)> = self
            .lineups
            .iter()
            .zip(&floors)
            .flat_map(|(lineup, floor)| lineup.others().map(move |policy| (lineup, policy, floor)))
            .collect();
        let runs = in_parallel(
            &others,
            |(lineup, policy, floor)| {
                let floor = Some(floor.summary.worker_seconds);
                self.one(&lineup.workload, policy, floor, &done)
            },
            &mut watch,
        );
        let mut runs = runs.into_iter();
        let mut outcome = |(lineup, floor): (&Lineup, &Run)| Outcome {
            workload: lineup.workload.clone(),
            runs: lineup
                .policies
                .iter()
                .filter_map(|policy| match policy.name() {
                    FLOOR => Some(floor.clone()),
                    _ => runs.next(),
                })
                .collect(),
        };
        self.lineups.iter().zip(&floors).map(&mut outcome).collect()
    }

    fn one(
        &self,
        workload: &Workload,
        policy: &Policy,
        floor_worker_seconds: Option<f64>,
        done: &AtomicU64,
    ) -> Run {
        let mut told = 0;
        let mut progress = |now: Duration| {
            let reached = effort(workload, now);
            done.fetch_add(reached - told, Ordering::Relaxed);
            told = reached;
        };
        let options = Options {
            floor_worker_seconds,
            keep: self.keep,
            progress: Some(&mut progress),
            ..Options::default()
        };
        run(workload, policy, self.seed, options)
    }
}

impl Lineup {
    /// All but the floor, which is run for every workload.
    fn others(&self) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(|policy| policy.name() != FLOOR)
    }

    /// What its runs come to.
    fn effort(&self) -> u64 {
        let runs = 1 + self.others().count() as u64;
        effort(&self.workload, self.workload.rate.end()) * runs
    }
}

/// What a run has come to by then: its messages, and its seconds, because policies look at a queue
/// that is silent as well.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a workload's messages and seconds are bounded, and never fewer than none"
)]
fn effort(workload: &Workload, now: Duration) -> u64 {
    let rate = &workload.rate;
    (rate.messages_by(now) + now.min(rate.end()).as_secs_f64()) as u64
}

/// Works on all items, on as many threads as there are cores, and returns the results in the order
/// of the items.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    watch: &mut impl FnMut(),
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if sender.send((index, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(TELL_EVERY) {
                Ok((index, result)) => results[index] = Some(result),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            watch();
        }
    });
    // A thread that panics has taken the scope with it, so nothing is missing here.
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    #[test]
    fn runs_come_back_in_the_order_asked_for_whatever_core_did_them() {
        let policy = |name| Policy::named(name).unwrap();
        let lineup = |name: &str| Lineup {
            workload: workloads::named(name, 1).unwrap().remove(0),
            policies: vec![policy("static-peak"), policy("floor"), policy("warren")],
        };
        let comparison = Comparison {
            lineups: vec![lineup("bursts"), lineup("stale-5")],
            seed: 1,
            keep: Keep::Summary,
        };
        let mut last = None;
        let outcomes = comparison.run(|advance| last = Some(advance));
        for (outcome, name) in outcomes.iter().zip(["bursts", "stale-5"]) {
            assert_eq!(outcome.workload.name, name);
            let policies: Vec<_> = outcome
                .runs
                .iter()
                .map(|run| run.summary.policy.as_str())
                .collect();
            assert_eq!(policies, ["static-peak", "floor", "warren"]);
            for run in &outcome.runs {
                assert_eq!(
                    run.summary.floor_worker_seconds,
                    outcome.runs[1].summary.worker_seconds
                );
            }
        }
        // Two workloads of 19,900 messages within 45 s, three runs each.
        let all = 6 * (19_900 + 45);
        assert_eq!(
            last,
            Some(Advance {
                done: all,
                total: all
            })
        );
        assert_eq!(outcomes, comparison.run(|_| {}));
    }
}
