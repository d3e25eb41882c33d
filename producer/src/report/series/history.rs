//! The rows of a run, kept for its charts in memory that does not grow.

use super::{Row, per_second};

/// Two hours of seconds: enough to be drawn, and little memory.
const ROWS_MAX: usize = 7200;

/// The rows of a run in memory that does not grow: when there would be too many, each two become
/// one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    rows: Vec<Row>,
    /// How many seconds a row covers when it is full.
    span: Span,
    /// How many seconds the last row covers.
    filled: u32,
}

/// How many seconds a row covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span(u32);

impl Default for Span {
    fn default() -> Self {
        Self(1)
    }
}

impl History {
    pub fn push(&mut self, row: Row) {
        match self.rows.last_mut() {
            Some(last) if self.filled < self.span.0 => {
                last.merge(&row);
                self.filled += 1;
                return;
            }
            _ => {}
        }
        if self.rows.len() == ROWS_MAX {
            self.halve();
        }
        self.rows.push(row);
        self.filled = 1;
    }

    /// The rows, each of which covers the same time but the last.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// No more than so many rows, for a picture that could not show more; several become one.
    #[must_use]
    pub fn thinned(&self, rows_max: usize) -> Vec<Row> {
        chart::thinned(&self.rows, rows_max, merged)
    }

    fn halve(&mut self) {
        self.rows = self.rows.chunks(2).filter_map(merged).collect();
        self.span.0 *= 2;
    }
}

/// Several rows as one.
fn merged(rows: &[Row]) -> Option<Row> {
    let (first, rest) = rows.split_first()?;
    let mut merged = first.clone();
    rest.iter().for_each(|row| merged.merge(row));
    Some(merged)
}

impl Row {
    /// Makes this row cover the next one as well. Percentiles can't be added, so the worse of the two
    /// stands: what went wrong in a second stays visible.
    fn merge(&mut self, next: &Self) {
        let worse = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let seconds = self.seconds + next.seconds;
        let (due, sent) = (self.due + next.due, self.sent + next.sent);
        let (confirmed, replied) = (self.confirmed + next.confirmed, self.replied + next.replied);
        *self = Self {
            due,
            sent,
            confirmed,
            replied,
            late: self.late + next.late,
            resent: self.resent + next.resent,
            returned: self.returned + next.returned,
            duplicated: self.duplicated + next.duplicated,
            refused: self.refused + next.refused,
            timed_out: self.timed_out + next.timed_out,
            cut_off: self.cut_off + next.cut_off,
            outages: self.outages + next.outages,
            lag_max_seconds: self.lag_max_seconds.max(next.lag_max_seconds),
            wait_p50_seconds: worse(self.wait_p50_seconds, next.wait_p50_seconds),
            wait_p95_seconds: worse(self.wait_p95_seconds, next.wait_p95_seconds),
            wait_p99_seconds: worse(self.wait_p99_seconds, next.wait_p99_seconds),
            wait_max_seconds: worse(self.wait_max_seconds, next.wait_max_seconds),
            seconds,
            rate_asked: per_second(due, seconds),
            rate_sent: per_second(sent, seconds),
            rate_confirmed: per_second(confirmed, seconds),
            rate_replied: per_second(replied, seconds),
            // The end of the row, and the levels at its end, are those of the later one.
            ..next.clone()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_all_counts_and_every_peak_in_bounded_memory() {
        let mut history = History::default();
        let seconds = 20_001;
        for second in 1..=seconds {
            history.push(Row {
                second,
                seconds: 1.0,
                sent: 3,
                wait_max_seconds: (second == 12_345).then_some(9.0),
                ..Row::default()
            });
            assert!(history.rows().len() <= ROWS_MAX);
        }
        let rows = history.rows();
        assert_eq!(rows.iter().map(|row| row.sent).sum::<u64>(), 3 * seconds);
        assert_eq!(rows.last().map(|row| row.second), Some(seconds));
        assert!(rows.iter().any(|row| row.wait_max_seconds == Some(9.0)));
        // Twice halved: each row is four seconds, but the last.
        let full = &rows[..rows.len() - 1];
        assert!(
            full.iter()
                .all(|row| row.seconds == 4.0 && row.rate_sent == 3.0)
        );
    }
}
