//! That the shipped workloads are what they say.

use super::*;

#[test]
fn each_workload_in_numbers() {
    let lines: String = all(1)
        .iter()
        .map(|workload| {
            format!(
                "{:<12} {:>6.0} messages, {:>5.1} of {:>3} workers on average, {}\n",
                workload.name,
                workload.rate.messages(),
                workload.rate.mean() / workload.worker_rate(),
                workload.max,
                workload.about,
            )
        })
        .collect();
    insta::assert_snapshot!(lines);
}

#[test]
fn max_is_twice_what_the_peak_needs() {
    for workload in all(1) {
        assert_eq!(
            workload.max,
            2 * workload.workers_peak(),
            "{}",
            workload.name
        );
    }
    // 1,500 msg/s of 200 msg/s each are 7.5, so 8 workers.
    assert_eq!(bursts().max, 16);
}

#[test]
fn bursts_are_the_producers() {
    let scenario: toml::Table =
        toml::from_str(include_str!("../../../producer/scenarios/bursts.toml")).unwrap();
    let number = |value: &toml::Value| match value {
        toml::Value::Integer(number) => f64::from(i32::try_from(*number).unwrap()),
        toml::Value::String(text) => text.trim_end_matches('s').parse().unwrap(),
        other => panic!("{other} is no number"),
    };
    let mut now = 0.0;
    let mut points = Vec::new();
    for phase in scenario["phase"].as_array().unwrap() {
        let end = now + number(&phase["duration"]);
        match phase.get("shape").and_then(toml::Value::as_str) {
            None => points.extend([(now, number(&phase["rate"])), (end, number(&phase["rate"]))]),
            Some("ramp") => {
                points.extend([(now, number(&phase["from"])), (end, number(&phase["to"]))]);
            }
            Some("onoff") => {
                while now < end {
                    for (rate, held) in [(number(&phase["rate"]), "on"), (0.0, "off")] {
                        points.push((now, rate));
                        now += number(&phase[held]);
                        points.push((now, rate));
                    }
                }
            }
            Some(other) => panic!("a new shape: {other}"),
        }
        now = end;
    }
    points.dedup();
    let bursts = bursts();
    assert_eq!(bursts.rate, RateSeries::try_new(points).unwrap());
    assert_eq!(bursts.rate.walk(bursts.process, 1).count(), 19_900);
}

#[test]
fn a_name_finds_its_workload_and_a_familys_name_all_of_it() {
    let names = |name| {
        let found = named(name, 1).unwrap();
        found
            .into_iter()
            .map(|workload| workload.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("sine"), ["sine"]);
    assert_eq!(names("poisson"), ["poisson-5", "poisson-20", "poisson-100"]);
    assert_eq!(names("stale"), ["stale-5", "stale-10", "stale-30"]);
}

#[test]
fn a_workload_that_is_asked_for_twice_is_there_once() {
    let names = ["poisson-20", "poisson", "sine", "sine"].map(str::to_owned);
    let found = named_all(&names, 1).unwrap();
    let found: Vec<&str> = found.iter().map(|workload| &*workload.name).collect();
    assert_eq!(found, ["poisson-20", "poisson-5", "poisson-100", "sine"]);
}

#[test]
fn a_name_that_is_not_known_gets_the_nearest_one() {
    let message = |name| named(name, 1).unwrap_err().to_string();
    assert_eq!(
        message("burst"),
        "no workload is named \"burst\": did you mean \"bursts\"?"
    );
    insta::assert_snapshot!(message("nothing-like-it"));
}
