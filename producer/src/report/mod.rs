//! What a run came to: for a reader, and as one JSON object for a machine.

mod charts;
pub mod durations;
pub mod fail_if;
pub(crate) mod figures;
mod html;
mod panel;
mod remarks;
pub mod series;
mod text;

pub use charts::svg;
pub use html::html;

use crate::load::books::Books;
use crate::load::fleet_usage::FleetSummary;
use crate::load::ledger::Confirms;
use crate::load::offered::Load;
use crate::load::scenario::Scenario;
use crate::report::durations::Percentiles;
use crate::report::fail_if::Condition;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The version of the JSON object: raised when a key changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// What a run came to. The field names are the keys of the JSON object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the object.
    pub schema: u32,
    /// What was run.
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

/// What the report says beside the books.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Names the run in message ids.
    pub run: String,
    /// When it started, as RFC 3339.
    pub started_at: String,
    /// From start to report.
    pub duration: Duration,
    /// How many messages were due when sending ended.
    pub due: u64,
    /// How sending ended.
    pub ending: Ending,
    /// What the workers used, where a controller knows.
    pub fleet: Option<FleetSummary>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Finished,
    /// By its user, before its time.
    Interrupted,
}

impl Report {
    /// Draws the balance.
    #[must_use]
    pub fn new(scenario: &Scenario, books: &Books, facts: Facts) -> Self {
        let counts = books.ledger.counts();
        let load = &scenario.load;
        let asked_seconds = load.duration().as_secs_f64();
        let messages = load.messages();
        // A schedule that was kept ends with silence as often as with a message, so the rate
        // reached is over the schedule's time, or over what it took beyond that.
        let sent_seconds = match facts.ending {
            Ending::Finished => asked_seconds.max(books.last_sent.as_secs_f64()),
            Ending::Interrupted => books.last_sent.as_secs_f64(),
        };
        Self {
            schema: SCHEMA,
            scenario: scenario.name.clone(),
            run: facts.run,
            seed: scenario.seed,
            started_at: facts.started_at,
            duration_seconds: facts.duration.as_secs_f64(),
            interrupted: facts.ending == Ending::Interrupted,
            messages,
            due: facts.due,
            sent: counts.sent,
            confirms: books.ledger.confirms(),
            confirmed: counts.confirmed,
            replied: counts.replied,
            lost: books.ledger.unreplied(),
            duplicated: counts.duplicated,
            late: books.late,
            returned: counts.returned,
            refused: counts.refused,
            timed_out: counts.timed_out,
            cut_off: counts.cut_off,
            resent: counts.resent,
            unsent: facts.due.saturating_sub(counts.sent),
            unconfirmed: books.ledger.unconfirmed(),
            ignored_replies: books.ignored,
            redelivered_replies: books.redelivered,
            outages: books.outages,
            blocked_count: books.blocks.count(),
            blocked_seconds: books.blocks.total(facts.duration).as_secs_f64(),
            rate_asked: rate_asked(load),
            rate_reached: per_second(counts.sent, sent_seconds),
            wait_seconds: books.waits.percentiles(),
            schedule_lag_seconds: books.lag.percentiles(),
            confirm_seconds: books.confirm_latency.percentiles(),
            workers: facts.fleet,
            failed_conditions: Vec::new(),
        }
    }

    /// Holds the run against conditions.
    pub fn judge(&mut self, conditions: &[Condition]) {
        let failed = conditions.iter().filter_map(|one| one.failed(self));
        self.failed_conditions = failed.collect();
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

/// The mean rate that a load asks for. A flood asks for none, and clients ask for none: neither says
/// in which time its messages are to be sent.
fn rate_asked(load: &Load) -> Option<f64> {
    match load {
        Load::Open(schedule) if !schedule.has_flood() => {
            per_second(schedule.messages(), schedule.duration().as_secs_f64())
        }
        Load::Open(_) | Load::Closed(_) => None,
    }
}

/// A rate, where there was any time.
fn per_second(count: u64, seconds: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    (seconds > 0.0).then(|| count as f64 / seconds)
}

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests;
