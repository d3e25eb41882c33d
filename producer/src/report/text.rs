//! The report for a reader: a row for each number, then the percentiles.

use super::Report;
use crate::durations::Percentiles;
use crate::ledger::Confirms;
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
        let mut row = |name: &str, value: String| writeln!(f, "{name:<22}{value:>14}");

        row("scenario", self.scenario.clone())?;
        row("duration", format!("{:.1} s", self.duration_seconds))?;
        if self.interrupted {
            row("interrupted", "yes".to_owned())?;
        }
        row("sent", self.sent.to_string())?;
        let confirmed = match self.confirms {
            Confirms::Awaited => self.confirmed.to_string(),
            Confirms::Unwanted => "none asked".to_owned(),
        };
        row("confirmed", confirmed)?;
        row("replied", self.replied.to_string())?;
        row("lost", self.lost.to_string())?;
        row("duplicated", self.duplicated.to_string())?;
        row("late", self.late.to_string())?;
        // What rarely happens is shown when it did.
        for (name, count) in [
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
        ] {
            if count > 0 {
                row(name, count.to_string())?;
            }
        }
        if self.blocked_seconds > 0.0 {
            row(
                "blocked by the broker",
                format!("{:.1} s", self.blocked_seconds),
            )?;
        }
        row("rate asked, msg/s", rate(self.rate_asked))?;
        row("rate reached, msg/s", rate(self.rate_reached))?;

        writeln!(f)?;
        writeln!(
            f,
            "{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "seconds", "p50", "p90", "p99", "p99.9", "max"
        )?;
        for (name, percentiles) in [
            ("wait", self.wait_seconds),
            ("schedule lag", self.schedule_lag_seconds),
        ] {
            write!(f, "{name:<14}")?;
            let Percentiles {
                p50,
                p90,
                p99,
                p999,
                max,
                ..
            } = percentiles;
            for value in [p50, p90, p99, p999, max] {
                let text = value.map_or("-".to_owned(), |value| format!("{value:.3}"));
                write!(f, "{text:>10}")?;
            }
            writeln!(f)?;
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
