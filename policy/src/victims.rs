//! Which workers go when there are too many: those that lose the least.
//!
//! Ready workers that report idle come first, then starting ones (the newest first: they hold
//! nothing and the oldest is the nearest to being useful), then the rest. Among equals the oldest
//! goes, so that workers are renewed over time.

use crate::quantity::WorkerId;
use crate::roster::Roster;
use crate::view::WorkerState;
use crate::worker::Worker;
use std::cmp::Reverse;

/// The workers to drain, in this order; fewer where there are fewer.
pub(crate) fn victims(roster: &Roster, count: u32) -> Vec<WorkerId> {
    let mut candidates: Vec<&Worker> = roster.iter().filter(|worker| worker.is_wanted()).collect();
    candidates.sort_by_key(|worker| rank(worker));
    candidates
        .into_iter()
        .take(count as usize)
        .map(|worker| worker.id)
        .collect()
}

/// The smallest goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Idle(WorkerId),
    Starting(Reverse<WorkerId>),
    Other(WorkerId),
}

fn rank(worker: &Worker) -> Rank {
    if worker.state() == WorkerState::Starting {
        Rank::Starting(Reverse(worker.id))
    } else if worker.reports_idle() {
        Rank::Idle(worker.id)
    } else {
        Rank::Other(worker.id)
    }
}
