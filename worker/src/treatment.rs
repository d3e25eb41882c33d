//! What is to be done about a message once a kind of work has had it: nothing here does it.

use crate::request::{EXCHANGE_HEADER, Origin, ROUTING_KEY_HEADER};
use crate::settings::Identity;
use broker::{Delivery, Message};
use std::time::Duration;

/// What is to be done about a message.
#[derive(Debug, PartialEq)]
pub enum Treatment {
    /// Publish this to this queue.
    Answer {
        /// By way of the default exchange.
        queue: String,
        /// The result.
        message: Message,
    },
    /// Publish this to this queue, and give the message back where there is no such queue: it is the
    /// message itself, for somebody else, and must not be lost.
    Forward {
        /// By way of the default exchange.
        queue: String,
        /// The message.
        message: Message,
    },
    /// Nothing: nobody wants the result.
    Unwanted,
    /// It can't be processed; here it is again.
    Unprocessable(Reason, Delivery),
    /// It is worked on again, by whoever gets it, after this long.
    Retry {
        /// Why.
        reason: Reason,
        /// How long it is held before.
        after: Duration,
        /// The message as it is to be published again.
        delivery: Delivery,
    },
    /// It goes back to the queue as it was, after this long.
    GiveBack {
        /// Why.
        reason: Reason,
        /// How long it is held before.
        after: Duration,
    },
    /// It is given up.
    Dropped(Reason),
}

/// Why a message, or its result, has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its text is not UTF-8.
    NotUtf8,
    /// It is larger than `max_message_bytes`.
    TooLarge,
    /// Its `reply_to` is the work queue: the result would come back as a message, for ever.
    RepliesToWorkQueue,
    /// Its result reached no queue.
    ResultUnroutable,
    /// Its command could not be started.
    NotStarted,
    /// Its command asked for another try.
    TemporaryFailure,
    /// Its command ended with an exit code that says that it failed.
    ExitCode,
    /// Its command was ended by a signal.
    Signal,
    /// Its command took too long.
    Timeout,
    /// Its command wrote too much.
    OutputLimit,
}

impl Reason {
    /// What stands in the header `warren-reason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::TooLarge => "too-large",
            Self::RepliesToWorkQueue => "replies-to-work-queue",
            Self::ResultUnroutable => "result-unroutable",
            Self::NotStarted => "not-started",
            Self::TemporaryFailure => "temporary-failure",
            Self::ExitCode => "exit-code",
            Self::Signal => "signal",
            Self::Timeout => "timeout",
            Self::OutputLimit => "output-limit",
        }
    }
}

/// The copy of a message that goes to the dead-letter exchange: as it was, with headers that say
/// why, where it was going, and who gave it up.
#[must_use]
pub fn dead_letter(
    mut message: Message,
    reason: Reason,
    origin: Origin,
    identity: &Identity,
) -> Message {
    let headers = &mut message.properties.headers;
    headers.insert("warren-reason", reason.as_str());
    headers.insert(EXCHANGE_HEADER, origin.exchange);
    headers.insert(ROUTING_KEY_HEADER, origin.routing_key);
    headers.insert("warren-pool", identity.pool.as_str());
    headers.insert("warren-worker", identity.worker.as_str());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::delivery;

    #[test]
    fn a_dead_letter_says_why_and_keeps_everything_else() {
        let delivery = delivery(b"\xff", Some("answers"));
        let message = Message {
            body: delivery.body.clone(),
            properties: delivery.properties.clone(),
        };
        let identity = Identity {
            pool: "filter".to_owned(),
            worker: "7".to_owned(),
        };
        let dead = dead_letter(message, Reason::NotUtf8, Origin::of(&delivery), &identity);
        let header = |name| dead.properties.headers.text(name);
        assert_eq!(header("warren-reason").as_deref(), Some("not-utf8"));
        assert_eq!(header("warren-exchange").as_deref(), Some("events"));
        assert_eq!(header("warren-routing-key").as_deref(), Some("key"));
        assert_eq!(header("warren-pool").as_deref(), Some("filter"));
        assert_eq!(header("warren-worker").as_deref(), Some("7"));
        assert_eq!(dead.properties.headers.integer("x-other"), Some(8));
        assert_eq!(dead.properties.reply_to, delivery.properties.reply_to);
        assert_eq!(dead.body, delivery.body);
    }
}
