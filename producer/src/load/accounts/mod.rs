//! The accounts of a run: what became of every message, counted and not guessed.
//!
//! A message is opened when it is first sent and closed when nothing more is awaited of it. Only
//! open messages take memory; a closed one is known by its number being below the next and in no
//! open account. Who sends, receives or keeps time is no business of this module.
//!
//! Without confirmations a message begins where it would be confirmed otherwise: it is closed by
//! its reply, or at once where none is wanted.
//!
//! ```text
//!   sent ──► confirmed ──► replied          closed
//!    │   └─► replied ────► confirmed        closed (a reply may overtake its confirmation)
//!    │   └─► replied ────► cut off          closed (the reply proves that it arrived)
//!    ├─► returned                           closed: no queue took it
//!    ├─► refused                            closed: the broker said no
//!    └─► cut off ──► sent again ──► …       the connection broke before any answer
//! ```
//!
//! Where a message that was sent again is returned or refused, its first copy may have arrived all
//! the same. Only its reply can tell; without one it stays unconfirmed.

mod open;

use crate::load::scenario::Reply;
use crate::report::Confirms;
use open::{Account, Awaited, Copies, OpenMessages};
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
    /// Messages that were on their way when a connection broke, so that nobody knows whether they
    /// arrived. Where confirmations are asked for, each is sent again.
    pub cut_off: u64,
    /// Messages sent once more because a connection broke before their confirmation: each may be
    /// in the queue twice.
    pub resent: u64,
}

/// Whether the broker has handed over the same reply before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
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

/// The accounts of a run.
#[derive(Debug)]
pub struct Accounts {
    reply: Reply,
    confirms: Confirms,
    open: OpenMessages,
    /// Open messages that the broker has and that only their reply is missing of.
    unreplied: u64,
    /// Messages sent without confirmation that the broker has not shown to have read, and whose
    /// connection stands.
    unread: u64,
    /// The number of the message that is sent next; messages are first sent in order.
    next: u64,
    counts: Counts,
}

impl Accounts {
    /// The accounts of a run that waits for replies and confirmations, or doesn't.
    #[must_use]
    pub fn new(reply: Reply, confirms: Confirms) -> Self {
        Self {
            reply,
            confirms,
            open: OpenMessages::default(),
            unreplied: 0,
            unread: 0,
            next: 0,
            counts: Counts::default(),
        }
    }

    /// The next message, which was due then, is sent for the first time now; its number.
    pub fn sent(&mut self, due: Duration, now: Duration) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.counts.sent += 1;
        self.unread += u64::from(self.confirms == Confirms::Unwanted);
        let awaited = match (self.confirms, self.reply) {
            (Confirms::Awaited, Reply::Wanted) => Awaited::Both,
            (Confirms::Awaited, Reply::None) => Awaited::Confirmation,
            (Confirms::Unwanted, Reply::Wanted) => Awaited::Reply,
            (Confirms::Unwanted, Reply::None) => return sequence,
        };
        self.unreplied += u64::from(awaited == Awaited::Reply);
        self.open.open(sequence, Account::new(due, now, awaited));
        sequence
    }

    /// A message that was cut off is sent again. When it was due, or `None` if its reply has
    /// arrived in the meantime and it need not be.
    pub fn sent_again(&mut self, sequence: u64) -> Option<Duration> {
        let due = self.open.get(sequence)?.due();
        self.counts.resent += 1;
        Some(due)
    }

    /// The broker confirmed a message. When it was first handed over, if that was not known to be
    /// confirmed before.
    pub fn confirmed(&mut self, sequence: u64) -> Option<Duration> {
        let account = self.open.get_mut(sequence)?;
        let sent = account.sent();
        match account.awaited {
            Awaited::Both | Awaited::Proof => {
                account.awaited = Awaited::Reply;
                self.unreplied += 1;
            }
            Awaited::Confirmation => self.open.close(sequence),
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

    /// Closes a message that was sent in vain, unless a copy of it got through or may have.
    fn give_up(&mut self, sequence: u64) -> bool {
        let account = self.open.get_mut(sequence);
        if let Some(account) = account.filter(|account| account.copies == Copies::Several) {
            match (account.awaited, self.reply) {
                (Awaited::Both, _) => {
                    account.awaited = Awaited::Proof;
                    return false;
                }
                // Nothing comes that could tell, and what is closed in no other account is
                // unconfirmed.
                (Awaited::Confirmation, Reply::None) => {
                    self.open.close(sequence);
                    return false;
                }
                (Awaited::Confirmation | Awaited::Reply | Awaited::Proof, _) => {}
            }
        }
        let awaited = self.open.get(sequence).map(|account| account.awaited);
        match (self.confirms, self.reply, awaited) {
            // Where nothing is awaited a message is closed from the start.
            (Confirms::Unwanted, Reply::None, _) => sequence < self.next,
            (Confirms::Unwanted, Reply::Wanted, Some(_)) => {
                self.unreplied -= 1;
                self.open.close(sequence);
                true
            }
            (Confirms::Awaited, _, Some(Awaited::Both))
            | (Confirms::Awaited, Reply::None, Some(Awaited::Confirmation)) => {
                self.open.close(sequence);
                true
            }
            // Its reply is here already, so an earlier copy arrived.
            (Confirms::Awaited, Reply::Wanted, Some(Awaited::Confirmation)) => {
                self.confirmed(sequence);
                false
            }
            (Confirms::Awaited, _, Some(Awaited::Reply | Awaited::Proof)) | (_, _, None) => false,
        }
    }

    /// Clients gave up waiting for this many messages. They stay open: a reply may still come.
    pub fn timed_out(&mut self, messages: u64) {
        self.counts.timed_out += messages;
    }

    pub fn replied(&mut self, sequence: u64, transfer: Transfer) -> Answer {
        if sequence >= self.next {
            return Answer::Unknown;
        }
        let account = self.open.get_mut(sequence);
        let Some(account) = account.filter(|account| account.awaited != Awaited::Confirmation)
        else {
            return self.replied_again(transfer);
        };
        let due = account.due();
        match account.awaited {
            Awaited::Both => account.awaited = Awaited::Confirmation,
            Awaited::Proof => {
                self.counts.confirmed += 1;
                self.open.close(sequence);
            }
            Awaited::Reply | Awaited::Confirmation => {
                self.unreplied -= 1;
                self.open.close(sequence);
            }
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

    /// A connection broke while these were on their way, whose confirmations it owed: the ones
    /// that have to be sent again. What has its reply is known to have arrived and is not among
    /// them.
    pub fn cut_off(&mut self, on_their_way: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut again = Vec::new();
        for sequence in on_their_way {
            let Some(account) = self.open.get_mut(sequence) else {
                continue;
            };
            match (account.awaited, self.reply) {
                (Awaited::Both, _) | (Awaited::Confirmation, Reply::None) => {
                    account.copies = Copies::Several;
                    self.counts.cut_off += 1;
                    again.push(sequence);
                }
                (Awaited::Confirmation, Reply::Wanted) => {
                    self.confirmed(sequence);
                }
                (Awaited::Reply | Awaited::Proof, _) => {}
            }
        }
        again
    }

    /// The broker has shown that it read this many of the messages sent without confirmation.
    pub fn read(&mut self, messages: u64) {
        self.unread = self.unread.saturating_sub(messages);
    }

    /// A connection broke that owed no confirmations: the broker had shown to have read all but so
    /// many of the messages on it. They are not sent again, because all of them may have arrived.
    pub fn cut_off_unconfirmed(&mut self, messages: u64) {
        self.unread = self.unread.saturating_sub(messages);
        self.counts.cut_off += messages;
    }

    /// Messages of which something is still awaited.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open.len()
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether confirmations are asked for.
    #[must_use]
    pub fn confirms(&self) -> Confirms {
        self.confirms
    }

    /// Messages that were sent and of which nobody knows whether the broker has them: those without
    /// an answer of it. Where none was asked for, those that were cut off, and those that it has not
    /// read, unless replies tell.
    #[must_use]
    pub fn unconfirmed(&self) -> u64 {
        let Counts {
            sent,
            confirmed,
            returned,
            refused,
            cut_off,
            ..
        } = self.counts;
        match (self.confirms, self.reply) {
            (Confirms::Awaited, _) => sent - confirmed - returned - refused,
            (Confirms::Unwanted, Reply::None) => cut_off + self.unread,
            (Confirms::Unwanted, Reply::Wanted) => 0,
        }
    }

    /// Messages whose reply alone is missing: what is lost if the run ends now. Without
    /// confirmations, what never arrived is among them.
    #[must_use]
    pub fn unreplied(&self) -> u64 {
        self.unreplied
    }
}

#[cfg(test)]
mod tests;
