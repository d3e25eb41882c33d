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
    /// Sample the queue this often from now on. A pool that has said nothing yet is `Normal`.
    Poll(Polling),
    /// Note this decision.
    Record(Decision),
}

impl Action {
    /// The decision to note, where that is what is to be done. An answer has at most one.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Action::Record(decision) => Some(decision),
            _ => None,
        }
    }
}

/// How often the queue is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polling {
    /// There is nothing: no worker, no message. Every `interval`, and as soon as the first message
    /// comes in.
    Idle,
    /// Every `interval`.
    Normal,
    /// Every `fast_interval`, the next time no later than that after the last.
    Fast,
}
