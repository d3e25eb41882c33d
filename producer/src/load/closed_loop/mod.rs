//! The clients of a run as its tasks share them: who takes a reply sets a client free, and wakes
//! the connection that it sends over.

mod clients;

use super::turn::Turn;
use crate::load::offered::VirtualUsers;
use clients::{Clients, Freed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The clients of a run.
#[derive(Debug)]
pub(super) struct ClosedLoop {
    clients: Mutex<Clients>,
    /// A waker for each connection.
    freed: Vec<Notify>,
}

impl ClosedLoop {
    pub(super) fn new(groups: Vec<VirtualUsers>, connections: usize, patience: Duration) -> Self {
        Self {
            clients: Mutex::new(Clients::new(groups, connections, patience)),
            freed: (0..connections).map(|_| Notify::new()).collect(),
        }
    }

    pub(super) fn peek(&self, connection: usize, now: Duration) -> Turn {
        self.clients().peek(connection, now)
    }

    pub(super) fn take(&self, connection: usize, now: Duration) -> Turn {
        self.clients().take(connection, now)
    }

    pub(super) fn sent(&self, connection: usize, sequence: u64, now: Duration) {
        self.clients().sent(connection, sequence, now);
    }

    /// A message was answered, or never will be.
    pub(super) fn answered(&self, sequence: u64, now: Duration) {
        let freed = self.clients().answered(sequence, now);
        if let Some(freed) = freed {
            self.wake(freed);
        }
    }

    /// Lets the clients go on whose patience is over; how many.
    pub(super) fn give_up(&self, now: Duration) -> u64 {
        let mut count = 0;
        loop {
            let freed = self.clients().give_up(now);
            let Some(freed) = freed else {
                return count;
            };
            self.wake(freed);
            count += 1;
        }
    }

    /// Waits until a client of a connection may be free. One that became so before the call is
    /// not missed.
    pub(super) async fn freed(&self, connection: usize) {
        self.freed[connection].notified().await;
    }

    /// Whether anything is still to come, however quiet a run is.
    pub(super) fn go_on(&self, now: Duration) -> bool {
        self.clients().go_on(now)
    }

    fn wake(&self, freed: Freed) {
        match freed {
            Freed::Client(connection) => self.freed[connection].notify_one(),
            Freed::Everybody => self.freed.iter().for_each(Notify::notify_one),
        }
    }

    /// The clients are whole after each change, so even a thread that panicked leaves them so.
    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
