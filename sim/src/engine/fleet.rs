//! Every worker alive, by id, and how many there are of each kind.

use super::worker::{Life, Worker};
use policy::WorkerId;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Fleet {
    /// At the index that is the worker's id: ids are given in order, and never twice. A run moves
    /// some thousands of workers at the most, so what the gone ones leave behind is small.
    slots: Vec<Option<Box<Worker>>>,
    /// Ids of those alive, in order.
    alive: Vec<WorkerId>,
    starting: u32,
    ready: u32,
    draining: u32,
}

/// How many workers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) starting: u32,
    pub(crate) ready: u32,
    pub(crate) draining: u32,
}

impl Counts {
    pub(crate) fn wanted(self) -> u32 {
        self.starting + self.ready
    }

    pub(crate) fn alive(self) -> u32 {
        self.starting + self.ready + self.draining
    }
}

impl Fleet {
    pub(crate) fn start(&mut self, id: WorkerId, now: Duration) {
        let slot = slot(id);
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, || None);
        }
        self.slots[slot] = Some(Box::new(Worker::new(id, now)));
        self.alive.push(id);
        self.starting += 1;
    }

    pub(crate) fn get(&self, id: WorkerId) -> Option<&Worker> {
        self.slots.get(slot(id))?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, id: WorkerId) -> Option<&mut Worker> {
        self.slots.get_mut(slot(id))?.as_deref_mut()
    }

    /// Takes a worker from one part of its life to the next.
    pub(crate) fn move_on(&mut self, id: WorkerId, life: Life) {
        if let Some(worker) = self.get_mut(id) {
            let before = std::mem::replace(&mut worker.life, life);
            *self.count(before) -= 1;
            *self.count(life) += 1;
        }
    }

    pub(crate) fn remove(&mut self, id: WorkerId) -> Option<Box<Worker>> {
        let worker = self.slots.get_mut(slot(id))?.take()?;
        self.alive.retain(|&alive| alive != id);
        *self.count(worker.life) -= 1;
        Some(worker)
    }

    /// The workers alive, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Worker> {
        self.alive.iter().filter_map(|&id| self.get(id))
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            starting: self.starting,
            ready: self.ready,
            draining: self.draining,
        }
    }

    /// An id that no worker has had.
    pub(crate) fn next_id(&self) -> WorkerId {
        WorkerId(self.slots.len().max(1) as u64)
    }

    fn count(&mut self, life: Life) -> &mut u32 {
        match life {
            Life::Starting => &mut self.starting,
            Life::Ready => &mut self.ready,
            Life::Draining { .. } => &mut self.draining,
        }
    }
}

fn slot(id: WorkerId) -> usize {
    usize::try_from(id.0).expect("ids are given one by one from 1 on")
}
