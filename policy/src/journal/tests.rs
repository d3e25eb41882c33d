//! A journal's text, and what is wrong with it.

use super::{Entry, Header, JournalError, Line, VERSION, entries};
use crate::event::{Activity, Arrivals, Event, Sample, WorkerStatus};
use crate::quantity::WorkerId;
use crate::settings::Settings;
use crate::{Action, Pool};
use std::time::Duration;

fn pool() -> Pool {
    Pool::new(Settings::example())
}

fn header() -> Header {
    Header {
        version: VERSION,
        pool: "filter".to_owned(),
        program: "0.1.0".to_owned(),
        wall_clock: "2026-11-21T09:00:00.25Z".to_owned(),
        at: Duration::from_millis(40),
        lost_lines: 0,
        config: String::new(),
        state: pool(),
    }
}

fn tick() -> Line {
    Line {
        at: Duration::from_millis(12_500),
        event: Event::Tick,
        actions: Vec::new(),
    }
}

fn text(header: &Header, lines: &[Line]) -> String {
    let mut text = serde_json::to_string(header).unwrap() + "\n";
    for line in lines {
        text += &serde_json::to_string(line).unwrap();
        text.push('\n');
    }
    text
}

fn error(text: &str) -> JournalError {
    entries(text).find_map(Result::err).unwrap()
}

#[test]
fn a_line_is_short_and_can_be_read() {
    let status = Line {
        at: Duration::new(12, 345_678_901),
        event: Event::WorkerStatus {
            worker: WorkerId(3),
            status: WorkerStatus {
                activity: Activity::Busy,
                completed: 1234,
                busy: Duration::from_millis(6170),
                in_flight: 50,
            },
        },
        actions: Vec::new(),
    };
    let sampled = Line {
        at: Duration::from_millis(14_001),
        event: Event::Sampled(Sample {
            taken_at: Duration::from_secs(14),
            ready: 100,
            consumers: 1,
            arrivals: Arrivals::Counted {
                messages: 1900,
                over: Duration::from_secs(2),
            },
        }),
        actions: vec![
            Action::Start(WorkerId(4)),
            Action::WakeAt(Duration::from_secs(24)),
        ],
    };

    for (line, expected) in [
        (tick(), r#"{"at":"12.5s","event":"tick"}"#),
        (
            status,
            concat!(
                r#"{"at":"12.345678901s","event":{"worker_status":{"worker":3,"status":"#,
                r#"{"activity":"busy","completed":1234,"busy":"6.17s","in_flight":50}}}}"#
            ),
        ),
        (
            sampled,
            concat!(
                r#"{"at":"14.001s","event":{"sampled":{"taken_at":"14s","ready":100,"#,
                r#""consumers":1,"arrivals":{"counted":{"messages":1900,"over":"2s"}}}},"#,
                r#""actions":[{"start":4},{"wake_at":"24s"}]}"#
            ),
        ),
    ] {
        let written = serde_json::to_string(&line).unwrap();
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_str::<Line>(&written).unwrap(), line);
    }
}

#[test]
fn a_file_is_a_header_and_its_lines() {
    let text = text(&header(), &[tick(), tick()]);

    let mut entries = entries(&text);
    let read: Vec<_> = entries.by_ref().map(Result::unwrap).collect();

    assert!(!entries.is_torn());
    assert_eq!(
        read.iter().map(|entry| entry.line).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let Entry::Header(first) = &read[0].entry else {
        panic!("{read:?}");
    };
    assert_eq!(first.wall_clock, header().wall_clock);
    assert_eq!(format!("{:?}", first.state), format!("{:?}", pool()));
    assert!(matches!(&read[2].entry, Entry::Line(line) if **line == tick()));
}

#[test]
fn files_can_be_put_one_after_the_other() {
    let one = text(&header(), &[tick()]);
    let headers = entries(&format!("{one}\n{one}"))
        .map(Result::unwrap)
        .filter(|entry| matches!(entry.entry, Entry::Header(_)))
        .map(|entry| entry.line)
        .collect::<Vec<_>>();
    assert_eq!(headers, [1, 4]);
}

#[test]
fn a_last_line_that_is_torn_is_left_out_wherever_it_is_torn() {
    let whole = text(&header(), &[tick()]);
    let torn = serde_json::to_string(&tick()).unwrap();
    for end in 1..=torn.len() {
        let text = format!("{whole}{}", &torn[..end]);
        let mut entries = entries(&text);
        assert_eq!(entries.by_ref().map(Result::unwrap).count(), 2);
        assert!(entries.is_torn());
    }
    assert_eq!(entries("").count(), 0);
}

#[test]
fn a_journal_of_another_version_is_refused_with_both() {
    let newer = format!("{{\"version\":{},\"news\":true}}\n", VERSION + 1);
    let error = error(&newer).to_string();
    assert!(
        error.contains("line 1: the journal has version 3"),
        "{error}"
    );
    assert!(error.contains("reads version 2"), "{error}");
}

#[test]
fn fields_of_the_same_version_that_are_not_known_are_ignored() {
    let line = r#"{"at":"12.5s","mood":"good","event":"tick"}"#;
    let text = format!(
        "{}{line}\n",
        text(&header(), &[]).replacen('{', "{\"mood\":1,", 1)
    );
    let last = entries(&text).last().unwrap().unwrap();
    assert!(matches!(last.entry, Entry::Line(line) if *line == tick()));
}

#[test]
fn what_is_no_journal_is_refused_with_its_line() {
    let header = text(&header(), &[]);
    let broken = error(&format!("{header}{{\"at\":\"1s\",\n")).to_string();
    assert!(
        broken.starts_with("line 2 is not a line of a journal"),
        "{broken}"
    );
    let unknown = error(&format!("{header}{{\"at\":\"1s\",\"event\":\"rain\"}}\n"));
    // What is wrong with it is its source's to say, once.
    assert!(!unknown.to_string().contains("rain"), "{unknown}");
    let source = std::error::Error::source(&unknown).unwrap().to_string();
    assert!(source.contains("rain"), "{source}");
    let headless = error("{\"at\":\"1s\",\"event\":\"tick\"}\n").to_string();
    assert!(
        headless.contains("line 1 comes before any header"),
        "{headless}"
    );
}

#[test]
fn nothing_is_read_behind_an_error() {
    let text = format!("{}no\n{}", text(&header(), &[]), text(&header(), &[]));
    assert_eq!(entries(&text).count(), 2);
}
