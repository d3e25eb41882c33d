//! Each fault, and what becomes of the run.

use super::super::*;
use super::{at, run_named, workload};
use crate::workload::Fault;
use policy::Reason;
use traffic::RateSeries;

#[test]
fn in_an_outage_nothing_is_lowered_and_every_look_fails() {
    let points = vec![(0.0, 200.0), (15.0, 200.0), (15.0, 0.0), (60.0, 0.0)];
    let (from, until) = (at(11_000), at(41_000));
    let workload = Workload {
        rate: RateSeries::try_new(points).unwrap(),
        max: 20,
        faults: vec![Fault::Outage { from, until }],
        ..workload()
    };
    let run = run_named(&workload, "warren");
    let (without_data, with_data): (Vec<_>, Vec<_>) = run
        .decisions
        .iter()
        .partition(|decision| from <= decision.at && decision.at < until);
    assert!(without_data.len() >= 15);
    assert!(
        without_data
            .iter()
            .all(|decision| decision.reason == Reason::NoData)
    );
    assert!(
        with_data
            .iter()
            .all(|decision| decision.reason != Reason::NoData)
    );
    let desired = without_data[0].desired;
    assert!(
        desired >= 10
            && without_data
                .iter()
                .all(|decision| decision.desired == desired)
    );
    assert_eq!(run.series.last().unwrap().workers, 0);
}

#[test]
fn what_is_seen_late_is_acted_on_late() {
    let late = Workload {
        faults: vec![Fault::Late(at(10_000))],
        ..workload()
    };
    let enough_after = |workload| run_named(workload, "warren").summary.enough_workers_seconds;
    let (on_time, late) = (
        enough_after(&workload()).unwrap(),
        enough_after(&late).unwrap(),
    );
    assert!(
        (8.0..=12.0).contains(&(late - on_time)),
        "{on_time}, {late}"
    );
}

#[test]
fn one_look_is_absurd_and_the_next_is_not() {
    let workload = Workload {
        faults: vec![Fault::Absurd {
            at: at(20_000),
            factor: 1000,
        }],
        ..workload()
    };
    let run = run_named(&workload, "warren");
    let rates = run.decisions.iter().map(|decision| {
        let rate = decision.observation.arrival_rate;
        (decision.at, rate.map_or(0.0, policy::Rate::per_second))
    });
    let absurd: Vec<Duration> = rates
        .filter(|&(_, rate)| rate > 50_000.0)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(absurd.len(), 1, "{absurd:?}");
    assert!((at(20_000)..=at(22_000)).contains(&absurd[0]));
}

#[test]
fn workers_that_crash_lose_nothing_and_are_replaced() {
    let workload = Workload {
        faults: vec![Fault::Crashes { every: at(10_000) }],
        ..workload()
    };
    for policy in ["warren", "keda-tuned", "floor"] {
        let summary = run_named(&workload, policy).summary;
        assert_eq!(
            (summary.unfinished, summary.busy_killed),
            (0, 0),
            "{policy}"
        );
        assert!(summary.workers_moved > 20, "{policy}: {summary:?}");
    }
}
