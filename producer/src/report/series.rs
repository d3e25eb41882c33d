//! What happened in each second, as rows: written to a CSV file as the seconds end, so that a run
//! that is killed leaves what it saw, and kept for the charts of the report.

mod history;

pub use history::History;

use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// One second of a run: what happened within it, except for what is said to be a level at its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// The end of the second, since the run's start.
    pub second: u64,
    /// Messages that became due.
    pub due: u64,
    /// Messages sent for the first time.
    pub sent: u64,
    /// Messages confirmed.
    pub confirmed: u64,
    /// Messages answered.
    pub replied: u64,
    /// Messages handed over late.
    pub late: u64,
    /// Messages sent once more.
    pub resent: u64,
    /// Messages that no queue took.
    pub returned: u64,
    /// Replies beyond the first of a message.
    pub duplicated: u64,
    /// A level: sent and not yet done with.
    pub open: u64,
    pub lag_max_seconds: f64,
    /// Of the waits that ended.
    pub wait_p50_seconds: Option<f64>,
    /// Of the waits that ended.
    pub wait_p95_seconds: Option<f64>,
    /// Of the waits that ended.
    pub wait_p99_seconds: Option<f64>,
    /// Of the waits that ended.
    pub wait_max_seconds: Option<f64>,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages whose reply did not come in time.
    pub timed_out: u64,
    /// Messages on their way when a connection broke.
    pub cut_off: u64,
    /// Connections that broke.
    pub outages: u64,
    /// How much time the row covers: 1, but for the last row of a run and rows that were merged.
    pub seconds: f64,
    /// Messages due per second.
    pub rate_asked: f64,
    /// Messages sent per second.
    pub rate_sent: f64,
    /// Messages confirmed per second.
    pub rate_confirmed: f64,
    /// Messages answered per second.
    pub rate_replied: f64,
    /// A level: workers that do not consume yet; nothing where no controller answers.
    pub workers_starting: Option<u32>,
    /// A level: workers that consume.
    pub workers_ready: Option<u32>,
    /// A level: workers that finish what they hold.
    pub workers_draining: Option<u32>,
    /// A level: what the workers use together; 1 is one CPU.
    pub workers_cpu_ratio: Option<f64>,
    /// A level: what the workers use together.
    pub workers_memory_bytes: Option<u64>,
}

/// A count per second; nothing happens in no time.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn per_second(count: u64, seconds: f64) -> f64 {
    match seconds > 0.0 {
        true => count as f64 / seconds,
        false => 0.0,
    }
}

/// Rows, written where they are wanted.
#[derive(Debug)]
pub struct Series<W: Write> {
    writer: csv::Writer<W>,
}

impl Series<File> {
    /// Into a file, which is made or made empty.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self::new(File::create(path)?))
    }
}

impl<W: Write> Series<W> {
    pub fn new(writer: W) -> Self {
        Self {
            writer: csv::Writer::from_writer(writer),
        }
    }

    /// Writes a row through to the file.
    pub fn write(&mut self, row: &Row) -> csv::Result<()> {
        self.writer.serialize(row)?;
        Ok(self.writer.flush()?)
    }
}
