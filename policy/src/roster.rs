//! Every worker of a pool that is alive, or was asked for, by id: so from the oldest to the newest.

use crate::event::{Activity, WorkerStatus};
use crate::quantity::WorkerId;
use crate::view::WorkerState;
use crate::worker::Worker;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// A pool's workers. Bounded by `max_processes` and the adopted workers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Roster {
    workers: BTreeMap<WorkerId, Worker>,
    /// The largest id so far; the first one is 1. 2⁶⁴ starts do not happen.
    last_id: u64,
}

/// How many workers are in which state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) starting: u32,
    pub(crate) ready: u32,
    pub(crate) draining: u32,
}

/// What the starting and ready workers hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InHand {
    /// Messages in flight at the workers that report.
    pub(crate) messages: u64,
    /// Ready workers that have never reported.
    pub(crate) silent: u32,
}

impl Counts {
    /// Those that `desired` and `max` count.
    pub(crate) fn wanted(self) -> u32 {
        self.starting + self.ready
    }

    /// Those that `max_processes` counts.
    pub(crate) fn alive(self) -> u32 {
        self.starting + self.ready + self.draining
    }
}

impl Roster {
    /// Neither this id nor any larger one has been used.
    pub(crate) fn next_id(&self) -> WorkerId {
        WorkerId(self.last_id.saturating_add(1))
    }

    /// Enters a worker that is to be started now.
    pub(crate) fn ask_for_one(&mut self, now: Duration) -> WorkerId {
        let id = self.next_id();
        self.enter(Worker::asked_for(id, now));
        id
    }

    /// Enters a worker that an earlier run left behind; false where it is known already.
    pub(crate) fn adopt(&mut self, id: WorkerId, now: Duration) -> bool {
        let is_new = !self.workers.contains_key(&id);
        if is_new {
            self.enter(Worker::adopted(id, now));
        }
        is_new
    }

    fn enter(&mut self, worker: Worker) {
        self.last_id = self.last_id.max(worker.id.0);
        self.workers.insert(worker.id, worker);
    }

    pub(crate) fn get_mut(&mut self, id: WorkerId) -> Option<&mut Worker> {
        self.workers.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: WorkerId) -> Option<Worker> {
        self.workers.remove(&id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// From the oldest to the newest.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Worker> {
        self.workers.values()
    }

    /// From the oldest to the newest.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Worker> {
        self.workers.values_mut()
    }

    /// The ready ones, from the oldest to the newest.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Worker> {
        self.iter()
            .filter(|worker| worker.state() == WorkerState::Ready)
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for worker in self.iter() {
            match worker.state() {
                WorkerState::Starting => counts.starting += 1,
                WorkerState::Ready => counts.ready += 1,
                WorkerState::Draining => counts.draining += 1,
            }
        }
        counts
    }

    /// Messages at the workers, draining ones included; `None` where a ready worker has never
    /// reported, since it may hold any number. Without workers nothing is in flight.
    pub(crate) fn in_flight(&self) -> Option<u64> {
        self.iter()
            .try_fold(0_u64, |sum, worker| match worker.status {
                Some(WorkerStatus { in_flight, .. }) => Some(sum.saturating_add(in_flight)),
                None if worker.state() == WorkerState::Ready => None,
                None => Some(sum),
            })
    }

    /// Messages that a worker has begun, as far as workers report: one for each that holds any. What
    /// else it holds waits there.
    pub(crate) fn in_work(&self) -> u64 {
        self.iter()
            .filter_map(|worker| worker.status)
            .map(|status| status.in_flight.min(1))
            .sum()
    }

    /// Every ready worker reports as much in hand as it takes: what else arrives has to wait in the
    /// queue, although the last sample may have shown none there.
    pub(crate) fn hands_are_full(&self, prefetch: NonZeroU32) -> bool {
        let mut in_flight = self
            .ready()
            .map(|worker| worker.status.map_or(0, |status| status.in_flight))
            .peekable();
        in_flight.peek().is_some() && in_flight.all(|held| held >= prefetch.get().into())
    }

    /// Every ready worker reports that it is busy. One that reports nothing is not known to be.
    pub(crate) fn all_busy(&self) -> bool {
        let mut activities = self
            .ready()
            .map(|worker| worker.status.map(|status| status.activity))
            .peekable();
        activities.peek().is_some() && activities.all(|activity| activity == Some(Activity::Busy))
    }

    /// Messages that the ready workers have completed since they started.
    pub(crate) fn completed(&self) -> u64 {
        self.ready()
            .filter_map(|worker| worker.status)
            .fold(0, |sum, status| sum.saturating_add(status.completed))
    }

    /// What the starting and ready workers hold.
    pub(crate) fn in_hand(&self) -> InHand {
        let mut in_hand = InHand::default();
        for worker in self.iter().filter(|worker| worker.is_wanted()) {
            match worker.status {
                Some(status) => {
                    in_hand.messages = in_hand.messages.saturating_add(status.in_flight);
                }
                None if worker.state() == WorkerState::Ready => in_hand.silent += 1,
                None => {}
            }
        }
        in_hand
    }
}
