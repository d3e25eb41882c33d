//! The picture of a comparison: a panel a policy with what happened over time, and below them what
//! each policy's waits cost.

use super::panels;
use super::pareto;
use crate::run::Run;
use crate::workload::Workload;
use anyhow::{Context as _, Result};

/// Of the whole picture.
const WIDTH: u32 = 1260;
/// Of the title and the legend.
const TITLE_HEIGHT: u32 = 70;
/// Of the picture of waits and costs.
const PARETO_HEIGHT: u32 = 720;

/// The picture of one workload's runs, in their order, as SVG. The runs must have kept their series.
pub fn draw(workload: &Workload, runs: &[Run]) -> Result<String> {
    let height = TITLE_HEIGHT + panels::height(runs.len()) + PARETO_HEIGHT;
    chart::svg((WIDTH, height), |picture| {
        picture.whiten()?;
        let (title, rest) = picture.split(TITLE_HEIGHT);
        let (middle, below) = rest.split(panels::height(runs.len()));
        title.titled(&format!("{}: {}", workload.name, workload.about), 22)?;
        panels::legend(&title)?;
        panels::paint(&middle, workload, runs)?;
        pareto::paint(&below, runs)
    })
    .with_context(|| format!("draw {}", workload.name))
}

#[cfg(test)]
mod tests {
    use super::super::files::tests::run as summary;
    use super::*;
    use crate::series::Moment;

    fn run(policy: &str, wait_p99: f64, worker_seconds: f64, seconds: u32) -> Run {
        let moment = |second: u32| Moment {
            seconds: f64::from(second),
            arrival_rate: if second < 20 { 200.0 } else { 1500.0 },
            backlog: u64::from(second * second),
            workers: second / 5,
            desired: second / 4,
        };
        Run {
            summary: summary(policy, wait_p99, worker_seconds),
            series: (0..seconds).map(moment).collect(),
            decisions: Vec::new(),
            violation: None,
        }
    }

    #[test]
    fn the_picture_has_every_policy_axis_unit_and_legend() {
        let workload = crate::workloads::named("bursts", 1).unwrap().remove(0);
        let runs = [
            run("warren", 0.0, 120.0, 45),
            run("keda-default", 71.2, 180.0, 2000),
            run("static-peak", 0.4, 900.0, 50),
            run("floor", 0.01, 100.0, 0),
        ];
        let svg = draw(&workload, &runs).unwrap();
        for text in [
            "bursts: the producer",
            "arrival rate (msg/s, right)",
            "workers (left)",
            "backlog (messages)",
            "wait p99",
            "of the floor",
            "best trade-offs",
        ] {
            assert!(svg.contains(text), "{text} is missing");
        }
        for run in &runs {
            assert_eq!(
                svg.matches(&format!("\n{}\n<", run.summary.policy)).count(),
                2,
                "{}",
                run.summary.policy
            );
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn no_runs_and_runs_of_nothing_still_draw() {
        let workload = crate::workloads::named("sine", 1).unwrap().remove(0);
        draw(&workload, &[]).unwrap();
        let mut nothing = run("warren", 0.0, 0.0, 1);
        nothing.summary.floor_worker_seconds = 0.0;
        draw(&workload, &[nothing]).unwrap();
    }
}
