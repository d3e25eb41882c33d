//! `--fail-if`: conditions that a finished run is held against, so that it can be a gate.
//!
//! `p99 > 2s` names a number of the report, compares it, and fails the run where that is so. A
//! number that the run has no value for fails it too: a gate that nothing came through is not open.

mod limit;
mod metric;

use crate::report::{FailedCondition, Report};
use limit::Limit;
use metric::Metric;
use std::fmt;
use std::str::FromStr;

/// One condition, as it stands on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As it was written.
    text: String,
    metric: Metric,
    comparison: Comparison,
    limit: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Different,
}

impl Comparison {
    /// Longer signs first: `>=` begins as `>` does.
    const SIGNS: [(&'static str, Self); 6] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("==", Self::Equal),
        ("!=", Self::Different),
        (">", Self::Above),
        ("<", Self::Below),
    ];

    /// The first sign in a text, with what stands before and after it.
    fn split(text: &str) -> Option<(&str, Self, &str)> {
        let found = Self::SIGNS
            .iter()
            .filter_map(|(sign, comparison)| Some((text.find(sign)?, sign.len(), *comparison)))
            .min_by_key(|(at, length, _)| (*at, usize::MAX - length));
        let (at, length, comparison) = found?;
        Some((text[..at].trim(), comparison, text[at + length..].trim()))
    }

    #[expect(
        clippy::float_cmp,
        reason = "counts are whole, and a user who asks for equal gets it"
    )]
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Equal => value == limit,
            Self::Different => value != limit,
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, comparison, limit)) = Comparison::split(text) else {
            return Err(
                "is no condition of the form \"p99 > 2s\": it compares nothing; there are > \
                        >= < <= == !="
                    .to_owned(),
            );
        };
        let metric = Metric::find(name)?;
        Ok(Self {
            text: text.trim().to_owned(),
            metric,
            comparison,
            limit: Limit::parse(limit, &metric)?,
        })
    }
}

impl Condition {
    /// What of this run fails the condition, if anything does.
    #[must_use]
    pub fn failed(&self, report: &Report) -> Option<FailedCondition> {
        let value = self.metric.value(report);
        let limit = self.limit.of(&self.metric, report);
        let failed = match (value, limit) {
            (Some(value), Some(limit)) => self.comparison.holds(value, limit),
            (None, _) | (_, None) => true,
        };
        failed.then(|| FailedCondition {
            condition: self.text.clone(),
            value,
            said: self.metric.said(value),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
