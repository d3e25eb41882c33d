//! What to do with a message after its work: answer, forward, retry, give back, or drop. `deliveries`
//! does it.

use crate::headers::{
    EXCHANGE_HEADER, Origin, POOL_HEADER, REASON_HEADER, ROUTING_KEY_HEADER, WORKER_HEADER,
};
use crate::identity::Identity;
use crate::reason::Reason;
use broker::{Delivery, Message};
use std::time::Duration;

#[derive(Debug, PartialEq)]
pub enum Disposition {
    /// Publish this to this queue.
    Answer {
        /// By way of the default exchange.
        queue: String,
        message: Message,
    },
    /// Publish this to this queue, and give the message back where there is no such queue: it is the
    /// message itself, for somebody else, and must not be lost.
    Forward {
        /// By way of the default exchange.
        queue: String,
        message: Message,
    },
    /// Nothing: nobody wants the result.
    Unwanted,
    /// It can't be processed; here it is again.
    Unprocessable(Reason, Delivery),
    /// It is worked on again, by whoever gets it, after this long.
    Retry {
        reason: Reason,
        /// How long it is held before.
        after: Duration,
        /// The message as it is to be published again.
        delivery: Delivery,
    },
    /// It goes back to the queue as it was, after this long.
    GiveBack {
        reason: Reason,
        /// How long it is held before.
        after: Duration,
    },
    Dropped(Reason),
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
    headers.insert(REASON_HEADER, reason.as_str());
    headers.insert(EXCHANGE_HEADER, origin.exchange);
    headers.insert(ROUTING_KEY_HEADER, origin.routing_key);
    headers.insert(POOL_HEADER, identity.pool.as_str());
    headers.insert(WORKER_HEADER, identity.worker.as_str());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::delivery;

    #[test]
    fn a_dead_letter_says_why_and_keeps_everything_else() {
        let delivery = delivery(b"\xff", Some("answers"));
        let message = Message {
            body: delivery.body.clone(),
            properties: delivery.properties.clone(),
        };
        let identity = Identity {
            program: "warren-worker",
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
