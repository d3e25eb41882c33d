//! Messages that were published for a delivery and await their confirmation.

use crate::ack_window::Tag;
use broker::{Delivery, Error, Message, Outcome};

/// By what a published message is known when the broker has confirmed it.
pub(crate) struct PendingConfirm {
    /// The delivery that it came of.
    pub(crate) tag: Tag,
    pub(crate) what: What,
}

/// What became of a published message.
pub(crate) type Confirmed = (PendingConfirm, Result<Outcome, Error>);

/// What a published message is.
pub(crate) enum What {
    /// A result; kept where it becomes a dead letter if it comes back.
    Result {
        queue: String,
        kept: Option<Box<Message>>,
    },
    /// A message that is handed on.
    Forwarded { queue: String },
    /// A result that came back.
    DeadResult,
    /// A message that can't be processed.
    DeadMessage,
    /// A message that is to be worked on again; kept for the case that its queue is full.
    Retry(Box<Delivery>),
}
