mod messages;
mod phases;
mod shipped;
mod trace;

use super::*;

fn complaint(text: &str) -> String {
    Scenario::parse(text, Path::new("mine.toml"))
        .unwrap_err()
        .to_string()
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
    insta::assert_snapshot!(Scenario::find("no/such.toml").unwrap_err(), @r#"no scenario named "no/such.toml" is shipped and no such file exists: shipped are bursts, reference, flood, warmup, endurance, spikes, users, day"#);
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
      mine.toml:10: rate of phase 1: -5 is out of range: a rate is between 0 and 100000000 messages per second
      mine.toml:11: duration of phase 1: "15" is no duration with a unit, as "15s" or "200ms"
      mine.toml:13: to of phase 2 is missing: messages per second, as 285
      mine.toml:15: unknown key rate of phase 2: expected one of shape, from, to, duration
      mine.toml:17: duration of phase 2: expected a duration with a unit, as "15s" or "200ms", found the number 15
      mine.toml:20: shape of phase 3: "onof" is unknown: did you mean "onoff"?
      mine.toml:24: messages of phase 4: 0 is not between 1 and 100000000
      mine.toml:28: rate of phase 5: expected a number, found the text "fast"
      mine.toml:30: off of phase 5: "0s" is not longer than 0s and at most 7days
      mine.toml:31: duration of phase 5: "8 fortnights" is no duration with a unit, as "15s" or "200ms"
      mine.toml:32: unknown key colour of phase 5: expected one of shape, rate, on, off, holding, duration
    "#);
}

#[test]
fn another_seed_draws_another_scenario() {
    let text = "name = \"x\"\narrivals = \"poisson\"\n[[phase]]\nrate = 100\nduration = \"9s\"\n";
    let mut scenario = Scenario::parse(text, Path::new("mine.toml")).unwrap();
    let before = scenario.clone();
    scenario.reseed(2);
    assert_ne!(before.load.messages(), scenario.load.messages());
    scenario.reseed(1);
    assert_eq!(before, scenario);
}

#[test]
fn a_scenario_without_phases_or_name_is_none() {
    insta::assert_snapshot!(complaint("seed = 3\n"), @r#"
    the scenario can't be used
      mine.toml:1: name is missing: it stands in reports
      mine.toml:1: [[phase]] is missing: a scenario has at least one, or a trace
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
fn every_example_of_the_manual_can_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let rates = "seconds,rate\n0,100\n60,400\n";
    std::fs::write(directory.path().join("rates.csv"), rates).unwrap();
    let path = directory.path().join("example.toml");
    let page = include_str!("../../../../docs/scenarios.md");
    let examples: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    // What is no whole scenario is a part of one.
    let complete = |example: &str| {
        let mut text = String::new();
        if !example.contains("name = ") {
            text.push_str("name = \"example\"\n");
        }
        text.push_str(example);
        if !example.contains("[[phase]]") && !example.contains("trace = ") {
            text.push_str("[[phase]]\nrate = 1\nduration = \"1s\"\n");
        }
        text
    };
    let mut shapes = Vec::new();
    for example in &examples {
        let scenario = Scenario::parse(&complete(example), &path)
            .unwrap_or_else(|error| panic!("{error} in\n{example}"));
        if let Load::Open(schedule) = scenario.load {
            shapes.extend(schedule.phases().iter().map(std::mem::discriminant));
        }
    }
    // An example for each: constant, counted, ramp, spike, square, sine, onoff, trace and flood.
    let mut different = Vec::new();
    for shape in shapes {
        if !different.contains(&shape) {
            different.push(shape);
        }
    }
    assert_eq!(different.len(), 9, "every shape has an example");

    let lunch = Scenario::parse(examples[0], &path).unwrap();
    // 20·60 + 210·30 + bursts of 2 s in 7 s for a minute + 10,000
    let expected = 1200 + 6300 + 18_000 + 10_000;
    assert_eq!(lunch.load.messages(), Some(expected));
    let book = directory.path().join("book.txt");
    assert_eq!(lunch.payload, Payload::Lines(book));
}
