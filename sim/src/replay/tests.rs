//! Journals of small runs, replayed as they were and otherwise.

use super::{Arguments, replay};
use policy::journal::{Header, Line, VERSION};
use policy::{Arrivals, Event, Pool, Sample};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A pool of the shipped settings that sees a burst for a minute, and the journal of it.
struct Recording {
    pool: Pool,
    text: String,
}

impl Recording {
    fn begin() -> Self {
        let settings = config::Config::default().pools.swap_remove(0).scaling;
        let mut recording = Self {
            pool: Pool::new(settings),
            text: String::new(),
        };
        recording.header("2026-11-21T09:00:00Z", 0);
        recording
    }

    fn header(&mut self, wall_clock: &str, lost_lines: u64) {
        let header = Header {
            version: VERSION,
            pool: "filter".to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            wall_clock: wall_clock.to_owned(),
            at: Duration::ZERO,
            lost_lines,
            config: config::Config::default().pools.swap_remove(0).policy_table,
            state: self.pool.clone(),
        };
        self.text += &(serde_json::to_string(&header).unwrap() + "\n");
    }

    fn event(&mut self, seconds: f64, event: Event) {
        let at = Duration::from_secs_f64(seconds);
        let actions = self.pool.handle(at, event.clone());
        let line = Line { at, event, actions };
        self.text += &(serde_json::to_string(&line).unwrap() + "\n");
    }

    fn sample(&mut self, seconds: u32, arrived: u64) {
        let sample = Sample {
            taken_at: Duration::from_secs(seconds.into()),
            ready: arrived,
            consumers: 0,
            arrivals: Arrivals::Counted {
                messages: arrived,
                over: Duration::from_secs(2),
            },
        };
        self.event(f64::from(seconds), Event::Sampled(sample));
    }

    fn minute() -> Self {
        let mut recording = Self::begin();
        for look in 1..=30 {
            recording.sample(2 * look, if look < 10 { 2000 } else { 200 });
            for worker in recording.pool.view().workers {
                let worker = worker.worker;
                recording.event(f64::from(2 * look) + 0.5, Event::WorkerReady { worker });
            }
        }
        recording
    }
}

fn ask(journal: &Path, set: &[&str], json: bool) -> Result<String, String> {
    let arguments = Arguments {
        journal: journal.to_path_buf(),
        set: set.iter().map(|&change| change.to_owned()).collect(),
        seed: 1,
        json,
    };
    replay(&arguments).map_err(|failure| failure.to_string())
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("journal.jsonl");
    fs::write(&path, text).unwrap();
    (root, path)
}

#[test]
fn a_recorded_run_is_replayed_to_the_last_action() {
    let (_root, path) = written(&Recording::minute().text);
    let text = ask(&path, &[], false).unwrap();
    assert!(
        text.contains("30 decisions in 1 file, all replayed as recorded"),
        "{text}"
    );
    assert!(
        text.contains("22 200 messages arrived"),
        "9 · 2000 + 21 · 200: {text}"
    );
    let json: serde_json::Value = serde_json::from_str(&ask(&path, &[], true).unwrap()).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["decisions"], 30);
    assert_eq!(json["recorded"]["messages"], 22_200);
    assert!(json["recorded"]["worker_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_answer_that_differs_is_shown_with_its_line() {
    let text = Recording::minute()
        .text
        .replacen("{\"start\":1}", "{\"start\":77}", 1);
    let (_root, path) = written(&text);
    let error = ask(&path, &[], false).unwrap_err();
    assert!(error.contains("journal.jsonl, line 2: "), "{error}");
    assert!(error.contains("recorded: {\"start\":77}"), "{error}");
    assert!(error.contains("replayed: {\"start\":1}"), "{error}");
}

#[test]
fn the_files_of_a_directory_are_one_journal_with_gaps_and_torn_lines() {
    let root = tempfile::tempdir().unwrap();
    let mut first = Recording::minute();
    fs::write(root.path().join("00000002.jsonl"), &first.text).unwrap();
    first.text.clear();
    first.header("2026-11-21T10:00:00Z", 7);
    first.sample(62, 10);
    first.text += "{\"at\":\"64s\",\"eve";
    fs::write(root.path().join("00000010.jsonl"), &first.text).unwrap();
    fs::write(root.path().join("notes.txt"), "not a journal").unwrap();

    let text = ask(root.path(), &[], false).unwrap();

    assert!(text.contains("31 decisions in 2 files"), "{text}");
    assert!(text.contains("7 lines could not be written"), "{text}");
    assert!(text.contains("1 torn last line left out"), "{text}");
}

#[test]
fn what_if_shows_the_recorded_settings_beside_the_changed_ones() {
    let (_root, path) = written(&Recording::minute().text);
    let text = ask(&path, &["max=20", "hold=1s"], false).unwrap();
    assert!(text.contains("recorded"), "{text}");
    assert!(text.contains("max=20 hold=1s"), "{text}");
    let json = ask(&path, &["max=20"], true).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["runs"][0]["policy"], "recorded");
    assert_eq!(json["runs"][1]["policy"], "max=20");
    assert_eq!(json["runs"][0]["unfinished"], 0);
    // What is simulated is the recorded traffic, as the seed spreads it.
    let messages = json["runs"][0]["messages"].as_f64().unwrap();
    assert!((messages / 22_200.0 - 1.0).abs() < 0.05, "{messages}");
}

#[test]
fn what_can_not_be_replayed_is_said() {
    let (root, path) = written("{\"version\":3}\n");
    let newer = ask(&path, &[], false).unwrap_err();
    assert!(
        newer.contains("version 3") && newer.contains("reads version 2"),
        "{newer}"
    );
    assert!(newer.contains("journal.jsonl"), "{newer}");
    let (_older_root, older) = written("{\"version\":1}\n");
    let older = ask(&older, &[], false).unwrap_err();
    assert!(older.contains("version 1"), "{older}");
    for (text, complaint) in [
        ("", "journal.jsonl is empty"),
        ("{\"versi", "journal.jsonl is empty"),
        (
            "seconds,rate\n0,1\n",
            "line 1 is not a line of a journal: expected value",
        ),
        ("{\"at\":1}\n", "line 1 comes before any header"),
    ] {
        let (_root, path) = written(text);
        let error = ask(&path, &[], false).unwrap_err();
        assert!(error.contains(complaint), "{text}: {error}");
        assert!(error.matches("expected value").count() < 2, "{error}");
    }
    let missing = ask(&root.path().join("none"), &[], false).unwrap_err();
    assert!(missing.contains("none"), "{missing}");
    let empty = tempfile::tempdir().unwrap();
    let empty = ask(empty.path(), &[], false).unwrap_err();
    assert!(empty.contains("no files that end in .jsonl"), "{empty}");
    let (_root, path) = written(&Recording::minute().text);
    let unknown = ask(&path, &["maks=3"], false).unwrap_err();
    assert!(unknown.contains("did you mean"), "{unknown}");
    let (_root, path) = written(&Recording::begin().text);
    let unseen = ask(&path, &["max=3"], false).unwrap_err();
    assert!(unseen.contains("no good sample"), "{unseen}");
}
