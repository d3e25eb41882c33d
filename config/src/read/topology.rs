//! The exchanges and queues of a `[[pool]]`.

use super::unique::Unique;
use crate::pool::{ArrivalsFrom, Declare, QueueType, Topology};
use crate::toml_read::{NAME_BYTES_MAX, Section};
use std::ops::RangeInclusive;

/// Each is a binding of two queues.
const ROUTING_KEYS_MAX: usize = 100;
/// Of a quorum queue; RabbitMQ 4 has the same.
const DELIVERY_LIMIT_DEFAULT: u32 = 20;
const DELIVERY_LIMIT: RangeInclusive<u32> = 1..=10_000;
const DEAD_LETTER_EXCHANGE_DEFAULT: &str = "warren.dead";

pub(super) fn topology(section: &Section<'_>, work_queues: &mut Unique) -> Option<Topology> {
    let arrivals = section.given_or("arrivals", ArrivalsFrom::CountQueue, |field| {
        field.word(&[
            ("count", ArrivalsFrom::CountQueue),
            ("balance", ArrivalsFrom::Balance),
        ])
    });
    let exchange = section.field("exchange").and_then(|field| {
        if field.as_text() != Some("") {
            return field.name();
        }
        match arrivals {
            Some(ArrivalsFrom::Balance) => Some(String::new()),
            Some(ArrivalsFrom::CountQueue) => {
                field.refuse(format!(
                    "must be a string of 1 to {NAME_BYTES_MAX} bytes: nothing can be bound to the \
                     default exchange, so what enters there can't be counted; \
                     arrivals = \"balance\" does without"
                ));
                None
            }
            None => None,
        }
    });
    let routing_keys = section
        .field("routing_keys")
        .and_then(|field| field.texts(1..=ROUTING_KEYS_MAX, 0..=NAME_BYTES_MAX));
    let work_queue = section.field("work_queue").and_then(|field| {
        let name = field.queue_name()?;
        work_queues.take(&field, &name).then_some(name)
    });
    let declare = section.given_or("declare", Declare::Missing, |field| {
        field.word(&[("missing", Declare::Missing), ("never", Declare::Never)])
    });
    let queue_type = section.field("queue_type").and_then(|field| {
        field.word(&[
            ("classic", QueueType::Classic),
            ("quorum", QueueType::Quorum),
        ])
    });
    let dead_letter_exchange = section.given_or(
        "dead_letter_exchange",
        Some(DEAD_LETTER_EXCHANGE_DEFAULT.to_owned()),
        |field| match field.as_text() {
            Some("") => Some(None),
            _ => field.name().map(Some),
        },
    );
    // Where Warren declares the dead-letter exchange, it gives it a queue of the same name.
    for (key, name) in [("exchange", &exchange), ("work_queue", &work_queue)] {
        if name.is_some() && dead_letter_exchange.as_ref() == Some(name) {
            let given = section.given("dead_letter_exchange");
            if let Some(field) = given.or_else(|| section.field(key)) {
                field.refuse(format!(
                    "must not be {key} and dead_letter_exchange in one: what is given up would \
                     return"
                ));
            }
        }
    }
    let delivery_limit = section.given_or("delivery_limit", DELIVERY_LIMIT_DEFAULT, |field| {
        field.whole(&DELIVERY_LIMIT)
    });
    Some(Topology {
        arrivals: arrivals?,
        exchange: exchange?,
        routing_keys: routing_keys?,
        work_queue: work_queue?,
        declare: declare?,
        queue_type: queue_type?,
        dead_letter_exchange: dead_letter_exchange?,
        delivery_limit: delivery_limit?,
    })
}
