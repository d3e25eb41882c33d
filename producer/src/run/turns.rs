//! Whose turn it is: messages that have to be sent again, then those that are due.

use crate::schedule::{Due, Instants};
use std::collections::VecDeque;
use std::iter::Peekable;
use std::time::Duration;

/// What is to be sent and in which order.
#[derive(Debug)]
pub(super) struct Turns {
    /// Bounded by the window: no more than that is ever unconfirmed.
    again: VecDeque<u64>,
    due: Peekable<Instants>,
}

/// What the sender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Sends this message once more.
    Again(u64),
    /// Sends the next message, which was due then.
    First(Duration),
    /// Waits until then.
    Wait(Duration),
    /// Nothing any more.
    Over,
}

impl Turns {
    pub(super) fn new(instants: Instants) -> Self {
        Self {
            again: VecDeque::new(),
            due: instants.peekable(),
        }
    }

    /// Whose turn it is at `now`; it stays so until it is taken.
    pub(super) fn peek(&mut self, now: Duration) -> Turn {
        if let Some(sequence) = self.again.front() {
            return Turn::Again(*sequence);
        }
        match self.due.peek() {
            Some(Due::At(at)) if *at > now => Turn::Wait(*at),
            Some(Due::At(at)) => Turn::First(*at),
            Some(Due::AsRoomAllows) => Turn::First(now),
            None => Turn::Over,
        }
    }

    /// The message whose turn it was is being sent.
    pub(super) fn take(&mut self) {
        if self.again.pop_front().is_none() {
            self.due.next();
        }
    }

    /// These have to be sent again, before anything else.
    pub(super) fn send_again(&mut self, sequences: Vec<u64>) {
        self.again = sequences.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Rate;
    use crate::schedule::{Phase, Schedule};

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Four messages a second for a second, then two at once.
    fn turns() -> Turns {
        let rate = Rate::try_new(4.0).unwrap();
        let phases = vec![
            Phase::Constant {
                rate,
                duration: at(1000),
            },
            Phase::Flood { messages: 2 },
        ];
        Turns::new(Schedule::new(phases).instants())
    }

    #[test]
    fn a_message_is_sent_when_it_is_due_and_not_before() {
        let mut turns = turns();
        assert_eq!(turns.peek(at(0)), Turn::First(at(0)));
        turns.take();
        assert_eq!(turns.peek(at(249)), Turn::Wait(at(250)));
        assert_eq!(turns.peek(at(250)), Turn::First(at(250)));
    }

    #[test]
    fn after_a_stall_only_what_is_due_is_sent() {
        let mut turns = turns();
        let mut sent = Vec::new();
        while let Turn::First(due) = turns.peek(at(600)) {
            sent.push(due);
            turns.take();
        }
        assert_eq!(sent, [at(0), at(250), at(500)]);
        assert_eq!(turns.peek(at(600)), Turn::Wait(at(750)));
    }

    #[test]
    fn a_flood_is_due_whenever_it_is_asked() {
        let mut turns = turns();
        (0..4).for_each(|_| turns.take());
        assert_eq!(turns.peek(at(1200)), Turn::First(at(1200)));
        turns.take();
        turns.take();
        assert_eq!(turns.peek(at(1300)), Turn::Over);
    }

    #[test]
    fn what_was_cut_off_goes_first_in_its_order() {
        let mut turns = turns();
        turns.take();
        turns.send_again(vec![3, 5]);
        assert_eq!(turns.peek(at(300)), Turn::Again(3));
        turns.take();
        assert_eq!(turns.peek(at(300)), Turn::Again(5));
        turns.take();
        assert_eq!(turns.peek(at(300)), Turn::First(at(250)));
    }
}
