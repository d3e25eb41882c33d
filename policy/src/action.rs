//! What is to be done. Issuing an action proves nothing: its outcome comes back as an event.

use crate::decision::Decision;
use crate::quantity::WorkerId;
use std::time::Duration;

/// One thing to do. It leaves no choice to whoever carries it out.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start a worker under this id.
    Start(WorkerId),
    /// Tell this worker to take no more, finish what it holds, and exit.
    Drain(WorkerId),
    /// End this worker's process group at once.
    Kill(WorkerId),
    /// Send `Event::Tick` at this time (from the caller's origin), unless a later `WakeAt` replaces
    /// it: only the last one counts.
    WakeAt(Duration),
    /// Note this decision.
    Record(Decision),
}
