//! Durable queues that several programs share and whose properties carry what they agree on: who
//! may consume, and what happens when the queue is full.
//!
//! Unlike the queues in [`crate::topology`] these are not looked at first. They are declared each
//! time, so that a queue of that name with other properties is an error of kind
//! [`crate::ErrorKind::Mismatch`] and not a guarantee that silently does not hold.

use crate::error::Error;
use crate::message::long;
use crate::session::Session;
use crate::topology::declare_queue;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;

/// What a durable queue is to be like; nothing happens before [`DurableQueue::declare`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurableQueue {
    name: String,
    consumers: Consumers,
    length: Length,
}

/// Who is given a queue's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consumers {
    /// All of its consumers, in turn.
    All,
    /// One of them, until it is gone: then another, which is given what the first had not
    /// acknowledged before anything else.
    SingleActive,
}

/// How many messages may wait in a queue. Those that a consumer holds do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// No limit but the broker's own.
    Unbounded,
    /// So many; a further one pushes out the oldest.
    Newest(u32),
    /// So many; a further one is refused, which its publisher is told.
    Oldest(u32),
}

impl DurableQueue {
    /// A queue of that name.
    #[must_use]
    pub fn new(name: impl Into<String>, consumers: Consumers, length: Length) -> Self {
        Self {
            name: name.into(),
            consumers,
            length,
        }
    }

    /// The name that it is declared under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes sure that it is there, and is as described.
    pub async fn declare(&self, session: &mut Session) -> Result<(), Error> {
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        declare_queue(session, &self.name, options, self.arguments()).await
    }

    fn arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), long("classic"));
        if self.consumers == Consumers::SingleActive {
            arguments.insert("x-single-active-consumer".into(), true.into());
        }
        let bound = match self.length {
            Length::Unbounded => None,
            Length::Newest(messages) => Some((messages, "drop-head")),
            Length::Oldest(messages) => Some((messages, "reject-publish")),
        };
        if let Some((messages, overflow)) = bound {
            arguments
                .insert("x-max-length".into(), i64::from(messages).into())
                .insert("x-overflow".into(), long(overflow));
        }
        arguments
    }
}
