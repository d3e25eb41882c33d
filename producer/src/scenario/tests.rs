use super::*;
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
