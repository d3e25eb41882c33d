//! What happened to a pool and what was answered, kept on disk: `policy::journal` has the format,
//! docs/journal.md the page.
//!
//! The loop turns each event and its answer into a line and leaves it in a bounded `inbox`; a
//! thread of the journal's own takes what is there once a second and writes it (`writer`) into
//! `files` that are bounded together.
//! So the loop never waits for a disk. What has no room is left out, counted and said, and the
//! journal goes on with a header that holds the whole pool: a replay never runs over a hole.
//!
//! The cost: a report's line is about 140 bytes and 0.4 µs of the loop, a decision's 540 bytes and
//! 1 µs, so 50 reports a second take a fifty-thousandth of a core, and the writer wakes up once a
//! second while something happens. What a killed controller did in its last second is not in the
//! journal; nor, after the host itself broke down, what the system had not brought to the disk yet.

mod files;
mod inbox;
#[cfg(test)]
mod tests;
mod writer;

pub use files::{directory, list};

use files::Files;
use inbox::Inbox;
use policy::journal::{Header, Line, VERSION};
use policy::{Action, Event, Pool};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// At the end of a run the last lines have this long to reach the disk. One that hangs must not keep
/// the controller from ending.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// A pool's journal, as its loop sees it. Dropping it brings what is left to the disk, and blocks
/// until it is there, or has not got there within `CLOSE_MAX`.
#[derive(Debug)]
pub struct Journal {
    pool: String,
    config: String,
    inbox: Arc<Inbox>,
    file_bytes_max: u64,
    /// Since the last header.
    bytes: u64,
    /// Ends with the writer.
    writer: Receiver<()>,
}

/// Where a journal is kept.
#[derive(Clone, Debug)]
pub struct Place {
    /// The files' directory; it is made when there is something to write.
    pub directory: PathBuf,
    pub pool: String,
    /// What the configuration says of its policy, as TOML.
    pub config: String,
    /// What all files together may take.
    pub bytes_max: u64,
}

impl Journal {
    /// A journal that begins a new file with the first event.
    /// Without a thread to write it there is none; the log then says so.
    #[must_use]
    pub fn open(place: Place) -> Option<Self> {
        let Place {
            directory,
            pool,
            config,
            bytes_max,
        } = place;
        let files = Files::new(directory, bytes_max);
        let file_bytes_max = files.file_bytes_max();
        let inbox = Arc::new(Inbox::default());
        let (ended, writer) = channel();
        let thread = {
            let (pool, inbox) = (pool.clone(), Arc::clone(&inbox));
            move || {
                writer::run(&pool, &inbox, files);
                drop(ended);
            }
        };
        if let Err(error) = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(thread)
        {
            tracing::warn!(pool, error = %error, "journal can't be written: no thread for it");
            return None;
        }
        Some(Self {
            pool,
            config,
            inbox,
            file_bytes_max,
            bytes: 0,
            writer,
        })
    }

    /// Hands an event to the pool, and notes it together with the answer.
    pub fn handle(&mut self, now: Duration, pool: &mut Pool, event: Event) -> Vec<Action> {
        self.begin_where_due(now, pool);
        let actions = pool.handle(now, event.clone());
        let line = Line {
            at: now,
            event,
            actions,
        };
        if let Some(text) = self.text(&line) {
            self.bytes += text.len() as u64;
            self.inbox.put_line(&text);
        }
        line.actions
    }

    /// A header, where there was none yet, where lines are missing, or where the file is full.
    fn begin_where_due(&mut self, now: Duration, pool: &Pool) {
        let is_full = self.bytes >= self.file_bytes_max;
        let Some(lost_lines) = self.inbox.header_due(is_full) else {
            return;
        };
        let header = Header {
            version: VERSION,
            pool: self.pool.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            wall_clock: jiff::Timestamp::now().to_string(),
            at: now,
            lost_lines,
            config: self.config.clone(),
            state: pool.clone(),
        };
        if let Some(text) = self.text(&header)
            && self.inbox.put_header(&text)
        {
            self.bytes = 0;
            if lost_lines > 0 {
                tracing::warn!(
                    pool = self.pool,
                    lost_lines,
                    "journal goes on after a gap: lines could not be written"
                );
            }
        }
    }

    /// One line. None of our types has a key that JSON can't have, so this does not fail; if it did,
    /// the journal would go on after a gap.
    fn text(&self, entry: &impl Serialize) -> Option<Vec<u8>> {
        match serde_json::to_vec(entry) {
            Ok(mut text) => {
                text.push(b'\n');
                Some(text)
            }
            Err(error) => {
                tracing::error!(pool = self.pool, error = %error, "a line of the journal has no text");
                self.inbox.lose_line();
                None
            }
        }
    }
}

#[cfg(test)]
impl Journal {
    /// A journal on a disk that hangs until the sender is dropped.
    pub(crate) fn hanging() -> (Self, std::sync::mpsc::Sender<()>) {
        let (ended, writer) = channel();
        let journal = Self {
            pool: "filter".to_owned(),
            config: String::new(),
            inbox: Arc::new(Inbox::default()),
            file_bytes_max: u64::MAX,
            bytes: 0,
            writer,
        };
        (journal, ended)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.inbox.close();
        if self.writer.recv_timeout(CLOSE_MAX) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!(
                pool = self.pool,
                "the disk takes too long; the journal's last lines may be missing"
            );
        }
    }
}
