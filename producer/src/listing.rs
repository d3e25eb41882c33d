//! The list of shipped scenarios.

use crate::rate::Rate;
use crate::scenario::{Scenario, shipped};
use serde::Serialize;

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

/// A line each.
#[must_use]
pub fn text() -> String {
    let line = |entry: Entry| {
        let Entry {
            name,
            about,
            messages,
            ..
        } = entry;
        let messages = messages.map_or("?".to_owned(), |messages| messages.to_string());
        format!("{name:<12}{messages:>8} messages  {about}\n")
    };
    shipped().into_iter().map(entry).map(line).collect()
}

/// One JSON object on one line.
#[must_use]
pub fn json() -> String {
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
        bursts         19900 messages  45 s between 0 and 1,500 msg/s: a swell, a hard burst, silence, short bursts
        reference      23370 messages  the reference's minute: 0, 1, 2, 3, 1, 2, 0, 1 publishers of 285 msg/s
        flood          60000 messages  60,000 messages as fast as they go
        "#);
    }

    #[test]
    fn machines_get_an_object() {
        insta::assert_snapshot!(json(), @r#"{"schema":1,"scenarios":[{"name":"bursts","about":"45 s between 0 and 1,500 msg/s: a swell, a hard burst, silence, short bursts","messages":19900,"duration_seconds":45.0,"rate_peak":1500.0},{"name":"reference","about":"the reference's minute: 0, 1, 2, 3, 1, 2, 0, 1 publishers of 285 msg/s","messages":23370,"duration_seconds":60.0,"rate_peak":855.0},{"name":"flood","about":"60,000 messages as fast as they go","messages":60000,"duration_seconds":0.0,"rate_peak":null}]}"#);
    }
}
