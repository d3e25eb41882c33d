//! The headers that workers write and read, and what they say of a message.

use broker::{Delivery, PUBLISH_HEADER, Properties};

/// Headers of a request whose names begin with this are given back with its result: the producer
/// knows its messages by them.
const COPIED_HEADERS: &str = "warren-";

/// But these are not the producer's: they say what became of this one message so far, and not of
/// the answer to it.
const KEPT_BACK_HEADERS: [&str; 11] = [
    ATTEMPTS_HEADER,
    EXCHANGE_HEADER,
    ROUTING_KEY_HEADER,
    WORK_HEADER,
    PUBLISH_HEADER,
    REASON_HEADER,
    POOL_HEADER,
    WORKER_HEADER,
    EXIT_CODE_HEADER,
    SIGNAL_HEADER,
    STDERR_HEADER,
];

/// The header that counts how often a message has been worked on in vain.
pub(crate) const ATTEMPTS_HEADER: &str = "warren-attempts";

/// Where a message that is worked on again was published first.
pub(crate) const EXCHANGE_HEADER: &str = "warren-exchange";
pub(crate) const ROUTING_KEY_HEADER: &str = "warren-routing-key";

/// The header of an answer that says how long its message was worked on, in microseconds.
pub(crate) const WORK_HEADER: &str = "warren-work-microseconds";

/// Why a dead letter was given up, and by whom. They stay on a message that is moved back to its
/// queue by hand.
pub(crate) const REASON_HEADER: &str = "warren-reason";
pub(crate) const POOL_HEADER: &str = "warren-pool";
pub(crate) const WORKER_HEADER: &str = "warren-worker";

/// How the command of `exec` ended over a dead letter, and the last of what it said on stderr.
pub(crate) const EXIT_CODE_HEADER: &str = "warren-exit-code";
pub(crate) const SIGNAL_HEADER: &str = "warren-signal";
pub(crate) const STDERR_HEADER: &str = "warren-stderr";

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
