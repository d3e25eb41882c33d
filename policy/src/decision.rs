//! A decision is a value: the log, the metrics, the journal, the API and the simulator all show this
//! one, and those that show a sentence have it from [`Decision::explain`].

use crate::closed_set::closed_set;
use crate::quantity::Rate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What was decided, from what, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When, from the caller's origin.
    #[serde(rename = "at_seconds", with = "crate::seconds")]
    pub at: Duration,
    /// What it was decided from; the last one known where this sample failed.
    pub observation: Observation,
    /// What the strategy asks for, before limits.
    pub demand: u32,
    /// The number of workers wanted, after limits.
    pub desired: u32,
    /// Starting and ready workers before this decision.
    pub from: u32,
    /// The rule or the order that settled the number.
    pub reason: Reason,
    /// Every limit that changed the number, in the order applied.
    pub limits: Vec<Limit>,
}

/// The numbers a decision stands on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Messages waiting.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged; `None` where it is not known.
    pub in_flight: Option<u64>,
    /// B, as the strategy counted it.
    pub backlog: u64,
    /// λ; the last known one where this interval has none. `None` before the first.
    pub arrival_rate: Option<Rate>,
    /// Whether λ was counted, worked out or only remembered.
    pub arrival_rate_source: RateSource,
    /// μ: what one busy worker completes.
    pub worker_rate: Rate,
    /// Whether μ was given, assumed or measured.
    pub worker_rate_source: WorkerRateSource,
    /// From the order to start a worker until it consumes: the median of those measured last, and no
    /// less than the age of the oldest that is starting. `None` before the first is ordered.
    #[serde(rename = "start_up_seconds", with = "crate::seconds::optional")]
    pub start_up: Option<Duration>,
    /// Tr.
    #[serde(rename = "drain_time_seconds", with = "crate::seconds")]
    pub drain_time: Duration,
    /// How soon a message is to be taken up; `None` where the strategy promises nothing.
    #[serde(rename = "promised_wait_seconds", with = "crate::seconds::optional")]
    pub promised_wait: Option<Duration>,
    /// Consumers of the work queue that are not Warren's.
    pub foreign_consumers: u32,
}

/// How the arrival rate of an observation is known. A closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateSource {
    /// Every arrival of the last interval was counted.
    Counted,
    /// Worked out from how the backlog changed and what the workers completed.
    Balance,
    /// The count queue was full: the rate is this or more, and nothing is lowered by it.
    AtLeast,
    /// Nothing was counting: the last known rate stands, and nothing is lowered by it.
    LastKnown,
}

/// How the worker rate of an observation is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerRateSource {
    /// It stands in the settings.
    Given,
    /// It is to be measured, and too little is known yet: the prior.
    Prior,
    /// Measured from what the workers completed.
    Measured {
        /// The half-width of the interval that holds the true rate with 95 % confidence, as a share
        /// of the rate.
        error_ratio: f64,
    },
}

/// What settled a decision. A closed set: these are metric label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The strategy's demand, within the limits listed.
    Demand,
    /// The arrival rate is not known, so nothing is lowered.
    RateUnknown,
    /// The sample failed, so the fleet stays.
    NoData,
    /// There is no sample to act on, and all workers report that they take no more for now: one in
    /// four is added.
    FullHands,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The limit, by its name in the settings or the decision.
    pub name: LimitName,
    /// The number before it.
    pub from: u32,
    /// The number after it.
    pub to: u32,
}

/// The limits, in the order they are applied. A closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// Square-root staffing: so many keep up with the arrivals and their chances.
    Headroom,
    /// No more workers than there are messages to do.
    Useful,
    /// No more than it takes once those that are starting are ready.
    StartUp,
    /// Chance may explain the change, or it is not worth a worker's start or end.
    DeadBand,
    /// At most so many more at once.
    StepUp,
    /// At most so many fewer at once.
    StepDown,
    /// Down only to the largest desired of the hold window.
    Hold,
    /// More workers have not done more work.
    Saturated,
    /// The host has no room for more.
    Host,
    /// Never fewer.
    Min,
    /// Never fewer at this time of the day and week.
    Schedule,
    /// Never more.
    Max,
}

closed_set!(Reason {
    Demand => "demand",
    RateUnknown => "rate_unknown",
    NoData => "no_data",
    FullHands => "full_hands",
    Implausible => "implausible",
    Stale => "stale",
    Paused => "paused",
    Override => "override",
    Shutdown => "shutdown",
});
