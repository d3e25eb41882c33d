//! `warren-sim replay JOURNAL`: a recorded run once more.
//!
//! As it was, every event is put before the recorded pool again and every action compared with the
//! recorded one: what the daemon did is what this code does.
//! With `--set` it answers "what if?": the recorded traffic becomes a workload, and the recorded
//! settings and the changed ones are both run on it in the simulator.

mod actions;
mod files;
mod record;
#[cfg(test)]
mod tests;
mod what_if;

use crate::report;
use crate::summary::Summary;
use crate::workload::Workload;
use anyhow::anyhow;
use clap::Args;
use program::Failure;
use record::Record;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What is to be replayed.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-sim replay .warren/filter/journal
  warren-sim replay .warren/filter/journal --set max=20 --set strategy=deadline")]
pub(crate) struct Arguments {
    /// A journal: a file, or the directory of its files
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// What if this setting had been different? Named as in config.toml: max=20, strategy=deadline.
    /// Again for more
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What the randomness of the simulated workers begins with, with --set
    #[arg(long, value_name = "N", default_value_t = 1, requires = "set")]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Replays, and answers with what to print.
///
/// # Errors
/// When the journal can't be read, when a setting can't be used, or when an action differs.
pub(crate) fn replay(arguments: &Arguments) -> Result<String, Failure> {
    let paths = files::files(&arguments.journal).map_err(Failure::configuration)?;
    let mut record = Record::default();
    for path in &paths {
        files::replay(path, &mut record)?;
    }
    if !record.has_begun() {
        return Err(Failure::configuration(anyhow!(
            "the journal {} is empty: it has no whole line, so there is nothing to replay",
            arguments.journal.display()
        )));
    }
    let runs = match arguments.set.as_slice() {
        [] => None,
        changes => Some(what_if::run(&record, changes, arguments.seed)?),
    };
    Ok(if arguments.json {
        json(paths.len(), &record, runs.as_ref())
    } else {
        text(paths.len(), &record, runs.as_ref())
    })
}

/// The recorded traffic, and what each settings made of it.
type Runs = (Workload, Vec<Summary>);

fn text(files: usize, record: &Record, runs: Option<&Runs>) -> String {
    let mut text = String::new();
    let mut say = |line: String| writeln!(text, "{line}").expect("a string takes all");
    say(format!(
        "{}: {} and {} in {}, all replayed as recorded",
        record.pool(),
        count(record.events, "event"),
        count(record.decisions, "decision"),
        count(files as u64, "file"),
    ));
    for program in record.other_programs() {
        say(format!(
            "part of it was recorded by version {program}, and this is {}",
            env!("CARGO_PKG_VERSION")
        ));
    }
    if record.lost_lines > 0 {
        say(format!(
            "{} could not be written when they happened; the replay goes on after each gap",
            count(record.lost_lines, "line")
        ));
    }
    if record.torn_lines > 0 {
        say(format!(
            "{} left out",
            count(record.torn_lines, "torn last line")
        ));
    }
    say(format!(
        "recorded: {:.0} s, {} arrived, at most {} and a backlog of {}; {:.0} worker-seconds, {} moved",
        record.seconds(),
        count(record.messages(), "message"),
        count(record.workers_peak.into(), "worker"),
        record.backlog_peak,
        record.worker_seconds,
        count(record.workers_moved, "worker"),
    ));
    if let Some((workload, summaries)) = runs {
        if record.skipped_seconds() > 0.0 {
            say(format!(
                "{:.0} s in which nothing was recorded are left out of what follows",
                record.skipped_seconds()
            ));
        }
        text.push('\n');
        text.push_str(&report::table(workload, summaries));
    }
    text
}

fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", policy::integer(number)),
    }
}

fn json(files: usize, record: &Record, runs: Option<&Runs>) -> String {
    #[derive(Serialize)]
    struct Answer<'a> {
        schema: u32,
        pool: &'a str,
        files: usize,
        events: u64,
        decisions: u64,
        lost_lines: u64,
        torn_lines: u64,
        recorded: Recorded,
        runs: &'a [Summary],
    }
    #[derive(Serialize)]
    struct Recorded {
        seconds: f64,
        messages: u64,
        backlog_peak: u64,
        workers_peak: u32,
        worker_seconds: f64,
        workers_moved: u64,
    }
    let answer = Answer {
        schema: 1,
        pool: record.pool(),
        files,
        events: record.events,
        decisions: record.decisions,
        lost_lines: record.lost_lines,
        torn_lines: record.torn_lines,
        recorded: Recorded {
            seconds: record.seconds(),
            messages: record.messages(),
            backlog_peak: record.backlog_peak,
            workers_peak: record.workers_peak,
            worker_seconds: record.worker_seconds,
            workers_moved: record.workers_moved,
        },
        runs: runs.map_or(&[], |(_, runs)| runs.as_slice()),
    };
    serde_json::to_string(&answer).expect("names and numbers are always written") + "\n"
}
