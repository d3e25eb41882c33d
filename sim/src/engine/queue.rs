//! The work queue, as RabbitMQ keeps it: messages in order, handed to the consumers that have room
//! in turn. What a consumer held comes back to where it was, at the front.

use policy::WorkerId;
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// When it entered the queue.
    pub(crate) arrived_at: Duration,
    /// How long a worker takes for it, whichever works on it.
    pub(crate) service: Duration,
}

/// Messages that wait, and consumers that may have room for them.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    messages: VecDeque<Message>,
    /// Consumers in turn. One that has gone, or has no room left, is passed over when its turn comes.
    turn: VecDeque<WorkerId>,
    arrived: u64,
    delivered: u64,
}

impl Queue {
    pub(crate) fn arrive(&mut self, message: Message) {
        self.arrived += 1;
        self.messages.push_back(message);
    }

    /// What a worker held comes back, in its order, before everything else.
    pub(crate) fn give_back(&mut self, held: VecDeque<Message>) {
        for message in held.into_iter().rev() {
            self.messages.push_front(message);
        }
    }

    /// A consumer has room, and its turn comes after the others'.
    pub(crate) fn line_up(&mut self, worker: WorkerId) {
        self.turn.push_back(worker);
    }

    /// Whose turn it is, where a message waits.
    pub(crate) fn next_turn(&mut self) -> Option<WorkerId> {
        if self.messages.is_empty() {
            return None;
        }
        self.turn.pop_front()
    }

    /// Hands out the message at the front.
    pub(crate) fn deliver(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.delivered += 1;
        Some(message)
    }

    /// Messages that wait.
    pub(crate) fn ready(&self) -> u64 {
        self.messages.len() as u64
    }

    /// Those messages, from the front.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    /// Messages that have ever entered.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Deliveries, those of one message for the second time included.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// When the message at the front entered.
    pub(crate) fn oldest(&self) -> Option<Duration> {
        self.messages.front().map(|message| message.arrived_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(second: u64) -> Message {
        Message {
            arrived_at: Duration::from_secs(second),
            service: Duration::from_millis(5),
        }
    }

    #[test]
    fn what_comes_back_is_delivered_first_and_in_its_order() {
        let mut queue = Queue::default();
        for second in 0..4 {
            queue.arrive(message(second));
        }
        let held: VecDeque<_> = [queue.deliver(), queue.deliver()]
            .into_iter()
            .flatten()
            .collect();
        queue.give_back(held);
        let order: Vec<_> = std::iter::from_fn(|| queue.deliver()).collect();
        assert_eq!(order, [0, 1, 2, 3].map(message));
        assert_eq!((queue.arrived(), queue.delivered()), (4, 6));
    }
}
