//! The accounts of a run: what became of every message, counted and not guessed.
//!
//! A message is opened when it is first sent and closed when nothing more is awaited of it. Only
//! open messages take memory; a closed one is known by its number being below the next and in no
//! open account. Who sends, receives or keeps time is no business of this module.
//!
//! ```text
//!   sent ──► confirmed ──► replied          closed
//!    │   └─► replied ────► confirmed        closed (a reply may overtake its confirmation)
//!    │   └─► replied ────► cut off          closed (the reply proves that it arrived)
//!    ├─► returned                           closed: no queue took it
//!    ├─► refused                            closed: the broker said no
//!    └─► cut off ──► sent again ──► …       the connection broke before any answer
//! ```

use crate::scenario::Reply;
use std::collections::HashMap;
use std::time::Duration;

/// What became of messages, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages sent, each once however often it was sent again.
    pub sent: u64,
    /// Messages that the broker took responsibility for: it confirmed them, or their reply proves
    /// that it has them.
    pub confirmed: u64,
    /// Messages whose reply arrived.
    pub replied: u64,
    /// Replies beyond the first of a message.
    pub duplicated: u64,
    /// Messages that no queue took; the broker gave them back.
    pub returned: u64,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages whose client gave up before their reply came; where it came later, they are replied
    /// too.
    pub timed_out: u64,
    /// Messages sent once more because a connection broke before their confirmation: each may be
    /// in the queue twice.
    pub resent: u64,
}

/// Whether the broker has handed over the same reply before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// It has not.
    First,
    /// It has, and got no acknowledgement before the connection broke; whether the reply was taken
    /// then nobody knows.
    Repeated,
}

/// What a reply turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The first one of a message that was due then.
    First {
        /// Since the run's start.
        due: Duration,
    },
    /// Another one of a message that had its reply.
    Again,
    /// The one that its message has already, as far as can be known.
    Redelivered,
    /// None of this run's messages has that number.
    Unknown,
}

/// What is still awaited of an open message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Confirmation,
    Reply,
    Both,
}

/// An open message.
#[derive(Clone, Copy, Debug)]
struct Open {
    due: Duration,
    /// When it was first handed over.
    sent: Duration,
    awaited: Awaited,
}

/// The accounts of a run.
#[derive(Debug)]
pub struct Ledger {
    reply: Reply,
    open: HashMap<u64, Open>,
    /// The number of the message that is sent next; messages are first sent in order.
    next: u64,
    counts: Counts,
}

impl Ledger {
    /// Accounts of a run that waits for replies, or doesn't.
    #[must_use]
    pub fn new(reply: Reply) -> Self {
        Self {
            reply,
            open: HashMap::new(),
            next: 0,
            counts: Counts::default(),
        }
    }

    /// The next message, which was due then, is sent for the first time now; its number.
    pub fn sent(&mut self, due: Duration, now: Duration) -> u64 {
        let sequence = self.next;
        let awaited = match self.reply {
            Reply::Wanted => Awaited::Both,
            Reply::None => Awaited::Confirmation,
        };
        let open = Open {
            due,
            sent: now,
            awaited,
        };
        self.open.insert(sequence, open);
        self.next += 1;
        self.counts.sent += 1;
        sequence
    }

    /// A message that was cut off is sent again. When it was due, or `None` if its reply has
    /// arrived in the meantime and it need not be.
    pub fn sent_again(&mut self, sequence: u64) -> Option<Duration> {
        let due = self.open.get(&sequence)?.due;
        self.counts.resent += 1;
        Some(due)
    }

    /// The broker confirmed a message. When it was first handed over, if that was not known to be
    /// confirmed before.
    pub fn confirmed(&mut self, sequence: u64) -> Option<Duration> {
        let open = self.open.get_mut(&sequence)?;
        let sent = open.sent;
        match open.awaited {
            Awaited::Both => open.awaited = Awaited::Reply,
            Awaited::Confirmation => self.close(sequence),
            Awaited::Reply => return None,
        }
        self.counts.confirmed += 1;
        Some(sent)
    }

    /// No queue took a message, and the broker gave it back.
    pub fn returned(&mut self, sequence: u64) {
        if self.give_up(sequence) {
            self.counts.returned += 1;
        }
    }

    /// The broker refused a message.
    pub fn refused(&mut self, sequence: u64) {
        if self.give_up(sequence) {
            self.counts.refused += 1;
        }
    }

    /// Closes a message that was sent again in vain, unless an earlier copy got through.
    fn give_up(&mut self, sequence: u64) -> bool {
        match self.open.get(&sequence).map(|open| open.awaited) {
            Some(Awaited::Both) => {
                self.close(sequence);
                true
            }
            Some(Awaited::Confirmation) if self.reply == Reply::None => {
                self.close(sequence);
                true
            }
            // Its reply is here already, so an earlier copy arrived.
            Some(Awaited::Confirmation) => {
                self.confirmed(sequence);
                false
            }
            Some(Awaited::Reply) | None => false,
        }
    }

    /// So many clients gave up waiting. What they sent stays open: its reply may still come.
    pub fn timed_out(&mut self, messages: u64) {
        self.counts.timed_out += messages;
    }

    /// A reply arrived.
    pub fn replied(&mut self, sequence: u64, transfer: Transfer) -> Answer {
        if sequence >= self.next {
            return Answer::Unknown;
        }
        let open = self.open.get_mut(&sequence);
        let Some(open) = open.filter(|open| open.awaited != Awaited::Confirmation) else {
            return self.replied_again(transfer);
        };
        let due = open.due;
        match open.awaited {
            Awaited::Both => open.awaited = Awaited::Confirmation,
            Awaited::Reply | Awaited::Confirmation => self.close(sequence),
        }
        self.counts.replied += 1;
        Answer::First { due }
    }

    /// A reply of a message that awaits none. What the broker hands over once more was taken before,
    /// and is no second reply.
    fn replied_again(&mut self, transfer: Transfer) -> Answer {
        match transfer {
            Transfer::First => {
                self.counts.duplicated += 1;
                Answer::Again
            }
            Transfer::Repeated => Answer::Redelivered,
        }
    }

    /// The sending connection broke: the messages that have to be sent again, in order. What has
    /// its reply is known to have arrived and is not among them.
    pub fn cut_off(&mut self) -> Vec<u64> {
        let mut again = Vec::new();
        let mut proven = Vec::new();
        for (sequence, open) in &self.open {
            match (open.awaited, self.reply) {
                (Awaited::Both, _) | (Awaited::Confirmation, Reply::None) => again.push(*sequence),
                (Awaited::Confirmation, Reply::Wanted) => proven.push(*sequence),
                (Awaited::Reply, _) => {}
            }
        }
        for sequence in proven {
            self.confirmed(sequence);
        }
        again.sort_unstable();
        again
    }

    fn close(&mut self, sequence: u64) {
        self.open.remove(&sequence);
    }

    /// Messages of which something is still awaited.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// The numbers so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Messages that were sent and got no answer from the broker.
    #[must_use]
    pub fn unconfirmed(&self) -> u64 {
        let Counts {
            sent,
            confirmed,
            returned,
            refused,
            ..
        } = self.counts;
        sent - confirmed - returned - refused
    }

    /// Messages that the broker took responsibility for and that have no reply: what is lost if
    /// the run ends now.
    #[must_use]
    pub fn unreplied(&self) -> u64 {
        let awaits_reply = |open: &&Open| open.awaited == Awaited::Reply;
        self.open.values().filter(awaits_reply).count() as u64
    }
}

#[cfg(test)]
mod tests;
