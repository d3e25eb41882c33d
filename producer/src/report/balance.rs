//! The result of a run in numbers.

use super::durations::Percentiles;
use serde::Serialize;
use std::fmt;

/// The version of the JSON object: raised when a key changes its meaning, not when one is added.
pub const SCHEMA: u32 = 1;

/// Whether the broker's confirmations are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirms {
    /// Each message is confirmed, so that what is lost can be told from what never arrived.
    Awaited,
    /// A message is done with once it is handed over: faster, and nobody knows whether it arrived.
    Unwanted,
}

/// What the workers used over a while. The keys are those of a report.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FleetSummary {
    /// How often it was looked.
    pub samples: u64,
    /// Starting, ready and draining, at most.
    pub count_peak: u32,
    /// Starting, ready and draining, on average.
    pub count_mean: f64,
    /// All of them together, on average; 1 is one CPU.
    pub cpu_ratio_mean: Option<f64>,
    /// All of them together, at most.
    pub cpu_ratio_peak: Option<f64>,
    /// All of them together, on average.
    pub memory_bytes_mean: Option<f64>,
    /// All of them together, at most.
    pub memory_bytes_peak: Option<f64>,
}

/// The result of a run. The field names are the keys of the JSON object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the object.
    pub schema: u32,
    pub scenario: String,
    /// Names the run in message ids.
    pub run: String,
    /// What the messages were chosen by.
    pub seed: u64,
    /// RFC 3339.
    pub started_at: String,
    /// From start to report.
    pub duration_seconds: f64,
    /// Whether its user ended it before its time.
    pub interrupted: bool,
    /// What the scenario has in all; nothing where that depends on how fast clients are served.
    pub messages: Option<u64>,
    /// What was due by the end of sending.
    pub due: u64,
    /// Messages sent, each once.
    pub sent: u64,
    /// Whether confirmations were asked for; where not, none is counted.
    pub confirms: Confirms,
    /// Messages that the broker took responsibility for.
    pub confirmed: u64,
    /// Messages whose reply arrived.
    pub replied: u64,
    /// Messages confirmed and never answered; without confirmations, those never answered.
    pub lost: u64,
    /// Replies beyond the first of a message.
    pub duplicated: u64,
    /// Messages handed over more than 5 ms after they were due.
    pub late: u64,
    /// Messages that no queue took.
    pub returned: u64,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages whose client gave up before their reply came.
    pub timed_out: u64,
    /// Messages on their way when a connection broke, so that nobody knew whether they arrived.
    pub cut_off: u64,
    /// Messages sent once more after a connection broke.
    pub resent: u64,
    /// Messages that were due and never sent.
    pub unsent: u64,
    /// Messages sent of which nobody knows whether the broker has them.
    pub unconfirmed: u64,
    /// Replies that belong to no message of this run.
    pub ignored_replies: u64,
    /// Replies handed over once more after a connection broke.
    pub redelivered_replies: u64,
    /// Connections that broke.
    pub outages: u64,
    /// How often the broker read nothing.
    pub blocked_count: u64,
    /// How long the broker read nothing.
    pub blocked_seconds: f64,
    /// Messages per second; nothing where none was asked for.
    pub rate_asked: Option<f64>,
    /// Messages per second.
    pub rate_reached: Option<f64>,
    /// From when a message was due to its reply.
    pub wait_seconds: Percentiles,
    /// From when a message was due to when it was handed over.
    pub schedule_lag_seconds: Percentiles,
    /// From when a message was first handed over to its confirmation.
    pub confirm_seconds: Percentiles,
    /// What the workers used; nothing where no controller was asked.
    pub workers: Option<FleetSummary>,
    /// The conditions of `--fail-if` that the run fails by.
    pub failed_conditions: Vec<FailedCondition>,
}

/// A condition that the run fails by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedCondition {
    /// As it was written.
    pub condition: String,
    /// What the run has; nothing where it has no value.
    pub value: Option<f64>,
    /// The same for a reader.
    #[serde(skip)]
    pub said: String,
}

impl fmt::Display for FailedCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.condition, self.said)
    }
}

impl Report {
    /// What a reader is to know the run by.
    pub(super) fn title(&self) -> String {
        format!("{}, {}", self.scenario, self.started_at)
    }

    /// Why the run is no success, if it is none.
    #[must_use]
    pub fn shortcomings(&self) -> Vec<String> {
        let incomplete = "not every message was answered: the report says what is missing";
        let conditions = self.failed_conditions.iter();
        (!self.complete())
            .then(|| incomplete.to_owned())
            .into_iter()
            .chain(conditions.map(|failed| format!("--fail-if {failed}")))
            .collect()
    }

    /// Whether every message that was due got what it was to get.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.lost + self.unsent + self.unconfirmed + self.returned + self.refused == 0
    }

    /// One JSON object on one line.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
