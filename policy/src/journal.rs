//! The journal's format: everything that happened to a pool and what was answered, one JSON object
//! in a line, so that a run can be replayed to the last action. docs/journal.md shows real lines.
//!
//! A [`Header`] holds the whole pool as it was at one moment; each [`Line`] after it is one event
//! and its actions. Feeding the events into the header's pool gives the recorded actions again,
//! because a pool has no other input.
//! An event and its actions share a line, so that a line is whole or torn and never half true.
//!
//! Here are the types and the way from text and back. Where the text is kept, and when, is the
//! controller's affair; what is asked of it, the reader's.

use crate::action::Action;
use crate::event::Event;
use crate::pool::Pool;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The format's version. A reader takes its own, and ignores fields that it does not know; what a
/// reader of this version would misunderstand needs a new one. Version 1 was never released.
pub const VERSION: u32 = 2;

/// Where a replay can begin: the first line of each file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// Of the format: [`VERSION`] where it was written by this program.
    pub version: u32,
    /// The pool's name.
    pub pool: String,
    /// The version of the program that decided.
    pub program: String,
    /// What the clock on the wall showed at `at`, as RFC 3339 has it.
    pub wall_clock: String,
    /// When, from the origin that all times of this file count from.
    #[serde(with = "crate::exact_seconds")]
    pub at: Duration,
    /// Lines that should stand before this one, and could not be written.
    #[serde(default)]
    pub lost_lines: u64,
    /// What the configuration says of the policy, as TOML of one pool: so that other settings can be
    /// tried on what the file said.
    pub config: String,
    /// The pool as it was before the line that follows.
    pub state: Pool,
}

/// One event, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The `now` that the pool was given.
    #[serde(with = "crate::exact_seconds")]
    pub at: Duration,
    /// The event that the pool was given.
    pub event: Event,
    /// The answer, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// What one line of a journal says.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A replay can begin here.
    Header(Box<Header>),
    /// One event and its answer: a step of the replay.
    Line(Box<Line>),
}

/// An entry, and where it stands.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// The line's number in its file; the first one is 1.
    pub line: usize,
    /// The header or the step that stands there.
    pub entry: Entry,
}

/// Why a journal can't be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its lines would be misunderstood.
    #[error(
        "line {line}: the journal has version {found} and this program reads version {VERSION}; \
         delete it, or read it with the program that wrote it"
    )]
    OtherVersion {
        /// Where it says so.
        line: usize,
        /// The version it says.
        found: u32,
    },
    /// It is not a line of a journal.
    #[error("line {line} is not a line of a journal")]
    NotALine {
        /// Its number in the file; the first one is 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Lines come before any header.
    #[error(
        "line {line} comes before any header, so nothing is known of the pool that it happened to; \
         take the whole file"
    )]
    NoHeader {
        /// Its number in the file; the first one is 1.
        line: usize,
    },
}

/// A part of any line that tells headers from the others.
#[derive(Deserialize)]
struct Kind {
    version: Option<u32>,
}

/// Reads a journal's text, line by line.
#[derive(Clone, Debug)]
pub struct Entries<'text> {
    rest: &'text str,
    line: usize,
    has_header: bool,
    is_torn: bool,
}

/// The entries of a file's text, in order.
///
/// A last line without its end is torn, as when the machine stopped in the middle of it, and is left
/// out; empty lines are, too. An error ends the iteration.
#[must_use]
pub fn entries(text: &str) -> Entries<'_> {
    Entries {
        rest: text,
        line: 0,
        has_header: false,
        is_torn: false,
    }
}

impl Entries<'_> {
    /// Whether the last line turned out to be torn. Known at the end.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.is_torn
    }

    fn read(&mut self, text: &str) -> Result<Entry, JournalError> {
        let line = self.line;
        let not_a_line = |source| JournalError::NotALine { line, source };
        let kind: Kind = serde_json::from_str(text).map_err(not_a_line)?;
        match kind.version {
            Some(found) if found != VERSION => Err(JournalError::OtherVersion { line, found }),
            Some(_) => {
                let header = serde_json::from_str(text).map_err(not_a_line)?;
                self.has_header = true;
                Ok(Entry::Header(Box::new(header)))
            }
            None if !self.has_header => Err(JournalError::NoHeader { line }),
            None => serde_json::from_str(text)
                .map(|line| Entry::Line(Box::new(line)))
                .map_err(not_a_line),
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Numbered, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((text, rest)) = self.rest.split_once('\n') else {
                self.is_torn |= !self.rest.is_empty();
                return None;
            };
            self.rest = rest;
            self.line += 1;
            if text.trim().is_empty() {
                continue;
            }
            let entry = self.read(text);
            if entry.is_err() {
                self.rest = "";
            }
            let line = self.line;
            return Some(entry.map(|entry| Numbered { line, entry }));
        }
    }
}

#[cfg(test)]
mod tests;
