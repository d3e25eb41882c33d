//! Whose turn it is: messages that have to be sent again, then those that are due.
//!
//! What was due during a stall is sent at once when it is over, each message late and counted so:
//! the rate that a scenario asks for is a total, and waits count from when a message was due. What
//! is not due yet is never sent. There are no permits that a pause could save up, as in limiters
//! that fill a bucket, so nothing overshoots after a pause or a step.

use crate::load::closed_loop::ClosedLoop;
use crate::load::turn::Turn;
use std::collections::VecDeque;
use std::iter::{Peekable, Skip, StepBy};
use std::sync::Arc;
use std::time::Duration;
use traffic::{Due, Instants, Schedule};

/// What one connection is to send and in which order.
#[derive(Debug)]
pub(in crate::load) struct SendQueue {
    /// Bounded by the window: no more than that is ever unconfirmed.
    again: VecDeque<u64>,
    first: Source,
}

/// Where messages come from that have not been sent yet.
#[derive(Debug)]
pub(in crate::load) enum Source {
    /// They are due at instants.
    Schedule(Peekable<StepBy<Skip<Instants>>>),
    /// They are due when a client of this connection is free.
    Clients {
        closed_loop: Arc<ClosedLoop>,
        connection: usize,
    },
}

impl SendQueue {
    pub(in crate::load) fn new(first: Source) -> Self {
        Self {
            again: VecDeque::new(),
            first,
        }
    }

    /// Whose turn it is at `now`; it stays so until it is taken.
    pub(in crate::load) fn peek(&mut self, now: Duration) -> Turn {
        match self.again.front() {
            Some(sequence) => Turn::Again(*sequence),
            None => self.first.peek(now),
        }
    }

    /// Whose turn it is at `now`, and it is being sent.
    pub(in crate::load) fn take(&mut self, now: Duration) -> Turn {
        match self.again.pop_front() {
            Some(sequence) => Turn::Again(sequence),
            None => self.first.take(now),
        }
    }

    /// The first message that was taken last has this number.
    pub(in crate::load) fn sent(&self, sequence: u64, now: Duration) {
        match &self.first {
            Source::Schedule(_) => {}
            Source::Clients {
                closed_loop,
                connection,
            } => closed_loop.sent(*connection, sequence, now),
        }
    }

    /// Waits until a client is free.
    pub(in crate::load) async fn freed(&self) {
        match &self.first {
            Source::Schedule(_) => std::future::pending().await,
            Source::Clients {
                closed_loop,
                connection,
            } => closed_loop.freed(*connection).await,
        }
    }

    /// These have to be sent again, before anything else: what was to be sent again already comes
    /// after them, as it did before.
    pub(in crate::load) fn send_again(&mut self, sequences: Vec<u64>) {
        for sequence in sequences.into_iter().rev() {
            self.again.push_front(sequence);
        }
    }
}

impl Source {
    /// The share of one connection of so many: every so-many-th message of a schedule.
    pub(in crate::load) fn schedule(
        schedule: &Schedule,
        connection: usize,
        connections: usize,
    ) -> Self {
        let instants = schedule.instants().skip(connection).step_by(connections);
        Self::Schedule(instants.peekable())
    }

    fn peek(&mut self, now: Duration) -> Turn {
        match self {
            Self::Schedule(due) => match due.peek() {
                Some(Due::At(at)) if *at > now => Turn::Wait(*at),
                Some(Due::At(at)) => Turn::First(*at),
                Some(Due::AsRoomAllows { from }) if *from > now => Turn::Wait(*from),
                Some(Due::AsRoomAllows { .. }) => Turn::First(now),
                None => Turn::Over,
            },
            Self::Clients {
                closed_loop,
                connection,
            } => closed_loop.peek(*connection, now),
        }
    }

    fn take(&mut self, now: Duration) -> Turn {
        match self {
            Self::Schedule(_) => {
                let turn = self.peek(now);
                if let (Turn::First(_), Self::Schedule(due)) = (turn, self) {
                    due.next();
                }
                turn
            }
            Self::Clients {
                closed_loop,
                connection,
            } => closed_loop.take(*connection, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use traffic::Phase;
    use traffic::Rate;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Four messages a second for a second, then two at once.
    fn queue() -> SendQueue {
        let rate = Rate::try_new(4.0).unwrap();
        let phases = vec![
            Phase::Constant {
                rate,
                duration: at(1000),
            },
            Phase::Flood { messages: 2 },
        ];
        SendQueue::new(Source::schedule(&Schedule::new(phases), 0, 1))
    }

    #[test]
    fn a_message_is_sent_when_it_is_due_and_not_before() {
        let mut queue = queue();
        assert_eq!(queue.peek(at(0)), Turn::First(at(0)));
        assert_eq!(queue.take(at(0)), Turn::First(at(0)));
        assert_eq!(queue.take(at(249)), Turn::Wait(at(250)));
        assert_eq!(queue.take(at(250)), Turn::First(at(250)));
    }

    #[test]
    fn after_a_stall_only_what_is_due_is_sent() {
        let mut queue = queue();
        let mut sent = Vec::new();
        while let Turn::First(due) = queue.take(at(600)) {
            sent.push(due);
        }
        assert_eq!(sent, [at(0), at(250), at(500)]);
        assert_eq!(queue.peek(at(600)), Turn::Wait(at(750)));
    }

    #[test]
    fn whatever_stalls_all_that_is_due_is_sent_and_nothing_more() {
        let constant = |rate, milliseconds| Phase::Constant {
            rate: Rate::try_new(rate).unwrap(),
            duration: at(milliseconds),
        };
        // A pause between two rates, and a step up.
        let phases = vec![
            constant(1000.0, 2000),
            constant(0.0, 2000),
            constant(1000.0, 1000),
            constant(4000.0, 1000),
        ];
        let schedule = Schedule::new(phases);
        for stall in [1, 7, 40, 250, 1000, 2500] {
            let mut queue = SendQueue::new(Source::schedule(&schedule, 0, 1));
            let (mut now, mut sent) = (0, 0);
            while queue.peek(at(now)) != Turn::Over {
                while let Turn::First(_) = queue.take(at(now)) {
                    sent += 1;
                }
                let due = schedule
                    .instants()
                    .take_while(|due| matches!(due, Due::At(due) if *due <= at(now)));
                assert_eq!(
                    sent,
                    due.count(),
                    "after {now} ms, with stalls of {stall} ms"
                );
                now += stall;
            }
            assert_eq!(sent, 7000);
        }
    }

    #[test]
    fn connections_share_a_schedule_without_a_message_more_or_less() {
        let rate = Rate::try_new(100.0).unwrap();
        let schedule = Schedule::new(vec![Phase::Constant {
            rate,
            duration: at(1000),
        }]);
        let mut due = Vec::new();
        for connection in 0..3 {
            let mut queue = SendQueue::new(Source::schedule(&schedule, connection, 3));
            while let Turn::First(at) = queue.take(at(1000)) {
                due.push(Due::At(at));
            }
        }
        due.sort_by_key(|due| match due {
            Due::At(at) => *at,
            Due::AsRoomAllows { from } => *from,
        });
        assert_eq!(due, schedule.instants().collect::<Vec<_>>());
    }

    #[test]
    fn a_flood_is_due_whenever_it_is_asked_once_the_phase_before_has_ended() {
        let mut queue = queue();
        for _ in 0..4 {
            queue.take(at(750));
        }
        assert_eq!(queue.take(at(750)), Turn::Wait(at(1000)));
        assert_eq!(queue.take(at(1200)), Turn::First(at(1200)));
        assert_eq!(queue.take(at(1201)), Turn::First(at(1201)));
        assert_eq!(queue.take(at(1300)), Turn::Over);
    }

    #[test]
    fn what_was_cut_off_goes_first_in_its_order() {
        let mut queue = queue();
        queue.take(at(0));
        queue.send_again(vec![3, 5]);
        assert_eq!(queue.peek(at(300)), Turn::Again(3));
        assert_eq!(queue.take(at(300)), Turn::Again(3));
        queue.send_again(vec![3]);
        assert_eq!(queue.take(at(300)), Turn::Again(3));
        assert_eq!(queue.take(at(300)), Turn::Again(5));
        assert_eq!(queue.take(at(300)), Turn::First(at(250)));
    }
}
