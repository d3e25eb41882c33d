//! What the connections of a run and its watch share: everything that happens to a message is
//! written down here, for all who need to know.

use super::closed_loop::ClosedLoop;
use super::observations::{Observation, Observations};
use super::turns::Source;
use crate::load::books::Books;
use crate::load::ledger::{Confirms, Ledger, Transfer};
use crate::load::offered::Load;
use crate::load::scenario::Reply;
use program::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use traffic::Schedule;

/// Messages of which something is awaited, at most. More would be an endless queue behind workers
/// that don't come; sending then pauses, messages are late, and memory stays where it is.
pub(super) const OPEN_MAX: u64 = 1_000_000;

/// What the connections and the watch share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Names the run in message ids.
    pub(super) id: String,
    pub(super) clock: Clock,
    reply: Reply,
    books: Mutex<Books>,
    players: Players,
    observations: Option<Mutex<Observations>>,
}

/// What makes messages due.
#[derive(Debug)]
pub(super) enum Players {
    /// A schedule.
    Schedule(Schedule),
    /// Clients.
    Clients(Arc<ClosedLoop>),
}

impl Players {
    /// Those of a load, on so many connections.
    pub(super) fn of(load: &Load, connections: usize, patience: Duration) -> Self {
        match load {
            Load::Open(schedule) => Self::Schedule(schedule.clone()),
            Load::Closed(crowds) => Self::Clients(Arc::new(ClosedLoop::new(
                crowds.clone(),
                connections,
                patience,
            ))),
        }
    }

    /// The share of one connection of so many.
    fn share(&self, connection: usize, connections: usize) -> Source {
        match self {
            Self::Schedule(schedule) => Source::schedule(schedule, connection, connections),
            Self::Clients(closed_loop) => Source::Clients {
                closed_loop: Arc::clone(closed_loop),
                connection,
            },
        }
    }
}

impl Shared {
    /// Starts the clock. The first `observed` messages are kept one by one, if that is wanted.
    pub(super) fn start(
        id: String,
        (reply, confirms): (Reply, Confirms),
        players: Players,
        observed: Option<usize>,
    ) -> Self {
        Self {
            id,
            clock: Clock::start(),
            reply,
            books: Mutex::new(Books::of(Ledger::new(reply, confirms))),
            players,
            observations: observed.map(|limit| Mutex::new(Observations::new(limit))),
        }
    }

    /// The books are a few numbers that are whole after each change, so even a thread that
    /// panicked leaves them readable.
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the message that has this id, if it is one of this run.
    pub(super) fn sequence_of(&self, id: &str) -> Option<u64> {
        sequence_of(id, &self.id)
    }

    /// The next message, which was due then, is handed over; its number.
    pub(super) fn sent(&self, due: Duration, now: Duration) -> u64 {
        let mut books = self.books();
        let sequence = books.sent(due, now);
        // Under the lock of the books, so that numbers come in their order here too.
        self.observe(|observations| observations.sent(sequence, due, now));
        sequence
    }

    /// The broker confirmed a message.
    pub(super) fn confirmed(&self, sequence: u64) {
        let now = self.clock.now();
        self.books().confirmed(sequence, now);
        self.observe(|observations| observations.confirmed(sequence, now));
        if self.reply == Reply::None {
            self.answered(sequence, now);
        }
    }

    /// No queue took a message, and the broker gave it back.
    pub(super) fn returned(&self, sequence: u64) {
        self.books().ledger.returned(sequence);
        self.answered(sequence, self.clock.now());
    }

    /// The broker refused a message.
    pub(super) fn refused(&self, sequence: u64) {
        self.books().ledger.refused(sequence);
        self.answered(sequence, self.clock.now());
    }

    /// A reply arrived; `None` if it names no message of this run.
    pub(super) fn replied(&self, sequence: Option<u64>, transfer: Transfer) {
        let now = self.clock.now();
        self.books().replied(sequence, transfer, now);
        if let Some(sequence) = sequence {
            self.observe(|observations| observations.replied(sequence, now));
            self.answered(sequence, now);
        }
    }

    /// Lets the clients go on whose reply is overdue.
    pub(super) fn give_up(&self, now: Duration) {
        if let Players::Clients(clients) = &self.players {
            let count = clients.give_up(now);
            if count > 0 {
                self.books().ledger.timed_out(count);
            }
        }
    }

    /// Whether messages are still to come at `now`, so that a run that is quiet is not over. A
    /// schedule's come in their time; clients' come however long the broker is away, unless nobody
    /// may send because too many are unanswered.
    pub(super) fn goes_on(&self, now: Duration) -> bool {
        match &self.players {
            Players::Schedule(schedule) => now < schedule.duration(),
            Players::Clients(clients) => {
                clients.go_on(now) && self.books().ledger.open() < OPEN_MAX
            }
        }
    }

    /// What one connection of so many is to send.
    pub(super) fn share(&self, connection: usize, connections: usize) -> Source {
        self.players.share(connection, connections)
    }

    /// The messages that were kept one by one.
    pub(super) fn observed(&self) -> Vec<Observation> {
        let mut seen = Vec::new();
        self.observe(|observations| seen = observations.take());
        seen
    }

    fn answered(&self, sequence: u64, now: Duration) {
        if let Players::Clients(clients) = &self.players {
            clients.answered(sequence, now);
        }
    }

    fn observe(&self, note: impl FnOnce(&mut Observations)) {
        if let Some(observations) = &self.observations {
            note(&mut observations.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The number in `<run>-<sequence>`, if it is this run's.
fn sequence_of(id: &str, run: &str) -> Option<u64> {
    id.strip_prefix(run)?.strip_prefix('-')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_this_run_have_a_number() {
        assert_eq!(sequence_of("c0ffee-17", "c0ffee"), Some(17));
        for other in [
            "c0ffee17",
            "c0ffee-",
            "c0ffee-x",
            "decaf-17",
            "c0ffee-17-1",
            "",
        ] {
            assert_eq!(sequence_of(other, "c0ffee"), None, "{other}");
        }
    }
}
