//! What must hold after every event of a run, whatever the policy and the workload are.
//!
//! - Never more starting and ready workers than `max`, nor more processes than `max_processes`.
//! - No message is lost or doubled: those that arrived wait, are held, or are completed.
//! - No worker that holds messages is killed before it has had its grace to finish them.
//! - A look that shows nothing lowers nothing (Warren's own policies; rivals do as they do).

use crate::engine::{Bounds, Killed, NoData, World};
use policy::WorkerId;
use std::fmt;
use std::time::Duration;

/// Whether a run is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checks {
    /// After every event. It takes several times as long.
    On,
    #[default]
    Off,
}

/// Something that must hold did not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{broken} (workload \"{workload}\", policy \"{policy}\", seed {seed}, at {:.3} s)",
    at.as_secs_f64()
)]
pub struct Violation {
    pub workload: String,
    pub policy: String,
    pub seed: u64,
    pub at: Duration,
    pub broken: Broken,
}

/// What did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// More workers than `max`.
    TooManyWorkers {
        /// Starting and ready.
        workers: u32,
        max: u32,
    },
    /// More processes than `max_processes`.
    TooManyProcesses {
        /// Starting, ready and draining.
        processes: u32,
        max: u32,
    },
    /// Messages were lost or doubled.
    Astray {
        /// Messages that ever arrived.
        arrived: u64,
        waiting: u64,
        /// Messages that workers hold.
        held: u64,
        /// Messages that were completed.
        completed: u64,
    },
    /// A worker that held messages was killed without its grace.
    BusyKilled {
        worker: WorkerId,
        /// Messages it held.
        held: u64,
    },
    /// Fewer workers were wanted, or some told to stop, because nothing could be seen.
    Lowered {
        /// Workers wanted before.
        before: u32,
        /// Workers wanted after it.
        after: u32,
        /// Workers told to stop.
        drained: u32,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyWorkers { workers, max } => {
                write!(
                    f,
                    "{workers} workers start or consume, and at most {max} may"
                )
            }
            Self::TooManyProcesses { processes, max } => {
                write!(
                    f,
                    "{processes} processes are alive, and at most {max} may be"
                )
            }
            Self::Astray {
                arrived,
                waiting,
                held,
                completed,
            } => write!(
                f,
                "{arrived} messages arrived, but {waiting} wait, {held} are held and {completed} completed"
            ),
            Self::BusyKilled { worker, held } => write!(
                f,
                "worker {worker} was killed with {held} messages before its grace was over"
            ),
            Self::Lowered {
                before,
                after,
                drained,
            } => write!(
                f,
                "a look that failed took {before} wanted workers to {after} and stopped {drained}"
            ),
        }
    }
}

/// What does not hold, if anything.
pub(crate) fn broken(
    world: &World<'_>,
    bounds: Bounds,
    killed: &[Killed],
    no_data: Option<NoData>,
) -> Option<Broken> {
    count(world, bounds)
        .or_else(|| conservation(world))
        .or_else(|| kills(killed, bounds.grace))
        .or_else(|| lowered(no_data?))
}

fn count(world: &World<'_>, bounds: Bounds) -> Option<Broken> {
    let counts = world.counts();
    if counts.wanted() > bounds.max {
        return Some(Broken::TooManyWorkers {
            workers: counts.wanted(),
            max: bounds.max,
        });
    }
    let max = bounds.max_processes?;
    (counts.alive() > max).then(|| Broken::TooManyProcesses {
        processes: counts.alive(),
        max,
    })
}

fn conservation(world: &World<'_>) -> Option<Broken> {
    let arrived = world.queue.arrived();
    let waiting = world.queue.ready();
    let held = world.fleet.iter().map(|worker| worker.held.len() as u64);
    let held = held.sum::<u64>();
    let completed = world.meter.completed;
    (arrived != waiting + held + completed).then_some(Broken::Astray {
        arrived,
        waiting,
        held,
        completed,
    })
}

fn kills(killed: &[Killed], grace: Duration) -> Option<Broken> {
    killed
        .iter()
        .find(|killed| killed.after.is_none_or(|after| after < grace))
        .map(|killed| Broken::BusyKilled {
            worker: killed.worker,
            held: killed.held,
        })
}

fn lowered(no_data: NoData) -> Option<Broken> {
    let NoData {
        desired_before,
        desired_after,
        drained,
    } = no_data;
    (desired_after < desired_before || drained > 0).then_some(Broken::Lowered {
        before: desired_before,
        after: desired_after,
        drained,
    })
}

#[cfg(test)]
mod tests;
