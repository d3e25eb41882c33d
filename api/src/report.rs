//! What `/api/v1/pools` and `/api/v1/pools/{name}` answer. What is not known is `null`, and rates
//! are per second.
//!
//! While a queue can't be looked at, its figures are those of the last good sample, whose age stands
//! beside them; `/metrics` leaves them out.

use policy::{Activity, Decision, Polling, WorkerState};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the answer's form.
///
/// Keys may be added without a new one, because a reader passes over those it does not know. A new
/// word for a state, a reason or any other closed set needs a new one, and so does a key that goes: a
/// reader of this version takes neither, and refuses the whole answer.
pub const SCHEMA: u32 = 1;

/// The answer of `/api/v1/pools`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolsReport {
    /// [`SCHEMA`] of the controller that answers.
    pub schema: u32,
    /// The version of the controller's program, as `--version` prints it.
    pub version: String,
    /// `None` until the host has first been measured.
    pub host: Option<HostReport>,
    /// In the order of the configuration.
    pub pools: Vec<PoolReport>,
}

/// The machine that the controller and its workers run on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostReport {
    /// Processor use over all cores, from 0 to 1.
    pub cpu_ratio: f64,
    /// What can be had without swapping.
    pub memory_available_bytes: u64,
}

/// One pool: the answer of `/api/v1/pools/{name}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolReport {
    /// As the configuration calls it.
    pub name: String,
    /// The queue that its workers consume.
    pub work_queue: String,
    /// The pool in one word.
    pub state: PoolState,
    /// How often the queue is looked at.
    pub polling: Polling,
    /// Whether the controller reaches RabbitMQ; the pool's workers have connections of their own.
    pub broker_connected: bool,
    /// The age of the last good sample; `None` before the first.
    pub sample_age_seconds: Option<f64>,
    /// Messages that wait in the queue.
    pub ready: Option<u64>,
    /// Messages that a worker holds unacknowledged; `None` where workers don't report it.
    pub in_flight: Option<u64>,
    /// The messages that the strategy counts as work to be done.
    pub backlog: Option<u64>,
    /// λ, messages that enter the queue per second.
    pub arrival_rate: Option<f64>,
    /// μ, messages that one busy worker completes per second: the configured one before the first
    /// decision.
    pub worker_rate: f64,
    /// How μ is known; `None` before the first decision.
    pub worker_rate_source: Option<WorkerRateKind>,
    /// Half the width of a measured μ's 95 % interval, as a share of μ.
    pub worker_rate_error_ratio: Option<f64>,
    /// The median time from the order to start a worker until it consumes.
    pub start_up_seconds: Option<f64>,
    /// The consumers of the queue, whoever they belong to.
    pub consumers: Option<u32>,
    /// The consumers of the queue that are not this pool's workers.
    pub foreign_consumers: u32,
    /// The workers that the strategy asks for, before any limit.
    pub demand: u32,
    /// The workers wanted, after all limits.
    pub desired: u32,
    /// `min` of the configuration.
    pub min: u32,
    /// `max` of the configuration.
    pub max: u32,
    /// The workers counted by state.
    pub workers: WorkersReport,
    /// Each worker by itself.
    pub fleet: Vec<WorkerReport>,
    /// The last decision; `None` before the first.
    pub decision: Option<DecisionReport>,
    /// What is wrong at the moment, told as in the log.
    pub last_error: Option<String>,
    /// Counts since the controller started.
    pub totals: TotalsReport,
}

/// What a pool is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolState {
    /// Workers come and go with the work.
    Running,
    /// Workers crash again and again, or can't be started.
    Degraded,
    /// A worker crashed: the next is started after a pause.
    BackingOff,
    /// Nothing is started or drained until the pool is resumed.
    Paused,
    /// The controller ends, and the pool's workers before it.
    Stopping,
    /// The pool's loop is gone, and nobody looks after it.
    Ended,
}

/// How the worker rate of a [`PoolReport`] is known: [`policy::WorkerRateSource`] without the error
/// of a measured one, which has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerRateKind {
    /// The configuration names it.
    Given,
    /// It is being measured, and too little is known: the prior stands for it.
    Prior,
    /// It was measured.
    Measured,
}

/// A pool's workers, counted by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkersReport {
    /// Spawned, and not known to consume yet.
    pub starting: u32,
    /// Consuming.
    pub ready: u32,
    /// Told to stop, and finishing what they hold.
    pub draining: u32,
}

/// One worker: its process, and what it last reported of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerReport {
    /// No other worker of its pool ever has the same.
    pub id: u64,
    /// Its process; `None` until it has first been measured.
    pub pid: Option<u32>,
    /// Where it is in its life.
    pub state: WorkerState,
    /// Whether it has work in hand; `None` where it reports nothing.
    pub activity: Option<Activity>,
    /// Messages that it holds unacknowledged, by its own report.
    pub in_flight: Option<u64>,
    /// Messages that it has finished since its start, by its own report.
    pub completed: Option<u64>,
    /// Time since its start, or since this controller adopted it.
    pub age_seconds: Option<f64>,
    /// Processor use since the look before, 2 s ago; 1 is one core. `None` until the second look.
    pub cpu_ratio: Option<f64>,
    /// Resident memory.
    pub memory_bytes: Option<u64>,
}

/// A decision with its explanation beside its own keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionReport {
    /// What was decided, from what, and why.
    #[serde(flatten)]
    pub decision: Decision,
    /// The same as a sentence, as in the log.
    pub explanation: String,
}

/// Counts since the controller started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TotalsReport {
    /// Messages counted on their way into the queue.
    pub arrivals: u64,
    /// Good samples without a count of arrivals, because the count queue had just been bound.
    pub arrival_gaps: u64,
    /// Good samples.
    pub samples: u64,
    /// Samples that failed.
    pub sample_failures: u64,
    /// Decisions that moved workers.
    pub scale_actions: u64,
    /// Workers started, and workers drained by decisions.
    pub workers_moved: u64,
    /// The most workers that were starting and ready at once; draining ones do not count.
    pub workers_peak: u32,
    /// The time that all workers together have lived.
    pub worker_seconds: f64,
}

/// The answer to a request that can't be met, with a status of 400 or above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong with the request, and what there is instead.
    pub error: String,
}

/// The word on the wire.
impl fmt::Display for PoolState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a controller writes it, every key in its order.
    const ANSWER: &str = concat!(
        r#"{"schema":1,"version":"0.1.0","#,
        r#""host":{"cpu_ratio":0.25,"memory_available_bytes":1048576},"pools":["#,
        r#"{"name":"filter","work_queue":"filter.work","state":"backing_off","polling":"fast","#,
        r#""broker_connected":true,"sample_age_seconds":0.84,"ready":1200,"in_flight":40,"#,
        r#""backlog":1240,"arrival_rate":285.04,"worker_rate":187.25,"#,
        r#""worker_rate_source":"measured","worker_rate_error_ratio":0.08,"start_up_seconds":0.42,"#,
        r#""consumers":5,"foreign_consumers":2,"demand":6,"desired":4,"min":0,"max":10,"#,
        r#""workers":{"starting":0,"ready":1,"draining":0},"fleet":["#,
        r#"{"id":7,"pid":4242,"state":"ready","activity":"busy","in_flight":40,"completed":900,"#,
        r#""age_seconds":31.5,"cpu_ratio":0.5,"memory_bytes":9437184}],"#,
        r#""decision":{"at_seconds":30.5,"observation":{"ready":1200,"in_flight":40,"#,
        r#""backlog":1240,"arrival_rate":285.04,"arrival_rate_source":"counted","#,
        r#""worker_rate":187.25,"worker_rate_source":{"measured":{"error_ratio":0.08}},"#,
        r#""start_up_seconds":0.42,"drain_time_seconds":2.0,"promised_wait_seconds":null,"#,
        r#""foreign_consumers":2},"demand":6,"desired":4,"from":1,"reason":"demand","#,
        r#""limits":[{"name":"host","from":6,"to":4}],"explanation":"1 to 4 workers"},"#,
        r#""last_error":null,"totals":{"arrivals":9000,"arrival_gaps":0,"samples":60,"#,
        r#""sample_failures":1,"scale_actions":2,"workers_moved":3,"workers_peak":3,"#,
        r#""worker_seconds":61.25}}]}"#,
    );

    #[test]
    fn what_was_read_is_written_byte_for_byte() {
        let report: PoolsReport = serde_json::from_str(ANSWER).unwrap();
        assert_eq!(serde_json::to_string(&report).unwrap(), ANSWER);
    }

    #[test]
    fn a_controller_that_says_more_is_understood() {
        let more = ANSWER.replace(r#""schema":1,"#, r#""schema":1,"weather":"fine","#);
        let report: PoolsReport = serde_json::from_str(&more).unwrap();
        assert_eq!(report, serde_json::from_str(ANSWER).unwrap());
    }

    #[test]
    fn a_state_is_shown_as_it_is_written() {
        assert_eq!(PoolState::BackingOff.to_string(), "backing_off");
    }
}
