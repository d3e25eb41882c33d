//! What Warren aims at, and whether a workload's runs reach it.

use crate::policies::{FLOOR, is_own};
use crate::report::{ratio, seconds};
use crate::summary::Summary;

/// One aim; what it asks for is said in docs/results.template.md.
pub(super) struct Aim {
    /// Its name in the template.
    pub(super) key: &'static str,
    /// What came of it; `None` where it asks nothing of the workload.
    pub(super) judge: fn(&Sides<'_>) -> Option<Verdict>,
}

/// What came of an aim on a workload.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) is_met: bool,
    /// For a table's cell.
    pub(super) figure: String,
    /// For a sentence about a miss.
    pub(super) in_words: String,
}

/// The aims, in the order of the page.
pub(super) const AIMS: [Aim; 10] = [
    Aim {
        key: "wait_tuned",
        judge: |sides| Some(wait(sides.warren, sides.tuned, 5.0)),
    },
    Aim {
        key: "wait_default",
        judge: |sides| Some(wait(sides.warren, sides.keda_default, 20.0)),
    },
    Aim {
        key: "wait_tuned_fast_off",
        judge: |sides| Some(wait(sides.fast_off, sides.tuned, 3.0)),
    },
    Aim {
        key: "wait_default_fast_off",
        judge: |sides| Some(wait(sides.fast_off, sides.keda_default, 10.0)),
    },
    Aim {
        key: "cost_tuned",
        judge: |sides| Some(cost(sides.warren, sides.cheaper_tuned)),
    },
    Aim {
        key: "unbeaten",
        judge: |sides| Some(unbeaten(sides)),
    },
    Aim {
        key: "moved_tuned",
        judge: |sides| Some(moved(sides.warren, sides.tuned)),
    },
    Aim {
        key: "cost_floor",
        judge: near_floor,
    },
    Aim {
        key: "busy_spared",
        judge: |sides| Some(spared(sides.warren)),
    },
    Aim {
        key: "step",
        judge: |sides| near_right(sides.warren),
    },
];

/// Which workloads let a fleet follow closely enough to be held to the floor.
const NEAR_FLOOR: [&str; 4] = ["spike", "ramp", "sine", "day"];

/// At most so many times the floor.
const NEAR_FLOOR_RATIO: f64 = 1.2;

/// A workload's runs, by the part that they play.
pub(super) struct Sides<'r> {
    warren: &'r Summary,
    fast_off: &'r Summary,
    keda_default: &'r Summary,
    /// The tuned KEDA with the shorter p99 wait.
    tuned: &'r Summary,
    /// The tuned KEDA with fewer worker-seconds.
    cheaper_tuned: &'r Summary,
    rivals: Vec<&'r Summary>,
}

impl<'r> Sides<'r> {
    /// `None` where one is missing.
    pub(super) fn of(runs: &'r [Summary], fast_off: &str) -> Option<Self> {
        let run = |name: &str| runs.iter().find(|run| run.policy == name);
        let (one, other) = (run("keda-tuned")?, run("keda-two-triggers")?);
        let is_rival = |run: &&Summary| {
            let name = run.policy.as_str();
            !is_own(name) && name != FLOOR && name != fast_off
        };
        Some(Self {
            warren: run("warren")?,
            fast_off: run(fast_off)?,
            keda_default: run("keda-default")?,
            tuned: if other.wait_p99_seconds < one.wait_p99_seconds {
                other
            } else {
                one
            },
            cheaper_tuned: if other.worker_seconds < one.worker_seconds {
                other
            } else {
                one
            },
            rivals: runs.iter().filter(is_rival).collect(),
        })
    }
}

fn wait(own: &Summary, other: &Summary, times: f64) -> Verdict {
    let (mine, theirs) = (own.wait_p99_seconds, other.wait_p99_seconds);
    Verdict {
        is_met: mine * times <= theirs,
        figure: if mine < theirs {
            part(theirs / mine)
        } else if mine == theirs {
            "1".to_owned()
        } else if mine < 1000.0 * theirs {
            format!("{:.1} x", mine / theirs)
        } else {
            ">999 x".to_owned()
        },
        in_words: format!(
            "{} s, and {} has {} s, so the aim is {} s",
            seconds(mine),
            other.policy,
            seconds(theirs),
            seconds(theirs / times)
        ),
    }
}

/// 1/7.4, and 1/123.
fn part(times: f64) -> String {
    match times {
        t if t < 10.0 => format!("1/{t:.1}"),
        t if t < 1000.0 => format!("1/{t:.0}"),
        _ => "<1/999".to_owned(),
    }
}

fn cost(own: &Summary, other: &Summary) -> Verdict {
    Verdict {
        is_met: own.worker_seconds <= other.worker_seconds,
        figure: format!("{:.2} x", own.worker_seconds / other.worker_seconds),
        in_words: format!(
            "{:.0} worker-seconds, and {} spends {:.0}",
            own.worker_seconds, other.policy, other.worker_seconds
        ),
    }
}

fn unbeaten(sides: &Sides<'_>) -> Verdict {
    let own = sides.warren;
    let beats = |rival: &&&Summary| {
        rival.wait_p99_seconds < own.wait_p99_seconds
            && rival.worker_seconds < own.worker_seconds
            && rival.workers_moved < own.workers_moved
    };
    let better: Vec<&Summary> = sides.rivals.iter().filter(beats).copied().collect();
    let names: Vec<&str> = better.iter().map(|rival| rival.policy.as_str()).collect();
    let figures = |run: &Summary| {
        format!(
            "{} has {} s, {:.0} worker-seconds and {} moved",
            run.policy,
            seconds(run.wait_p99_seconds),
            run.worker_seconds,
            run.workers_moved
        )
    };
    let mut in_words = figures(own);
    for rival in &better {
        in_words += &format!(", {}", figures(rival));
    }
    Verdict {
        is_met: better.is_empty(),
        figure: if better.is_empty() {
            "yes".to_owned()
        } else {
            names.join(", ")
        },
        in_words,
    }
}

fn moved(own: &Summary, other: &Summary) -> Verdict {
    let (mine, theirs) = (own.workers_moved, other.workers_moved);
    Verdict {
        is_met: mine <= theirs,
        figure: format!("{mine} of {theirs}"),
        in_words: format!("{mine} workers moved, and {} moves {theirs}", other.policy),
    }
}

fn near_floor(sides: &Sides<'_>) -> Option<Verdict> {
    let own = sides.warren;
    NEAR_FLOOR
        .contains(&own.workload.as_str())
        .then(|| Verdict {
            is_met: ratio(own) <= NEAR_FLOOR_RATIO,
            figure: format!("{:.2} x", ratio(own)),
            in_words: format!("{:.2} times the floor", ratio(own)),
        })
}

fn spared(own: &Summary) -> Verdict {
    let (killed, drained) = (own.busy_killed, own.busy_drained);
    Verdict {
        is_met: killed == 0 && drained == 0,
        figure: format!("{killed}, {drained}"),
        in_words: format!("{killed} messages taken by kills, and {drained} busy workers drained"),
    }
}

fn near_right(own: &Summary) -> Option<Verdict> {
    let gap = own.step_gap_workers?;
    let side = if gap < 0 { "below" } else { "above" };
    Some(Verdict {
        is_met: gap.abs() <= 1,
        figure: format!("{gap:+}"),
        in_words: format!("{} workers {side} the right number", gap.abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests_support::run;

    fn runs() -> Vec<Summary> {
        vec![
            run("warren", 0.5, 150.0),
            run("fast-off", 2.0, 140.0),
            run("keda-default", 40.0, 400.0),
            run("keda-tuned", 10.0, 160.0),
            run("keda-two-triggers", 5.0, 170.0),
            run("celery", 0.1, 900.0),
            run("floor", 0.0, 100.0),
        ]
    }

    fn verdict(runs: &[Summary], key: &str) -> Option<Verdict> {
        let sides = Sides::of(runs, "fast-off").unwrap();
        let aim = AIMS.iter().find(|aim| aim.key == key).unwrap();
        (aim.judge)(&sides)
    }

    #[test]
    fn aims_are_judged_by_the_figures() {
        let runs = runs();
        for (key, is_met, figure) in [
            ("wait_tuned", true, "1/10"),
            ("wait_default", true, "1/80"),
            // 2 s of 5 s are more than a third.
            ("wait_tuned_fast_off", false, "1/2.5"),
            ("wait_default_fast_off", true, "1/20"),
            ("cost_tuned", true, "0.94 x"),
            ("unbeaten", true, "yes"),
            ("moved_tuned", true, "42 of 42"),
            ("busy_spared", true, "0, 0"),
        ] {
            let verdict = verdict(&runs, key).unwrap();
            assert_eq!(
                (verdict.is_met, verdict.figure.as_str()),
                (is_met, figure),
                "{key}"
            );
        }
        assert_eq!(
            verdict(&runs, "cost_floor"),
            None,
            "bursts is not held to the floor"
        );
        assert_eq!(
            verdict(&runs, "wait_tuned_fast_off").unwrap().in_words,
            "2.000 s, and keda-two-triggers has 5.000 s, so the aim is 1.667 s"
        );
    }

    #[test]
    fn a_rival_beats_by_being_better_in_all_three() {
        let mut runs = runs();
        let calm = Summary {
            workers_moved: 7,
            ..run("knative", 0.4, 149.0)
        };
        runs.push(calm);
        assert_eq!(verdict(&runs, "unbeaten").unwrap().figure, "knative");
        runs[7].worker_seconds = 151.0;
        assert!(verdict(&runs, "unbeaten").unwrap().is_met);
    }

    #[test]
    fn a_step_is_judged_where_there_was_one() {
        let mut runs = runs();
        for (gap, expected) in [
            (None, None),
            (Some(0), Some((true, "+0"))),
            (Some(-1), Some((true, "-1"))),
            (Some(2), Some((false, "+2"))),
        ] {
            runs[0].step_gap_workers = gap;
            let verdict = verdict(&runs, "step");
            let judged = verdict
                .as_ref()
                .map(|one| (one.is_met, one.figure.as_str()));
            assert_eq!(judged, expected);
        }
    }

    #[test]
    fn without_any_wait_nobody_divides_by_it() {
        let mut runs = runs();
        runs[0].wait_p99_seconds = 0.0;
        assert_eq!(verdict(&runs, "wait_tuned").unwrap().figure, "<1/999");
        runs[4].wait_p99_seconds = 0.0;
        assert!(verdict(&runs, "wait_tuned").unwrap().is_met);
        runs[0].wait_p99_seconds = 0.1;
        assert_eq!(verdict(&runs, "wait_tuned").unwrap().figure, ">999 x");
    }
}
