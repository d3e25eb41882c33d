//! Messages on their way to the broker, and what became of each.

use crate::window::Tag;
use broker::{Confirm, Delivery, Error, Message, Outcome};
use futures_util::stream::FuturesUnordered;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What was published, and is not yet confirmed.
pub(crate) type Unconfirmed = FuturesUnordered<Published>;

/// One message on its way to the broker; a future of what became of it.
pub(crate) struct Published {
    tag: Tag,
    what: Option<What>,
    confirm: Confirm,
}

/// What became of a published message.
pub(crate) struct Answered {
    /// The delivery that it came of.
    pub(crate) tag: Tag,
    pub(crate) what: What,
    pub(crate) outcome: Result<Outcome, Error>,
}

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

impl Published {
    pub(crate) fn new(tag: Tag, what: What, confirm: Confirm) -> Self {
        let what = Some(what);
        Self { tag, what, confirm }
    }
}

impl Future for Published {
    type Output = Answered;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answered> {
        let Poll::Ready(outcome) = Pin::new(&mut self.confirm).poll(context) else {
            return Poll::Pending;
        };
        let tag = self.tag;
        let what = self
            .what
            .take()
            .expect("a future is not polled after it is done");
        Poll::Ready(Answered { tag, what, outcome })
    }
}
