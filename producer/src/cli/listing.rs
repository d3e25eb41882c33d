//! The list of shipped scenarios.

use crate::load::scenario::{Scenario, shipped};
use serde::Serialize;
use std::time::Duration;
use traffic::Rate;

/// One scenario for machines; the field names are the keys of the JSON object.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    about: String,
    messages: Option<u64>,
    duration_seconds: f64,
    rate_peak: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Listing {
    schema: u32,
    scenarios: Vec<Entry>,
}

fn entry(scenario: Scenario) -> Entry {
    Entry {
        messages: scenario.load.messages(),
        duration_seconds: scenario.load.duration().as_secs_f64(),
        rate_peak: scenario.load.rate_peak().map(Rate::per_second),
        name: scenario.name,
        about: scenario.about,
    }
}

#[must_use]
pub(super) fn text() -> String {
    let line = |scenario: Scenario| {
        let Scenario {
            name, about, load, ..
        } = scenario;
        // Clients send when they are free, and a flood goes as fast as it can: nobody knows.
        let messages = match load.messages() {
            Some(messages) => format!("{messages} messages"),
            None => "depends".to_owned(),
        };
        let duration = match load.duration() {
            Duration::ZERO => "-".to_owned(),
            duration => humantime::format_duration(duration).to_string(),
        };
        let peak = match load.rate_peak() {
            Some(peak) => format!("up to {peak}"),
            None => "-".to_owned(),
        };
        format!("{name:<10} {messages:>15}  {duration:>7}  {peak:<16}  {about}\n")
    };
    shipped().into_iter().map(line).collect()
}

/// One JSON object on one line.
#[must_use]
pub(super) fn json() -> String {
    let listing = Listing {
        schema: 1,
        scenarios: shipped().into_iter().map(entry).collect(),
    };
    let json = serde_json::to_string(&listing)
        .expect("names, texts and finite numbers are always written");
    json + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_has_a_line() {
        insta::assert_snapshot!(text(), @r#"
        bursts      19900 messages      45s  up to 1500 msg/s  45 s between 0 and 1,500 msg/s: a swell, a hard burst, silence, short bursts
        reference   23370 messages       1m  up to 855 msg/s   the reference's minute: 0, 1, 2, 3, 1, 2, 0, 1 publishers of 285 msg/s
        flood       60000 messages        -  -                 60,000 messages as fast as they go
        warmup     105000 messages   4m 30s  up to 800 msg/s   a rise to 200 msg/s, a minute there, a steeper rise to 800, a minute there, and down
        endurance  360000 messages      30m  up to 200 msg/s   200 msg/s for half an hour
        spikes     143500 messages   7m 30s  up to 600 msg/s   two bursts of 2 minutes at 600 msg/s, with a fall to 50 between
        users              depends   3m 10s  -                 5, 10, 20, 50 and 100 users for 30 s each, who wait for their replies, with pauses
        day        346295 messages      24m  up to 400 msg/s   a day's curve in 24 minutes: 20 msg/s at night, 400 at work, a dip at lunch
        "#);
    }

    #[test]
    fn the_manual_shows_the_list_as_it_is() {
        let page = include_str!("../../../docs/scenarios.md");
        assert!(page.contains(&text()), "docs/scenarios.md has another list");
    }

    #[test]
    fn machines_get_an_object() {
        insta::assert_snapshot!(json(), @r#"{"schema":1,"scenarios":[{"name":"bursts","about":"45 s between 0 and 1,500 msg/s: a swell, a hard burst, silence, short bursts","messages":19900,"duration_seconds":45.0,"rate_peak":1500.0},{"name":"reference","about":"the reference's minute: 0, 1, 2, 3, 1, 2, 0, 1 publishers of 285 msg/s","messages":23370,"duration_seconds":60.0,"rate_peak":855.0},{"name":"flood","about":"60,000 messages as fast as they go","messages":60000,"duration_seconds":0.0,"rate_peak":null},{"name":"warmup","about":"a rise to 200 msg/s, a minute there, a steeper rise to 800, a minute there, and down","messages":105000,"duration_seconds":270.0,"rate_peak":800.0},{"name":"endurance","about":"200 msg/s for half an hour","messages":360000,"duration_seconds":1800.0,"rate_peak":200.0},{"name":"spikes","about":"two bursts of 2 minutes at 600 msg/s, with a fall to 50 between","messages":143500,"duration_seconds":450.0,"rate_peak":600.0},{"name":"users","about":"5, 10, 20, 50 and 100 users for 30 s each, who wait for their replies, with pauses","messages":null,"duration_seconds":190.0,"rate_peak":null},{"name":"day","about":"a day's curve in 24 minutes: 20 msg/s at night, 400 at work, a dip at lunch","messages":346295,"duration_seconds":1440.0,"rate_peak":400.0}]}"#);
    }
}
