//! A decision is a value: the log line, the metric labels, the journal, the page and the simulator
//! all print this one, through [`Decision::explain`].

use crate::quantity::Rate;
use serde::Serialize;
use std::time::Duration;

/// What was decided, from what, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// When, from the caller's origin.
    #[serde(rename = "at_seconds", serialize_with = "seconds")]
    pub at: Duration,
    /// What it was decided from; the last one known where this sample failed.
    pub observation: Observation,
    /// What the strategy asks for, before limits.
    pub demand: u32,
    /// The number of workers wanted, after limits.
    pub desired: u32,
    /// Starting and ready workers before this decision.
    pub from: u32,
    /// What settled it.
    pub reason: Reason,
    /// Every limit that changed the number, in the order applied.
    pub limits: Vec<Limit>,
}

/// The numbers a decision stands on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Observation {
    /// Messages waiting.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged; `None` where it is not known.
    pub in_flight: Option<u64>,
    /// B, as the strategy counted it.
    pub backlog: u64,
    /// λ; the last known one where this interval has none. `None` before the first.
    pub arrival_rate: Option<Rate>,
    /// How λ is known.
    pub arrival_rate_source: RateSource,
    /// μ: what one busy worker completes.
    pub worker_rate: Rate,
    /// Tr.
    #[serde(rename = "drain_time_seconds", serialize_with = "seconds")]
    pub drain_time: Duration,
    /// Consumers of the work queue that are not Warren's.
    pub foreign_consumers: u32,
}

/// How the arrival rate of an observation is known. A closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateSource {
    /// Every arrival of the last interval was counted.
    Counted,
    /// The count queue was full: the rate is this or more, and nothing is lowered by it.
    AtLeast,
    /// Nothing was counting: the last known rate stands, and nothing is lowered by it.
    LastKnown,
}

/// What settled a decision. A closed set: these are metric label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The strategy's demand, within the limits listed.
    Demand,
    /// The arrival rate is not known, so nothing is lowered.
    RateUnknown,
    /// The sample failed, so the fleet stays.
    NoData,
    /// The sample can't be true, so the fleet stays.
    Implausible,
    /// The sample came too late to be acted on, so the fleet stays.
    Stale,
    /// The pool is paused.
    Paused,
    /// Somebody fixed the number.
    Override,
    /// The pool ends.
    Shutdown,
}

/// One limit that changed the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Which.
    pub name: LimitName,
    /// The number before it.
    pub from: u32,
    /// The number after it.
    pub to: u32,
}

/// The limits, in the order they are applied. A closed set: these are metric label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// No more workers than there are messages to do.
    Useful,
    /// At most so many more at once.
    StepUp,
    /// At most so many fewer at once.
    StepDown,
    /// Down only to the largest desired of the hold window.
    Hold,
    /// Never fewer.
    Min,
    /// Never more.
    Max,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
