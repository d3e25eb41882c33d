//! What happened in each second, as rows of a CSV file.
//!
//! Rows are written as their seconds end, so that memory stays flat and a run that is killed leaves
//! what it saw.

use crate::books::Books;
use crate::ledger::Counts;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// One second of a run: what happened within it, except for what is said to be a level at its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row {
    /// The end of the second, since the run's start.
    second: u64,
    due: u64,
    sent: u64,
    confirmed: u64,
    replied: u64,
    late: u64,
    resent: u64,
    returned: u64,
    duplicated: u64,
    /// A level: sent and not yet done with.
    open: u64,
    lag_max_seconds: f64,
    wait_p50_seconds: Option<f64>,
    wait_p99_seconds: Option<f64>,
}

/// Rows, written where they are wanted.
#[derive(Debug)]
pub struct Series<W: Write> {
    writer: csv::Writer<W>,
    second: u64,
    due: u64,
    late: u64,
    counts: Counts,
}

impl Series<File> {
    /// Into a file, which is made or made empty.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self::new(File::create(path)?))
    }
}

impl<W: Write> Series<W> {
    /// Into any writer.
    pub fn new(writer: W) -> Self {
        Self {
            writer: csv::Writer::from_writer(writer),
            second: 0,
            due: 0,
            late: 0,
            counts: Counts::default(),
        }
    }

    /// When the next row is to be written.
    #[must_use]
    pub fn next_at(&self) -> Duration {
        Duration::from_secs(self.second + 1)
    }

    /// Ends a second. `due` is how many messages were due so far.
    pub fn write(&mut self, books: &mut Books, due: u64) -> csv::Result<()> {
        let counts = books.ledger.counts();
        let before = std::mem::replace(&mut self.counts, counts);
        let waits = books.waits_of_row.percentiles();
        self.second += 1;
        self.writer.serialize(Row {
            second: self.second,
            due: due - std::mem::replace(&mut self.due, due),
            sent: counts.sent - before.sent,
            confirmed: counts.confirmed - before.confirmed,
            replied: counts.replied - before.replied,
            late: books.late - std::mem::replace(&mut self.late, books.late),
            resent: counts.resent - before.resent,
            returned: counts.returned - before.returned,
            duplicated: counts.duplicated - before.duplicated,
            open: books.ledger.open(),
            lag_max_seconds: books.lag_of_row.as_secs_f64(),
            wait_p50_seconds: waits.p50,
            wait_p99_seconds: waits.p99,
        })?;
        books.waits_of_row.clear();
        books.lag_of_row = Duration::ZERO;
        Ok(self.writer.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Transfer;
    use crate::scenario::Reply;

    #[test]
    fn a_row_holds_what_its_second_brought() {
        let mut written = Vec::new();
        let mut books = Books::new(Reply::Wanted);
        let mut series = Series::new(&mut written);
        assert_eq!(series.next_at(), Duration::from_secs(1));

        books.sent(Duration::ZERO, Duration::from_millis(20));
        books.sent(Duration::ZERO, Duration::from_millis(1));
        books.ledger.confirmed(0);
        series.write(&mut books, 2).unwrap();
        books.ledger.confirmed(1);
        books.replied(Some(0), Transfer::First, Duration::from_millis(1500));
        books.replied(Some(0), Transfer::First, Duration::from_millis(1600));
        series.write(&mut books, 3).unwrap();
        drop(series);

        insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r#"
        second,due,sent,confirmed,replied,late,resent,returned,duplicated,open,lag_max_seconds,wait_p50_seconds,wait_p99_seconds
        1,2,2,1,0,1,0,0,0,2,0.02,,
        2,1,0,1,1,0,0,0,1,1,0.0,1.500159,1.500159
        "#);
    }
}
