//! A fleet that only writes down what it was told: what tests of the event loop hold on to.

use super::{Fleet, WorkerUsage};
use policy::WorkerId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a fleet was told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Start(WorkerId),
    Drain(WorkerId),
    Kill(WorkerId),
}

/// Keeps every order and starts nothing. Clones share what they recorded, so a test can give one to
/// the event loop and read the other; the outcomes are events that the test sends itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordingFleet {
    orders: Arc<Mutex<Vec<Order>>>,
}

impl RecordingFleet {
    /// The orders since the last call, oldest first.
    pub(crate) fn take_orders(&self) -> Vec<Order> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Order>> {
        // A test that panicked elsewhere leaves a list of orders that is still a list of orders.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleet for RecordingFleet {
    fn start(&mut self, worker: WorkerId) {
        self.lock().push(Order::Start(worker));
    }

    fn drain(&mut self, worker: WorkerId) {
        self.lock().push(Order::Drain(worker));
    }

    fn kill(&mut self, worker: WorkerId) {
        self.lock().push(Order::Kill(worker));
    }

    fn usage(&mut self) -> Vec<WorkerUsage> {
        Vec::new()
    }

    fn last_error(&self) -> Option<String> {
        None
    }
}
