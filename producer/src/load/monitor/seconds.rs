//! The second that is going on, until it is a row.

use crate::load::fleet_usage::FleetUsage;
use crate::load::snapshot::{Recent, Snapshot};
use crate::report::durations::Durations;
use crate::report::series::{Row, per_second};
use std::time::Duration;

/// The second that is going on.
#[derive(Debug, Default)]
pub struct Seconds {
    /// How far the run was when the last row ended.
    before: Snapshot,
    second: u64,
    waits: Durations,
    lag_max: Duration,
}

impl Seconds {
    /// Adds what was measured since the last look.
    pub fn add(&mut self, recent: &Recent) {
        self.waits.add(&recent.waits);
        self.lag_max = self.lag_max.max(recent.lag_max);
    }

    /// The row of the second that has ended, if one has. After a pause there may be several.
    pub fn next(&mut self, snapshot: &Snapshot, fleet: Option<&FleetUsage>) -> Option<Row> {
        let end = Duration::from_secs(self.second + 1);
        (end <= snapshot.now).then(|| {
            self.row(
                Snapshot {
                    now: end,
                    ..*snapshot
                },
                fleet,
            )
        })
    }

    /// The row of what is left of a second when the run ends, so that all rows add up to the report.
    pub fn last(&mut self, snapshot: &Snapshot, fleet: Option<&FleetUsage>) -> Row {
        self.row(*snapshot, fleet)
    }

    fn row(&mut self, now: Snapshot, fleet: Option<&FleetUsage>) -> Row {
        let before = std::mem::replace(&mut self.before, now);
        let seconds = now.now.saturating_sub(before.now).as_secs_f64();
        let (due, counts) = (now.due.saturating_sub(before.due), now.counts);
        let (sent, confirmed, replied) = (
            counts.sent - before.counts.sent,
            counts.confirmed - before.counts.confirmed,
            counts.replied - before.counts.replied,
        );
        self.second += 1;
        let row = Row {
            second: self.second,
            due,
            sent,
            confirmed,
            replied,
            late: now.late - before.late,
            resent: counts.resent - before.counts.resent,
            returned: counts.returned - before.counts.returned,
            duplicated: counts.duplicated - before.counts.duplicated,
            open: now.open,
            lag_max_seconds: self.lag_max.as_secs_f64(),
            wait_p50_seconds: self.waits.quantile(0.5),
            wait_p95_seconds: self.waits.quantile(0.95),
            wait_p99_seconds: self.waits.quantile(0.99),
            wait_max_seconds: self.waits.max(),
            refused: counts.refused - before.counts.refused,
            timed_out: counts.timed_out - before.counts.timed_out,
            cut_off: counts.cut_off - before.counts.cut_off,
            outages: now.outages - before.outages,
            seconds,
            rate_asked: per_second(due, seconds),
            rate_sent: per_second(sent, seconds),
            rate_confirmed: per_second(confirmed, seconds),
            rate_replied: per_second(replied, seconds),
            workers_starting: fleet.map(|fleet| fleet.starting),
            workers_ready: fleet.map(|fleet| fleet.ready),
            workers_draining: fleet.map(|fleet| fleet.draining),
            workers_cpu_ratio: fleet.and_then(|fleet| fleet.cpu_ratio),
            workers_memory_bytes: fleet.and_then(|fleet| fleet.memory_bytes),
        };
        self.waits.clear();
        self.lag_max = Duration::ZERO;
        row
    }
}

#[cfg(test)]
mod tests;
