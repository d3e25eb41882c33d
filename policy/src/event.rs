//! What can happen to a pool. Whoever drives the policy turns the world into these.

use crate::closed_set::closed_set;
use crate::count::Count;
use crate::quantity::{Fraction, WorkerId};
use crate::settings::{MinuteOfDay, Settings, Weekday};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An occurrence that the policy answers; each comes with the time it happened at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The queue was looked at.
    Sampled(Sample),
    /// The queue could not be looked at.
    SampleFailed(SampleFailure),
    /// A worker that an earlier run of the controller left behind (an orphan) still runs; it is to
    /// be drained. Comes before the first sample.
    WorkerAdopted {
        /// The id that the earlier run had given it.
        worker: WorkerId,
    },
    /// The process of a worker that was to be started runs.
    WorkerStarted {
        /// The id that `Action::Start` gave it.
        worker: WorkerId,
    },
    /// A worker reported that it consumes.
    WorkerReady {
        /// As `Action::Start` or `WorkerAdopted` named it.
        worker: WorkerId,
    },
    /// A worker reported what it does.
    WorkerStatus {
        /// As `Action::Start` or `WorkerAdopted` named it.
        worker: WorkerId,
        /// Its counters, from its start on.
        status: WorkerStatus,
    },
    /// A worker's process is gone.
    WorkerExited {
        /// As `Action::Start` or `WorkerAdopted` named it.
        worker: WorkerId,
        /// Its exit code or signal, where anybody saw it.
        exit: Exit,
        /// A random share of half the back-off, so that pools do not restart in step.
        jitter: Fraction,
    },
    /// An action could not be carried out.
    ActionFailed {
        /// The action, with its worker.
        action: FailedAction,
        /// A random share of half the back-off, so that pools do not restart in step.
        jitter: Fraction,
    },
    /// The settings changed.
    ConfigChanged(Settings),
    /// Nothing is to be started or drained until `Resumed`; the dead are not replaced.
    Paused,
    /// Back to work.
    Resumed,
    /// Somebody fixed the number of workers, or gave it back to the strategy.
    Overridden(Override),
    /// The host was measured, and the pool's workers on it.
    HostMeasured {
        /// Of the host as a whole.
        usage: HostUsage,
        /// Memory that one of the pool's workers takes, on average; `None` where none could be
        /// measured.
        worker_memory_bytes: Option<u64>,
    },
    /// What the clocks on the wall show where the schedule's time zone is. Comes when the minute
    /// changes, and before the first sample; only pools with a schedule need it.
    LocalTime(LocalTime),
    /// The pool is to end.
    Shutdown(Shutdown),
    /// The time that an `Action::WakeAt` asked for has come.
    Tick,
}

/// What one look at the queue showed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was taken, from the same origin as `now`.
    #[serde(with = "crate::exact_seconds")]
    pub taken_at: Duration,
    /// Messages waiting in the work queue.
    pub ready: u64,
    /// Consumers of the work queue, whoever they belong to.
    pub consumers: u32,
    /// What entered the work queue since the sample before.
    pub arrivals: Arrivals,
}

/// Messages that entered the work queue between two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Every one was counted.
    Counted {
        /// Messages, those that were taken meanwhile included.
        messages: u64,
        /// The time that really passed; above zero.
        #[serde(with = "crate::exact_seconds")]
        over: Duration,
    },
    /// The count queue was full: these at the least.
    AtLeast {
        /// Messages that were still there to be counted.
        messages: u64,
        /// The time that really passed; above zero.
        #[serde(with = "crate::exact_seconds")]
        over: Duration,
    },
    /// Nothing counts, by configuration: λ follows from the balance of the backlog.
    Balance,
    /// Nothing was counting (the count queue has just been bound, or could not be).
    Unknown,
}

impl Arrivals {
    /// `None` where they were not all counted.
    pub(crate) fn counted(self) -> Option<Count> {
        match self {
            Arrivals::Counted { messages, over } => Count::new(messages, over),
            Arrivals::AtLeast { .. } | Arrivals::Balance | Arrivals::Unknown => None,
        }
    }
}

/// Why the queue could not be looked at. A closed set: these are metric label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleFailure {
    /// No connection to the broker.
    Unreachable,
    /// The broker did not answer in time.
    Timeout,
    /// The work queue does not exist.
    QueueMissing,
    /// The broker refused: login, virtual host or permission.
    Refused,
    /// Another controller holds the pool.
    NotOwner,
    /// Anything else that the broker or the network said.
    Broker,
}

/// A worker's own report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// Whether it has work in hand.
    pub activity: Activity,
    /// Messages completed since it started.
    pub completed: u64,
    /// Time spent on them since it started.
    #[serde(with = "crate::exact_seconds")]
    pub busy: Duration,
    /// Messages delivered to it and not yet acknowledged.
    pub in_flight: u64,
}

/// Whether a worker has work in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing in hand: it waits for messages.
    Idle,
    /// At least one message in hand.
    Busy,
}

/// How a worker's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this exit code.
    Code(i32),
    /// Killed by the signal of this number.
    Signal(i32),
    /// It is gone and nobody could see how: an orphan is no child of this controller.
    Unseen,
}

/// An action that could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedAction {
    /// The process could not be started: there is none.
    Start(WorkerId),
    /// The order to drain could not be given.
    Drain(WorkerId),
    /// The kill could not be carried out.
    Kill(WorkerId),
}

/// Who says how many workers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Override {
    /// This many, within `max`.
    Workers(u32),
    /// As many as the strategy asks for: an earlier override ends.
    Auto,
}

/// How a pool is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shutdown {
    /// Drain every worker; kill what outlives the grace.
    Drain,
    /// Kill every worker at once.
    Kill,
}

/// How busy the host is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostUsage {
    /// Processor use over all cores since the last measurement: from 0 to 1.
    pub cpu_ratio: f64,
    /// Memory that can be had without swapping.
    pub memory_available_bytes: u64,
}

/// A minute of the week, where the schedule's time zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// The day.
    pub weekday: Weekday,
    /// The minute of that day.
    pub minute: MinuteOfDay,
}

closed_set!(SampleFailure {
    Unreachable => "unreachable",
    Timeout => "timeout",
    QueueMissing => "queue_missing",
    Refused => "refused",
    NotOwner => "not_owner",
    Broker => "broker",
});
