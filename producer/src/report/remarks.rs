//! What a report says in words: what a reader should not have to find among the numbers.

use super::{Confirms, Report, figures};

/// A rate that falls short by less is one that was kept: a run ends within a message of its time.
const SHORT_OF_RATE: f64 = 0.99;

/// More late messages than one in this many get a remark; fewer are hiccups of a busy machine.
const LATE_SHARE: u64 = 100;

impl Report {
    /// What there is to say, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let remarks = [
            self.on_rate(),
            self.on_late(),
            self.on_blocked(),
            self.on_missing(),
            self.on_duplicates(),
        ];
        remarks.into_iter().flatten().collect()
    }

    fn on_rate(&self) -> Option<String> {
        let (asked, reached) = (self.rate_asked?, self.rate_reached?);
        let short = reached < asked * SHORT_OF_RATE && !self.interrupted;
        short.then(|| {
            format!("the rate was not reached: {asked:.1} msg/s were asked and {reached:.1} sent")
        })
    }

    fn on_late(&self) -> Option<String> {
        (self.late > self.sent / LATE_SHARE).then(|| {
            format!(
                "{} of {} messages were sent late, by up to {}",
                self.late,
                self.sent,
                figures::duration(self.schedule_lag_seconds.max)
            )
        })
    }

    fn on_blocked(&self) -> Option<String> {
        (self.blocked_seconds > 0.0).then(|| {
            let lasted = figures::duration(Some(self.blocked_seconds));
            format!("the broker had an alarm and read nothing for {lasted}")
        })
    }

    fn on_missing(&self) -> Option<String> {
        let lost = match self.confirms {
            Confirms::Awaited => "lost (confirmed and never answered)",
            Confirms::Unwanted => "lost (never answered)",
        };
        let kinds = [
            (self.lost, lost),
            (self.unsent, "unsent"),
            (self.unconfirmed, "unconfirmed"),
            (self.returned, "returned (no queue took them)"),
            (self.refused, "refused by the broker"),
            (self.timed_out, "timed out"),
        ];
        let missing = kinds.iter().filter(|(count, _)| *count > 0);
        let missing: Vec<String> = missing
            .map(|(count, kind)| format!("{count} {kind}"))
            .collect();
        (!missing.is_empty()).then(|| format!("of {} messages: {}", self.due, missing.join(", ")))
    }

    fn on_duplicates(&self) -> Option<String> {
        (self.duplicated > 0).then(|| {
            format!(
                "{} replies came for messages that had theirs already",
                self.duplicated
            )
        })
    }
}
