use super::*;
use crate::load::{Crowd, Until};
use broker::HeaderValue;
use std::time::Duration;

fn complaint(text: &str) -> String {
    Scenario::parse(text, Path::new("mine.toml"))
        .unwrap_err()
        .to_string()
}

#[test]
fn every_shipped_scenario_loads_and_says_what_it_is_for() {
    let shipped = shipped();
    let names: Vec<&str> = shipped
        .iter()
        .map(|scenario| scenario.name.as_str())
        .collect();
    assert_eq!(names, ["bursts", "reference", "flood"]);
    for scenario in &shipped {
        assert!(!scenario.about.is_empty(), "{}", scenario.name);
        assert_eq!(scenario.reply, Reply::Wanted, "{}", scenario.name);
    }
}

#[test]
fn bursts_takes_about_45_seconds_and_peaks_at_1500() {
    let bursts = Scenario::find("bursts").unwrap();
    assert_eq!(bursts.load.duration(), Duration::from_secs(45));
    assert_eq!(bursts.load.rate_peak().unwrap().to_string(), "1500 msg/s");
    // 100·4 + 450·6 + 1500·6 + 300·5 + 1200·3 + 300·9
    assert_eq!(bursts.load.messages(), Some(19_900));
}

#[test]
fn reference_sends_what_its_publishers_send_in_a_minute() {
    let reference = Scenario::find("reference").unwrap();
    assert_eq!(reference.load.duration(), Duration::from_secs(60));
    // Publishers times seconds, of 285 messages per second each.
    let publisher_seconds = 6 + 2 * 4 + 3 * 10 + 10 + 2 * 10 + 8;
    assert_eq!(reference.load.messages(), Some(285 * publisher_seconds));
    // The publishers change at these seconds.
    let mut changes = Vec::new();
    let mut at = Duration::ZERO;
    let Load::Open(schedule) = &reference.load else {
        panic!("an open loop");
    };
    for phase in schedule.phases() {
        at += phase.duration();
        changes.push(at.as_secs());
    }
    assert_eq!(changes, [2, 8, 12, 22, 32, 42, 52, 60]);
}

#[test]
fn flood_is_60_000_messages_at_once() {
    let flood = Scenario::find("flood").unwrap();
    assert_eq!(flood.load.messages(), Some(60_000));
    assert_eq!(flood.load.duration(), Duration::ZERO);
}

#[test]
fn a_file_is_read_with_its_defaults_and_its_input_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.toml");
    let text = "name = \"mine\"\n[payload]\ninput = \"book.txt\"\n[[phase]]\nrate = 2.5\n\
                duration = \"1m 30s\"\n";
    std::fs::write(&path, text).unwrap();

    let scenario = Scenario::find(path.to_str().unwrap()).unwrap();

    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.reply, Reply::Wanted);
    assert_eq!(
        scenario.payload,
        Payload::Lines(directory.path().join("book.txt"))
    );
    assert_eq!(scenario.load.messages(), Some(225));
}

#[test]
fn an_unknown_name_gets_the_nearest_or_the_list() {
    insta::assert_snapshot!(Scenario::find("burst").unwrap_err(), @r#"no scenario named "burst" is shipped and no such file exists: did you mean "bursts"?"#);
    insta::assert_snapshot!(Scenario::find("no/such.toml").unwrap_err(), @r#"no scenario named "no/such.toml" is shipped and no such file exists: shipped are bursts, reference, flood"#);
}

#[test]
fn a_directory_is_no_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let error = Scenario::find(directory.path().to_str().unwrap()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

#[test]
fn every_mistake_is_shown_at_once_with_its_line() {
    let text = r#"
name = ""
sed = 4
reply = "yes"

[payload]
inputs = "book.txt"

[[phase]]
rate = -5
duration = "15"

[[phase]]
shape = "ramp"
rate = 10
from = 1
duration = 15

[[phase]]
shape = "onof"

[[phase]]
shape = "flood"
messages = 0

[[phase]]
shape = "onoff"
rate = "fast"
on = "1s"
off = "0s"
duration = "8 fortnights"
colour = "red"
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:2: name: is empty
      mine.toml:3: unknown key sed: did you mean seed?
      mine.toml:4: reply: expected true or false, found the text "yes"
      mine.toml:7: unknown key inputs of payload: did you mean input?
      mine.toml:10: rate of phase 1: -5 is out of range: a rate is between 0 and 1000000 messages per second
      mine.toml:11: duration of phase 1: "15" is no duration with a unit, as "15s" or "200ms"
      mine.toml:13: to of phase 2 is missing: messages per second, as 285
      mine.toml:15: unknown key rate of phase 2: expected one of shape, from, to, duration
      mine.toml:17: duration of phase 2: expected a duration with a unit, as "15s" or "200ms", found the number 15
      mine.toml:20: unknown shape "onof": did you mean "onoff"?
      mine.toml:24: messages of phase 4: 0 is not between 1 and 100000000
      mine.toml:28: rate of phase 5: expected a number, found the text "fast"
      mine.toml:30: off of phase 5: "0s" is not longer than 0s and at most 7days
      mine.toml:31: duration of phase 5: "8 fortnights" is no duration with a unit, as "15s" or "200ms"
      mine.toml:32: unknown key colour of phase 5: expected one of shape, rate, on, off, duration
    "#);
}

/// A scenario of these phases.
fn phases(text: &str) -> Load {
    let text = format!("name = \"x\"\n{text}");
    Scenario::parse(&text, Path::new("mine.toml")).unwrap().load
}

#[test]
fn phases_with_clients_are_a_closed_loop() {
    let load = phases(
        "[[phase]]\nclients = 10\nrequests = 1000\n[[phase]]\nclients = 0\nduration = \"5s\"\n\
         [[phase]]\nclients = 20\nduration = \"30s\"\n",
    );
    let crowd = |clients, until| Crowd { clients, until };
    let seconds = |seconds| Until::Duration(Duration::from_secs(seconds));
    let expected = [
        crowd(10, Until::Requests(1000)),
        crowd(0, seconds(5)),
        crowd(20, seconds(30)),
    ];
    assert_eq!(load, Load::Closed(expected.to_vec()));
}

#[test]
fn a_phase_can_count_its_messages_out() {
    let load =
        phases("[[phase]]\nrate = 7\nrequests = 100\n[[phase]]\nrate = 1\nduration = \"2s\"\n");
    assert_eq!(load.messages(), Some(102));
    // 100 sevenths of a second, up to the next nanosecond.
    assert_eq!(load.duration(), Duration::from_nanos(16_285_714_286));
}

#[test]
fn mistakes_of_clients_and_counts_are_shown_with_their_lines() {
    let text = r#"
name = "x"
[[phase]]
clients = 10
requests = 5
duration = "5s"
[[phase]]
rate = 5
duration = "5s"
[[phase]]
clients = 0
requests = 7
[[phase]]
clients = 10001
request = 7
[[phase]]
clients = 3
rate = 5
duration = "1s"
[[phase]]
rate = 0
requests = 10
[[phase]]
rate = 0.001
requests = 1_000_000
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:5: requests of phase 1: is one too many beside duration
      mine.toml:7: phase 2 has none and phase 1 has clients: either all phases have clients, who wait for their replies, or none has
      mine.toml:12: requests of phase 3: 0 clients send none; a pause has a duration
      mine.toml:13: duration of phase 4 is missing: a duration, as "15s", or requests, as 1000
      mine.toml:14: clients of phase 4: 10001 is not between 0 and 10000
      mine.toml:15: unknown key request of phase 4: did you mean requests?
      mine.toml:18: unknown key rate of phase 5: expected one of clients, requests, duration
      mine.toml:22: requests of phase 6: at a rate of 0 they never come
      mine.toml:25: requests of phase 7: at 0.001 msg/s they take longer than a week
    "#);
}

#[test]
fn headers_and_persistence_are_read() {
    let text = "name = \"x\"\npersistent = false\n[headers]\ntenant = \"blue\"\nlevel = 3\nshare = 0.5\n\
                retry = false\n[[phase]]\nrate = 1\nduration = \"1s\"\n";
    let scenario = Scenario::parse(text, Path::new("mine.toml")).unwrap();
    assert_eq!(scenario.persistence, Persistence::Transient);
    let headers = &scenario.headers;
    assert_eq!(headers.len(), 4);
    assert_eq!(headers.text("tenant").as_deref(), Some("blue"));
    assert_eq!(headers.integer("level"), Some(3));
    assert_eq!(headers.get("share"), Some(HeaderValue::Float(0.5)));
    assert_eq!(headers.get("retry"), Some(HeaderValue::Truth(false)));
}

#[test]
fn mistakes_of_headers_are_shown_with_their_lines() {
    let long = "n".repeat(256);
    let text = format!(
        "name = \"x\"\npersistent = 2\n[headers]\nwhen = 2026-11-21\nlist = [1]\n\"\" = 5\nwarren-sequence = 5\n\
         {long} = 1\nlarge = \"{}\"\n[[phase]]\nrate = 1\nduration = \"1s\"\n",
        "x".repeat(3000)
    );
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: persistent: expected true or false, found the number 2
      mine.toml:3: headers: 3277 bytes of names and values, at most 3072 fit
      mine.toml:4: header when: expected a text, a number, true or false, found the date 2026-11-21
      mine.toml:5: header list: expected a text, a number, true or false, found a list
      mine.toml:7: header warren-sequence: names that begin with warren- are the producer's
      mine.toml:8: a header name of more than 255 bytes does not go into an AMQP message; shorten it
    "#);
}

#[test]
fn a_flood_comes_last() {
    let text = "name = \"x\"\n[[phase]]\nshape = \"flood\"\nmessages = 5\n[[phase]]\nrate = 1\n\
                duration = \"1s\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:2: phase 1 is a flood, which ends nobody knows when: it has to be the last phase
    "#);
}

#[test]
fn a_scenario_without_phases_or_name_is_none() {
    insta::assert_snapshot!(complaint("seed = 3\n"), @r#"
    the scenario can't be used
      mine.toml:1: name is missing: it stands in reports
      mine.toml:1: [[phase]] is missing: a scenario has at least one
    "#);
    insta::assert_snapshot!(complaint("name = \"x\"\nphase = 3\n"), @r#"
    the scenario can't be used
      mine.toml:2: phase: expected tables headed [[phase]]
    "#);
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    insta::assert_snapshot!(complaint("name = \"x\"\n[[phase]\nrate = 1\n"), @r#"
    the scenario can't be used
      mine.toml:2: unclosed array table, expected `]`
    "#);
}

#[test]
fn a_rate_beyond_reason_is_refused() {
    let text = "name = \"x\"\n[[phase]]\nrate = 99999999999999999999\nduration = \"8d\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:3: rate of phase 1: 100000000000000000000 is out of range: a rate is between 0 and 1000000 messages per second
      mine.toml:4: duration of phase 1: "8d" is not longer than 0s and at most 7days
    "#);
}

#[test]
fn the_example_of_the_manual_can_be_used() {
    let page = include_str!("../../../docs/scenarios.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let scenario = Scenario::parse(example, Path::new("docs/example.toml")).unwrap();
    // 20·60 + 210·30 + bursts of 2 s in 7 s for a minute + 10,000
    assert_eq!(
        scenario.load.messages(),
        Some(1200 + 6300 + 18_000 + 10_000)
    );
    assert_eq!(
        scenario.payload,
        Payload::Lines(PathBuf::from("docs/book.txt"))
    );
}
