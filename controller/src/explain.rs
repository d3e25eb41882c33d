//! `warren-controller explain`: what was decided and why, a sentence for each decision, from the
//! journals on disk. The controller need not run.

use crate::journal;
use crate::mode::Mode;
use anyhow::{Context, anyhow};
use jiff::{SignedDuration, Timestamp};
use policy::journal::{Entry, Header, JournalError, Line, entries};
use policy::{Action, Decision};
use program::Failure;
use serde::{Serialize, Serializer};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// What is to be explained.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Where the journals are.
    pub state_dir: &'a Path,
    pub pools: &'a [String],
    /// Whether what was decided was also done.
    pub mode: Mode,
    pub which: Which,
    /// So many of the last of them.
    pub last: usize,
    /// As one JSON object, instead of a line for each.
    pub as_json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that changed the number of workers.
    Changes,
    All,
}

/// A decision of the past.
#[derive(Clone, Debug, Serialize)]
struct Explained {
    /// What the clock on the wall showed.
    #[serde(rename = "time", serialize_with = "as_text")]
    at: Timestamp,
    pool: String,
    explanation: String,
    decision: Decision,
}

fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// The decisions, the newest last. What is older than a file of another version is left out, and a
/// warning says so.
///
/// # Errors
/// When a journal can't be read, or there is none, or none of this version.
pub fn explain(question: &Question<'_>) -> Result<String, Failure> {
    let mut decisions = Vec::new();
    let mut has_journal = false;
    let mut files_read = 0;
    let mut of_other_version = Vec::new();
    for pool in question.pools {
        let directory = journal::directory(question.state_dir, pool, question.mode);
        let files = journal::list(&directory)
            .with_context(|| format!("look into {}", directory.display()))?;
        has_journal |= !files.is_empty();
        let mut of_pool = VecDeque::new();
        for file in files.iter().rev() {
            if of_pool.len() >= question.last {
                break;
            }
            let older = match read(file, question.which)
                .with_context(|| format!("read the journal {}", file.display()))
            {
                Err(error) if is_other_version(&error) => {
                    of_other_version.push(error);
                    break;
                }
                older => older?,
            };
            files_read += 1;
            older
                .into_iter()
                .rev()
                .for_each(|one| of_pool.push_front(one));
        }
        decisions.extend(of_pool);
    }
    if !has_journal {
        return Err(anyhow!(
            "no journal of {} under {}; was a controller run there{}, and is controller.journal_size \
             above 0B?",
            question.pools.join(", "),
            question.state_dir.display(),
            match question.mode {
                Mode::Live => "",
                Mode::DryRun => " with --dry-run",
            }
        )
        .into());
    }
    for error in of_other_version {
        if files_read == 0 {
            return Err(error.into());
        }
        tracing::warn!(error = format!("{error:#}"), "older decisions are left out");
    }
    // Stable: what happened at once stays in order.
    decisions.sort_by_key(|one| one.at);
    let newest = &decisions[decisions.len().saturating_sub(question.last)..];
    Ok(if question.as_json {
        json(newest)
    } else {
        lines(newest, question.which)
    })
}

/// The decisions of one file, in order. The controller may have deleted it by now.
fn read(file: &Path, which: Which) -> anyhow::Result<Vec<Explained>> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes?,
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut decisions = Vec::new();
    let mut header: Option<Box<Header>> = None;
    for entry in entries(&text) {
        match (entry?.entry, &header) {
            (Entry::Header(next), _) => header = Some(next),
            (Entry::Line(line), Some(header)) => decisions.extend(explained(header, &line, which)?),
            // `entries` refuses a file that has no header.
            (Entry::Line(_), None) => {}
        }
    }
    Ok(decisions)
}

fn is_other_version(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(JournalError::OtherVersion { .. })
    )
}

fn explained(header: &Header, line: &Line, which: Which) -> anyhow::Result<Option<Explained>> {
    let Some(decision) = line.actions.iter().find_map(Action::decision) else {
        return Ok(None);
    };
    if which == Which::Changes && decision.from == decision.desired {
        return Ok(None);
    }
    let began: Timestamp = header
        .wall_clock
        .parse()
        .with_context(|| format!("{} is no time", header.wall_clock))?;
    let since = SignedDuration::try_from(line.at.saturating_sub(header.at))?;
    Ok(Some(Explained {
        at: began.checked_add(since)?,
        pool: header.pool.clone(),
        explanation: decision.explain(),
        decision: decision.clone(),
    }))
}

fn lines(decisions: &[Explained], which: Which) -> String {
    let mut text = String::new();
    for one in decisions {
        let at = one.at.strftime("%FT%T.%3fZ");
        writeln!(text, "{at}  {}  {}", one.pool, one.explanation).expect("a string takes all");
    }
    if text.is_empty() && which == Which::Changes {
        text.push_str("no decision changed the number of workers; --all shows every one\n");
    }
    text
}

fn json(decisions: &[Explained]) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        schema: u32,
        decisions: &'a [Explained],
    }
    let answer = Answer {
        schema: 1,
        decisions,
    };
    serde_json::to_string(&answer).expect("decisions are always written") + "\n"
}

#[cfg(test)]
mod tests {
    use super::{Question, Which, explain};
    use crate::mode::Mode;
    use policy::journal::{Header, Line, VERSION};
    use policy::{Action, Arrivals, Event, Pool, Sample};
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    fn ask(state_dir: &Path, which: Which, last: usize, as_json: bool) -> Result<String, String> {
        let pools = ["filter".to_owned()];
        let question = Question {
            state_dir,
            pools: &pools,
            mode: Mode::Live,
            which,
            last,
            as_json,
        };
        explain(&question).map_err(|failure| failure.to_string())
    }

    /// Two files: up to three workers, no change; down to none, and the controller is killed.
    fn journal() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("filter").join("journal");
        fs::create_dir_all(&directory).unwrap();
        let header = |wall_clock: &str| {
            let settings = config::Config::default().pools[0].scaling.clone();
            let header = Header {
                version: VERSION,
                pool: "filter".to_owned(),
                program: "0.1.0".to_owned(),
                wall_clock: wall_clock.to_owned(),
                at: Duration::from_secs(10),
                lost_lines: 0,
                config: String::new(),
                state: Pool::new(settings),
            };
            serde_json::to_string(&header).unwrap()
        };
        let decided = |at_ms: u64, from: u32, desired: u32| {
            let at = Duration::from_millis(at_ms);
            let settings = config::Config::default().pools[0].scaling.clone();
            let sampled = Event::Sampled(Sample {
                taken_at: at,
                ready: 1000,
                consumers: 0,
                arrivals: Arrivals::Unknown,
            });
            let mut actions = Pool::new(settings).handle(at, sampled.clone());
            for action in &mut actions {
                if let Action::Record(decision) = action {
                    (decision.from, decision.desired) = (from, desired);
                }
            }
            let event = sampled;
            serde_json::to_string(&Line { at, event, actions }).unwrap()
        };
        let first = [
            header("2026-11-21T09:00:00Z"),
            decided(12_500, 0, 3),
            decided(14_500, 3, 3),
        ];
        fs::write(directory.join("00000001.jsonl"), first.join("\n") + "\n").unwrap();
        let second = [header("2026-11-21T09:05:00Z"), decided(10_000, 3, 0)];
        let torn = second.join("\n") + "\n{\"at\":\"11";
        fs::write(directory.join("00000002.jsonl"), torn).unwrap();
        root
    }

    #[test]
    fn changes_are_told_with_the_time_on_the_wall_the_newest_last() {
        let root = journal();

        let text = ask(root.path(), Which::Changes, 20, false).unwrap();

        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].starts_with("2026-11-21T09:00:02.500Z  filter  0 → 3 workers: backlog 1 000"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("2026-11-21T09:05:00.000Z  filter  3 → 0 workers"),
            "{text}"
        );
    }

    #[test]
    fn every_decision_is_told_when_asked_and_only_the_last_ones() {
        let root = journal();
        let all = ask(root.path(), Which::All, 20, false).unwrap();
        assert_eq!(all.lines().count(), 3, "{all}");
        assert!(
            all.lines().nth(1).unwrap().contains("no change: 3 workers"),
            "{all}"
        );
        let last = ask(root.path(), Which::All, 2, false).unwrap();
        assert_eq!(
            last.lines().collect::<Vec<_>>(),
            all.lines().skip(1).collect::<Vec<_>>()
        );
    }

    #[test]
    fn machines_get_the_decision_itself() {
        let root = journal();
        let text = ask(root.path(), Which::Changes, 1, true).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["schema"], 1);
        let one = &answer["decisions"][0];
        assert_eq!(one["time"], "2026-11-21T09:05:00Z");
        assert_eq!(one["pool"], "filter");
        assert_eq!(one["decision"]["desired"], 0);
        assert!(
            one["explanation"]
                .as_str()
                .unwrap()
                .starts_with("3 → 0 workers")
        );
    }

    #[test]
    fn a_journal_that_is_not_there_or_newer_is_named() {
        let root = tempfile::tempdir().unwrap();
        let none = ask(root.path(), Which::All, 20, false).unwrap_err();
        assert!(none.contains("no journal of filter"), "{none}");
        assert!(none.contains("journal_size"), "{none}");
        let root = journal();
        let newer = root.path().join("filter/journal/00000003.jsonl");
        fs::write(newer, "{\"version\":3}\n").unwrap();
        let newer = ask(root.path(), Which::All, 20, false).unwrap_err();
        assert!(newer.contains("00000003.jsonl"), "{newer}");
        assert!(
            newer.contains("version 3") && newer.contains("reads version 2"),
            "{newer}"
        );
        assert!(newer.contains("delete it"), "{newer}");
    }

    #[test]
    fn an_old_file_hides_none_that_is_newer() {
        let root = journal();
        let all = ask(root.path(), Which::All, 20, false).unwrap();
        let old = root.path().join("filter/journal/00000000.jsonl");
        fs::write(old, "{\"version\":1}\n").unwrap();
        assert_eq!(ask(root.path(), Which::All, 20, false), Ok(all));
    }
}
