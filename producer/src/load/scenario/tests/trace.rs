//! Recorded rates.

use super::super::*;
use std::time::Duration;

/// A scenario beside a trace, and what becomes of it.
fn with_trace(rows: &str, trace: &str) -> Result<Scenario, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("rates.csv"), rows).unwrap();
    let path = directory.path().join("mine.toml");
    let text = format!("name = \"x\"\ntrace = {trace}\n");
    Scenario::parse(&text, &path).map_err(|error| {
        let error = error.to_string();
        error.replace(directory.path().to_str().unwrap(), "DIR")
    })
}

#[test]
fn a_trace_is_linear_between_its_rows() {
    // Unix times, another column, an empty line, a step, and columns in an order of their own.
    let rows = "queue,rate,seconds\nwork,0,1760000000\n\nwork,100,1760000010\n\
                work,20,1760000010\nwork,20,1760000030\n";
    let load = with_trace(rows, "\"rates.csv\"").unwrap().load;
    assert_eq!(load.messages(), Some(500 + 400));
    assert_eq!(load.duration(), Duration::from_secs(30));
    assert_eq!(load.rate_peak().unwrap().to_string(), "100 msg/s");

    let table = "{ file = \"rates.csv\", speed = 10, scale = 0.5 }";
    let load = with_trace(rows, table).unwrap().load;
    assert_eq!(load.messages(), Some(45));
    assert_eq!(load.duration(), Duration::from_secs(3));
    assert_eq!(load.rate_peak().unwrap().to_string(), "50 msg/s");
}

#[test]
fn mistakes_of_a_trace_are_shown_with_both_files_and_lines() {
    let name = "\"rates.csv\"";
    let rows = "seconds,rate\n0,5\n10,fast\n\n20\n";
    insta::assert_snapshot!(with_trace(rows, name).unwrap_err(), @r#"
    2 problems in the scenario DIR/mine.toml
      line 2: trace: DIR/rates.csv:3: rate is "fast", which is no number
      line 2: trace: DIR/rates.csv:5: has 1 column where line 1 has 2
    "#);
    let complaints: String = [
        "\"none.csv\"",
        "3",
        "{ files = \"rates.csv\", speed = 0, scale = 2e9 }",
    ]
    .map(|trace| with_trace("", trace).unwrap_err() + "\n")
    .concat();
    insta::assert_snapshot!(complaints, @r#"
    1 problem in the scenario DIR/mine.toml
      line 2: trace: DIR/none.csv: can't be read: No such file or directory (os error 2)
    1 problem in the scenario DIR/mine.toml
      line 2: trace = 3: must be a string that is not empty
    4 problems in the scenario DIR/mine.toml
      line 2: trace.file: must be given: such as "rates.csv"
      line 2: trace.speed = 0: must be a number above 0 and at most 1000000
      line 2: trace.scale = 2e9: must be a number above 0 and at most 1000000
      line 2: trace.files: no such key; did you mean `file`?
    "#);
}
