mod cleanup;
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
    15 problems in the scenario mine.toml
      line 2: name = "": must be a string that is not empty
      line 3: sed: no such key; did you mean `seed`?
      line 4: reply = "yes": must be true or false
      line 7: payload.inputs: no such key; did you mean `input`?
      line 10: phase[0].rate = -5: a rate is between 0 and 100000000 messages per second
      line 11: phase[0].duration = "15": must be a duration with a unit, in quotes, from "1ns" to "7days"
      line 13: phase[1].to: must be given: messages per second, such as 285
      line 15: phase[1].rate: no such key; there are: shape, from, to, duration
      line 17: phase[1].duration = 15: must be a duration with a unit, in quotes, from "1ns" to "7days"
      line 20: phase[2].shape = "onof": must be "constant" or "ramp" or "spike" or "square" or "sine" or "onoff" or "flood"; did you mean "onoff"?
      line 24: phase[3].messages = 0: must be a whole number from 1 to 100000000
      line 28: phase[4].rate = "fast": must be a number
      line 30: phase[4].off = "0s": must be a duration with a unit, in quotes, from "1ns" to "7days"
      line 31: phase[4].duration = "8 fortnights": must be a duration with a unit, in quotes, from "1ns" to "7days"
      line 32: phase[4].colour: no such key; there are: shape, rate, on, off, holding, duration
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
    insta::assert_snapshot!(complaint("seed = 3\n"), @"
    2 problems in the scenario mine.toml
      name: must be given: it stands in reports
      phase: must be given: one [[phase]] at least, or a trace
    ");
    insta::assert_snapshot!(complaint("name = \"x\"\nphase = 3\n"), @"
    1 problem in the scenario mine.toml
      line 2: phase = 3: must be up to 1000 tables, each under [[phase]] in double brackets
    ");
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    insta::assert_snapshot!(complaint("name = \"x\"\n[[phase]\nrate = 1\n"), @"
    1 problem in the scenario mine.toml
      line 2: column 9: not TOML: unclosed array table, expected `]`
        2 | [[phase]
          |         ^
    ");
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
