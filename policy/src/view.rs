//! What a pool looks like from outside: for the status command, the metrics and the HTTP API.
//!
//! A view is a copy taken at one instant; it decides nothing.

use crate::action::Polling;
use crate::closed_set::closed_set;
use crate::decision::{Decision, Observation};
use crate::event::WorkerStatus;
use crate::quantity::{Rate, WorkerId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A pool at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Who says how many workers there are.
    pub mode: PoolMode,
    /// Whether workers stay alive.
    pub health: Health,
    /// Never fewer workers than this.
    pub min: u32,
    /// Never more starting and ready workers than this.
    pub max: u32,
    /// What the strategy last asked for, before limits.
    pub demand: u32,
    /// The number of workers wanted, after limits.
    pub desired: u32,
    /// Workers that were asked for and do not consume yet.
    pub starting: u32,
    /// Workers that consume.
    pub ready: u32,
    /// Workers that finish what they hold.
    pub draining: u32,
    /// μ, as the last decision had it; as configured before the first.
    pub worker_rate: Rate,
    /// Consumers of the work queue that are not Warren's, as last measured.
    pub foreign_consumers: u32,
    /// How often the queue is to be sampled.
    pub polling: Polling,
    /// Whether more workers have not done more work; `None` where nothing says so.
    pub saturated: Option<Saturated>,
    /// What was last observed; `None` before the first good sample.
    pub observation: Option<Observation>,
    /// What was last decided; `None` before the first sample.
    pub last_decision: Option<Decision>,
    /// Every worker, by id.
    pub workers: Vec<WorkerView>,
}

/// More workers have not done more work: the fleet does not grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saturated {
    /// No more workers than this are wanted, unless there are more already.
    pub workers: u32,
    /// Until then, from the caller's origin; after that, a few more are tried.
    pub until: Duration,
}

/// Who says how many workers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// The strategy, within the limits.
    Auto,
    /// Somebody fixed this number.
    Overridden(u32),
    /// Nobody: nothing is started or drained.
    Paused,
    /// The pool ends: its workers are being drained or killed.
    ShuttingDown,
    /// The pool has ended: no worker is left.
    Done,
}

/// Whether workers stay alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// No crash that has not been lived down.
    Healthy,
    /// Some crashed: nothing is started before `until`, and after that with care.
    BackingOff {
        /// When the next start is allowed, from the caller's origin; it may have passed.
        until: Duration,
        /// Crashes in a row.
        crashes: u32,
    },
    /// They crash again and again, or can't be started at all.
    Degraded {
        /// Crashes in a row.
        crashes: u32,
    },
}

/// One worker at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerView {
    /// Its id, the same over restarts of the controller.
    pub worker: WorkerId,
    /// Where it is in its life.
    pub state: WorkerState,
    /// When it came into this state, from the caller's origin.
    pub since: Duration,
    /// What it last reported; `None` where it never did.
    pub status: Option<WorkerStatus>,
}

/// Where a worker is in its life. A closed set: these are metric label values.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// Asked for; does not consume yet, as far as is known.
    #[default]
    Starting,
    /// Consumes, by its own word, by what the broker counts, or as assumed after `ready_after`.
    Ready,
    /// Told to stop, finishing what it holds; or being killed.
    Draining,
}

closed_set!(WorkerState {
    Starting => "starting",
    Ready => "ready",
    Draining => "draining",
});
