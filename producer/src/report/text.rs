//! The report for a reader: a row for each number, then how the durations are spread, then what
//! there is to say in words.

use super::{Confirms, Report, figures};
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.accounts() {
            writeln!(f, "{name:<22}{value:>14}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{:<10}{:>12}{:>14}{:>14}",
            "", "wait", "schedule lag", "confirmation"
        )?;
        let columns = [
            self.wait_seconds,
            self.schedule_lag_seconds,
            self.confirm_seconds,
        ];
        let [wait, lag, confirmation] = columns.map(|of| of.count);
        writeln!(f, "{:<10}{wait:>12}{lag:>14}{confirmation:>14}", "count")?;
        let [waits, lags, confirmations] = columns.map(|of| of.labelled());
        for (((name, wait), (_, lag)), (_, confirmation)) in
            waits.into_iter().zip(lags).zip(confirmations)
        {
            let [wait, lag, confirmation] = [wait, lag, confirmation].map(figures::duration);
            writeln!(f, "{name:<10}{wait:>12}{lag:>14}{confirmation:>14}")?;
        }
        let failed = self.failed_conditions.iter();
        let failed = failed.map(|failed| format!("failed: {failed}"));
        let said: Vec<String> = failed.chain(self.remarks()).collect();
        if !said.is_empty() {
            writeln!(f)?;
        }
        said.iter()
            .try_for_each(|sentence| writeln!(f, "{sentence}"))
    }
}

impl Report {
    /// Names and numbers, without those that rarely are anything and are nothing.
    fn accounts(&self) -> Vec<(&'static str, String)> {
        let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
        let mut rows = vec![
            ("scenario", self.scenario.clone()),
            ("duration", format!("{:.1} s", self.duration_seconds)),
        ];
        if self.interrupted {
            rows.push(("interrupted", "yes".to_owned()));
        }
        let confirmed = match self.confirms {
            Confirms::Awaited => self.confirmed.to_string(),
            Confirms::Unwanted => "none asked".to_owned(),
        };
        rows.extend([
            ("sent", self.sent.to_string()),
            ("confirmed", confirmed),
            ("replied", self.replied.to_string()),
            ("lost", self.lost.to_string()),
            ("duplicated", self.duplicated.to_string()),
            ("late", self.late.to_string()),
        ]);
        let rare = [
            ("timed out", self.timed_out),
            ("cut off", self.cut_off),
            ("sent again", self.resent),
            ("returned", self.returned),
            ("refused", self.refused),
            ("unsent", self.unsent),
            ("unconfirmed", self.unconfirmed),
            ("replies ignored", self.ignored_replies),
            ("replies redelivered", self.redelivered_replies),
            ("connections broken", self.outages),
            ("times blocked", self.blocked_count),
        ];
        let rare = rare.into_iter().filter(|(_, count)| *count > 0);
        rows.extend(rare.map(|(name, count)| (name, count.to_string())));
        if self.blocked_seconds > 0.0 {
            let blocked = format!("{:.1} s", self.blocked_seconds);
            rows.push(("blocked by the broker", blocked));
        }
        rows.push(("rate asked, msg/s", rate(self.rate_asked)));
        rows.push(("rate reached, msg/s", rate(self.rate_reached)));
        rows.extend(self.workers_used());
        rows
    }

    /// What the workers used, as far as their controller said.
    fn workers_used(&self) -> Vec<(&'static str, String)> {
        let Some(workers) = self.workers else {
            return Vec::new();
        };
        let cpus = workers.cpu_ratio_mean.map(|cpus| format!("{cpus:.2}"));
        let memory = workers
            .memory_bytes_peak
            .map(|bytes| format!("{:.1} MB", bytes / 1e6));
        let rows = [
            ("workers, at most", Some(workers.count_peak.to_string())),
            ("their CPUs, mean", cpus),
            ("their memory, at most", memory),
        ];
        rows.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}
