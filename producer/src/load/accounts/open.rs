//! The open messages of a run, in little memory: a million of them take 24 MB.
//!
//! Messages are opened in the order of their numbers, so a queue that is sorted by them needs no
//! index. What is closed at its front is dropped at once; what is closed further back is marked,
//! and swept out when the marks are too many. One message that is never answered therefore costs
//! its own account, however many come after it.

use std::collections::VecDeque;
use std::time::Duration;

/// Marks that are left until a sweep: few enough to be no matter, enough that small queues are not
/// swept for each message.
const CLOSED_MIN: usize = 1024;

/// A sweep looks at every account, and comes when one in so many is closed. So a message costs no
/// more than 32 looks, and a million open ones, with the 3 % that may be closed among them, stay
/// within the 2^20 accounts that the queue has allocated by then.
const CLOSED_SHARE: usize = 32;

/// What is still awaited of an open message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Confirmation,
    Reply,
    Both,
    /// A reply that would prove that an earlier copy arrived: the broker did not take the last one.
    Proof,
}

/// How often a message may have reached the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copies {
    One,
    /// A connection broke under it, and it was sent again.
    Several,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    due_nanoseconds: u64,
    /// From when it was due to when it was first handed over. A message that is more than an hour
    /// late counts as one that is an hour late.
    lag_microseconds: u32,
    pub(super) awaited: Awaited,
    pub(super) copies: Copies,
}

/// The open messages, sorted by their numbers.
#[derive(Debug, Default)]
pub(super) struct OpenMessages {
    slots: VecDeque<Slot>,
    /// How many slots are of closed messages.
    closed: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    sequence: u64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Open(Account),
    Closed,
}

impl Account {
    pub(super) fn new(due: Duration, sent: Duration, awaited: Awaited) -> Self {
        let lag = sent.saturating_sub(due);
        Self {
            // A run would have to last for 584 years to be too long.
            due_nanoseconds: u64::try_from(due.as_nanos()).unwrap_or(u64::MAX),
            lag_microseconds: u32::try_from(lag.as_micros()).unwrap_or(u32::MAX),
            awaited,
            copies: Copies::One,
        }
    }

    pub(super) fn due(&self) -> Duration {
        Duration::from_nanos(self.due_nanoseconds)
    }

    /// When it was first handed over.
    pub(super) fn sent(&self) -> Duration {
        self.due() + Duration::from_micros(self.lag_microseconds.into())
    }
}

impl OpenMessages {
    /// Opens the account of a message, whose number is higher than any before.
    pub(super) fn open(&mut self, sequence: u64, account: Account) {
        let state = State::Open(account);
        self.slots.push_back(Slot { sequence, state });
    }

    pub(super) fn get(&self, sequence: u64) -> Option<&Account> {
        match &self.slots.get(self.find(sequence)?)?.state {
            State::Open(account) => Some(account),
            State::Closed => None,
        }
    }

    pub(super) fn get_mut(&mut self, sequence: u64) -> Option<&mut Account> {
        let index = self.find(sequence)?;
        match &mut self.slots.get_mut(index)?.state {
            State::Open(account) => Some(account),
            State::Closed => None,
        }
    }

    /// Closes the account of a message, if it is open.
    pub(super) fn close(&mut self, sequence: u64) {
        let Some(index) = self.find(sequence) else {
            return;
        };
        if let State::Open(_) = std::mem::replace(&mut self.slots[index].state, State::Closed) {
            self.closed += 1;
        }
        while let Some(Slot {
            state: State::Closed,
            ..
        }) = self.slots.front()
        {
            self.slots.pop_front();
            self.closed -= 1;
        }
        if self.closed > CLOSED_MIN + self.slots.len() / CLOSED_SHARE {
            self.slots
                .retain(|slot| matches!(slot.state, State::Open(_)));
            self.closed = 0;
        }
    }

    pub(super) fn len(&self) -> u64 {
        (self.slots.len() - self.closed) as u64
    }

    fn find(&self, sequence: u64) -> Option<usize> {
        self.slots
            .binary_search_by_key(&sequence, |slot| slot.sequence)
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account::new(Duration::ZERO, Duration::ZERO, Awaited::Reply)
    }

    #[test]
    fn an_account_is_small() {
        assert_eq!(size_of::<Slot>(), 24);
    }

    #[test]
    fn one_message_that_stays_open_costs_one_account() {
        let mut accounts = OpenMessages::default();
        accounts.open(0, account());
        for sequence in 1..100_000 {
            accounts.open(sequence, account());
            accounts.close(sequence);
        }
        assert_eq!(accounts.len(), 1);
        assert!(accounts.slots.len() <= CLOSED_MIN + 2);
        assert!(accounts.get(0).is_some());
    }

    #[test]
    fn a_million_open_messages_fit_whatever_is_closed_among_them() {
        let mut accounts = OpenMessages::default();
        let mut next = 0;
        // Every third message is closed at once, the others never, until a million are open.
        while accounts.len() < 1_000_000 {
            accounts.open(next, account());
            if next % 3 == 1 {
                accounts.close(next);
            }
            next += 1;
        }
        assert_eq!(accounts.slots.capacity(), 1 << 20);
    }

    #[test]
    fn an_account_says_when_its_message_was_due_and_handed_over() {
        let due = Duration::from_nanos(1_234_567_891);
        let sent = due + Duration::from_micros(4321);
        let account = Account::new(due, sent, Awaited::Both);
        assert_eq!((account.due(), account.sent()), (due, sent));
    }
}
