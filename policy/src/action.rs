//! What is to be done. Issuing an action proves nothing: its outcome comes back as an event.

use crate::decision::Decision;
use crate::quantity::WorkerId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One thing to do. It leaves no choice to whoever carries it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Start a worker under this id.
    Start(WorkerId),
    /// Tell this worker to take no more, finish what it holds, and exit.
    Drain(WorkerId),
    /// End this worker's process group at once.
    Kill(WorkerId),
    /// Send `Event::Tick` at this time (from the caller's origin), unless a later `WakeAt` replaces
    /// it: only the last one counts.
    WakeAt(#[serde(with = "crate::exact_seconds")] Duration),
    /// Look at the queue like this from now on. A pool that has said nothing yet is `Calm`.
    Watch(Attention),
    /// Note this decision.
    Record(Decision),
}

/// How closely the queue is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// There is nothing: no worker, no message. A look every `interval`, and one as soon as the
    /// first message comes in.
    Rest,
    /// A look every `interval`.
    Calm,
    /// A look every `fast_interval`, the next one no later than that after the last.
    Alert,
}
