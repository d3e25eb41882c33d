//! Starts and stops the workers of a pool, and reports what became of them.
//!
//! A fleet does what it is told and decides nothing: the policy names the worker, keeps every timer
//! (grace, back-off, readiness), and learns the outcome as a [`policy::Event`] from the fleet's
//! [`Outbox`], like everything else that happens.
//! [`ProcessFleet`] runs workers as processes on this host.

mod abandoned;
mod command;
#[cfg(test)]
mod fixture;
mod outbox;
mod output;
mod process;
mod processes;
mod procfs;
#[cfg(test)]
mod recording;
mod roster;
mod state_dir;
mod status;
#[cfg(test)]
mod tests;
mod usage;

pub use abandoned::drain_abandoned;
pub use command::{CommandError, resolve};
pub use outbox::Outbox;
pub(crate) use outbox::Report;
pub use process::{OpenError, ProcessFleet, Setup};
pub use state_dir::{Holder, StateDir, StateDirError, check_socket_path};

#[cfg(test)]
pub(crate) use recording::{Order, RecordingFleet};

use policy::{Fraction, WorkerId};
use std::fmt::Debug;

/// Carries out what the policy decided, for one pool.
///
/// No call waits for anything but the start of a process, and none reports its own outcome: that
/// arrives as `WorkerStarted`, `WorkerExited` or `ActionFailed` in the outbox that the fleet was made
/// with.
/// An order to a worker that is gone is no failure: its exit is on its way.
pub trait Fleet: Debug + Send {
    /// Starts a worker under this id.
    fn start(&mut self, worker: WorkerId);

    /// Tells a worker to take no more, finish what it holds, and exit.
    fn drain(&mut self, worker: WorkerId);

    /// Ends a worker at once, with everything it has started.
    fn kill(&mut self, worker: WorkerId);

    /// What each worker alive uses, in the order of their ids. Reads the system: call it at a steady
    /// pace, which also is the time that processor use is averaged over.
    fn usage(&mut self) -> Vec<WorkerUsage>;

    /// Why the last start failed; `None` once one has worked.
    fn last_error(&self) -> Option<String>;
}

/// What one worker uses of this host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkerUsage {
    pub worker: WorkerId,
    /// Its process, which leads a process group of the same number.
    pub pid: u32,
    /// Processor use since the last look, as a ratio of one core: above 1 for a worker that keeps
    /// several busy. `None` at the first look.
    pub cpu_ratio: Option<f64>,
    /// Resident memory. `None` when the process went away while it was looked at.
    pub memory_bytes: Option<u64>,
}

/// Spreads restarts. Drawn here, because the policy draws nothing.
fn jitter() -> Fraction {
    Fraction::try_new(rand::random()).expect("a random double is drawn from 0 up to 1")
}
