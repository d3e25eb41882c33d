//! The headers that workers write and read, and what they say of a message.

use broker::{Delivery, PUBLISH_HEADER, Properties};

/// Headers of a request whose names begin with this are given back with its result: the producer
/// knows its messages by them.
const COPIED_HEADERS: &str = "warren-";

/// But these are not the producer's: they say what became of this one message so far, and not of
/// the answer to it.
const KEPT_BACK_HEADERS: [&str; 5] = [
    ATTEMPTS_HEADER,
    EXCHANGE_HEADER,
    ROUTING_KEY_HEADER,
    WORK_HEADER,
    PUBLISH_HEADER,
];

/// The header that counts how often a message has been worked on in vain.
pub(crate) const ATTEMPTS_HEADER: &str = "warren-attempts";

/// Where a message that is worked on again was published first.
pub(crate) const EXCHANGE_HEADER: &str = "warren-exchange";
pub(crate) const ROUTING_KEY_HEADER: &str = "warren-routing-key";

/// The header of an answer that says how long its message was worked on, in microseconds.
pub(crate) const WORK_HEADER: &str = "warren-work-microseconds";

/// What an answer is known by, from what its request is known by.
#[must_use]
pub fn of_answer(request: Properties) -> Properties {
    let is_copied =
        |name: &str| name.starts_with(COPIED_HEADERS) && !KEPT_BACK_HEADERS.contains(&name);
    Properties {
        headers: request.headers.chosen(is_copied),
        correlation_id: request.correlation_id,
        message_id: request.message_id,
        content_type: request.content_type,
        persistence: request.persistence,
        ..Properties::default()
    }
}

/// Where a message was published first: a copy that is worked on again keeps that in its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub exchange: String,
    pub routing_key: String,
}

impl Origin {
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        let headers = &delivery.properties.headers;
        let kept = |name| match headers.integer(ATTEMPTS_HEADER) {
            Some(_) => headers.text(name),
            None => None,
        };
        Self {
            exchange: kept(EXCHANGE_HEADER).unwrap_or_else(|| delivery.exchange.clone()),
            routing_key: kept(ROUTING_KEY_HEADER).unwrap_or_else(|| delivery.routing_key.clone()),
        }
    }
}
