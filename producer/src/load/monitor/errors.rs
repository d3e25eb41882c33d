//! What went wrong between two snapshots, by kind.

use crate::load::snapshot::Snapshot;
use std::fmt;

/// What went wrong, by kind: those that happened, with how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(Vec<(&'static str, u64)>);

impl Errors {
    /// What went wrong since `before`.
    #[must_use]
    pub fn between(before: &Snapshot, now: &Snapshot) -> Self {
        let kinds = [
            ("returned", before.counts.returned, now.counts.returned),
            ("refused", before.counts.refused, now.counts.refused),
            ("timed out", before.counts.timed_out, now.counts.timed_out),
            (
                "duplicated",
                before.counts.duplicated,
                now.counts.duplicated,
            ),
            ("cut off", before.counts.cut_off, now.counts.cut_off),
            ("sent again", before.counts.resent, now.counts.resent),
            ("connections broken", before.outages, now.outages),
        ];
        let happened = kinds.map(|(kind, before, now)| (kind, now.saturating_sub(before)));
        Self(
            happened
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .collect(),
        )
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.0.iter().map(|(kind, count)| format!("{count} {kind}"));
        match self.0.is_empty() {
            true => f.write_str("none"),
            false => f.write_str(&kinds.collect::<Vec<_>>().join(", ")),
        }
    }
}
