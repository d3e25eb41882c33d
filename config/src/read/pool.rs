//! `[[pool]]` and `[pool.fleet]`.

use super::scaling;
use crate::environment::Environment;
use crate::field::{Field, NAME_BYTES_MAX};
use crate::pool::{
    Command, Declare, Fleet, OnUnprocessable, OnUnroutable, Pool, PoolName, QueueType, Topology,
    WorkerSettings,
};
use crate::section::Section;
use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Leaves room for `warren.count.<pool>.<random>` in a queue's 255 bytes, and is a DNS label.
const POOL_NAME_BYTES_MAX: usize = 63;
/// Each is a binding of two queues.
const ROUTING_KEYS_MAX: usize = 100;
/// The kernel takes far more; a command line this long is a mistake.
const COMMAND_WORDS_MAX: usize = 256;
const COMMAND_WORD_BYTES_MAX: usize = 4096;

const INTERVAL: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(60 * 60);
const STOP_GRACE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 60 * 60);
const READY_AFTER: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(60 * 60);

/// Of a quorum queue; RabbitMQ 4 has the same.
const DELIVERY_LIMIT_DEFAULT: u32 = 20;
const DELIVERY_LIMIT: RangeInclusive<u32> = 1..=10_000;
const DEAD_LETTER_EXCHANGE_DEFAULT: &str = "warren.dead";

/// AMQP's own range, without 0, which would mean no limit.
const PREFETCH: RangeInclusive<u32> = 1..=65_535;
/// What one worker completes in this long is what it may hold: enough to bridge the way to the
/// broker and back, and little enough to leave work for workers that have just started.
const PREFETCH_SECONDS: f64 = 0.25;
/// More gains no throughput and starves new workers.
const PREFETCH_DEFAULT_MAX: f64 = 250.0;

const MAX_MESSAGE_BYTES_DEFAULT: u64 = 1024 * 1024;
/// RabbitMQ takes no larger message, whatever it is configured to.
const MAX_MESSAGE_BYTES: RangeInclusive<u64> = 1..=512 * 1024 * 1024;

pub(super) fn pools(sections: &[Section<'_>], environment: &Environment) -> Option<Vec<Pool>> {
    let mut names = Unique::default();
    let mut work_queues = Unique::default();
    let pools: Vec<_> = sections
        .iter()
        .map(|section| pool(section, environment, &mut names, &mut work_queues))
        .collect();
    let pools: Option<Vec<Pool>> = pools.into_iter().collect();
    pools.filter(|pools| !pools.is_empty())
}

fn pool(
    section: &Section<'_>,
    environment: &Environment,
    names: &mut Unique,
    work_queues: &mut Unique,
) -> Option<Pool> {
    let name = section
        .field("name")
        .and_then(|field| pool_name(&field, names));
    let topology = topology(section, work_queues);
    let interval = section
        .field("interval")
        .and_then(|field| field.duration(&INTERVAL));
    let law = scaling::law(&section.section("scaling"), environment);
    let fleet = fleet(&section.section("fleet"));
    let worker_rate = law.as_ref().map(|law| law.worker_rate());
    let worker = worker(section, topology.as_ref(), worker_rate);
    section.finish();

    let (name, law, fleet, worker) = (name?, law?, fleet?, worker?);
    let scaling = law.settings(interval?, &fleet, &worker);
    Some(Pool {
        name,
        topology: topology?,
        scaling,
        fleet,
        worker,
    })
}

fn pool_name(field: &Field<'_>, names: &mut Unique) -> Option<PoolName> {
    let permitted = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    match field.as_text() {
        Some(text)
            if (1..=POOL_NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(permitted) =>
        {
            names.take(field, text).then(|| PoolName(text.to_owned()))
        }
        _ => {
            field.refuse(format!(
                "must be 1 to {POOL_NAME_BYTES_MAX} of a-z, 0-9, - and _"
            ));
            None
        }
    }
}

fn topology(section: &Section<'_>, work_queues: &mut Unique) -> Option<Topology> {
    let exchange = section.field("exchange").and_then(|field| {
        if field.as_text() == Some("") {
            field.refuse(format!(
                "must be a string of 1 to {NAME_BYTES_MAX} bytes: nothing can be bound to the \
                 default exchange, so what enters there can't be counted"
            ));
            return None;
        }
        field.name()
    });
    let routing_keys = section
        .field("routing_keys")
        .and_then(|field| field.texts(1..=ROUTING_KEYS_MAX, 0..=NAME_BYTES_MAX));
    let work_queue = section.field("work_queue").and_then(|field| {
        let name = field.queue_name()?;
        work_queues.take(&field, &name).then_some(name)
    });
    let declare = match section.given("declare") {
        None => Some(Declare::Missing),
        Some(field) => field.word(&[("missing", Declare::Missing), ("never", Declare::Never)]),
    };
    let queue_type = section.field("queue_type").and_then(|field| {
        field.word(&[
            ("classic", QueueType::Classic),
            ("quorum", QueueType::Quorum),
        ])
    });
    let dead_letter_exchange = match section.given("dead_letter_exchange") {
        None => Some(Some(DEAD_LETTER_EXCHANGE_DEFAULT.to_owned())),
        Some(field) if field.as_text() == Some("") => Some(None),
        Some(field) => field.name().map(Some),
    };
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
    let delivery_limit = match section.given("delivery_limit") {
        None => Some(DELIVERY_LIMIT_DEFAULT),
        Some(field) => field.whole(&DELIVERY_LIMIT),
    };
    Some(Topology {
        exchange: exchange?,
        routing_keys: routing_keys?,
        work_queue: work_queue?,
        declare: declare?,
        queue_type: queue_type?,
        dead_letter_exchange: dead_letter_exchange?,
        delivery_limit: delivery_limit?,
    })
}

fn fleet(section: &Section<'_>) -> Option<Fleet> {
    let kind = section
        .field("kind")
        .and_then(|field| field.word(&[("process", ())]));
    let command = section.field("command").and_then(|field| {
        let mut words = field
            .texts(1..=COMMAND_WORDS_MAX, 0..=COMMAND_WORD_BYTES_MAX)?
            .into_iter();
        let program = words.next().filter(|program| !program.is_empty());
        if program.is_none() {
            field.refuse("must begin with the name or the path of a program");
        }
        Some(Command {
            program: program?,
            arguments: words.collect(),
        })
    });
    let stop_grace = section
        .field("stop_grace")
        .and_then(|field| field.duration(&STOP_GRACE));
    let ready_after = section
        .field("ready_after")
        .and_then(|field| field.duration(&READY_AFTER));
    section.finish();
    kind?;
    Some(Fleet {
        command: command?,
        stop_grace: stop_grace?,
        ready_after: ready_after?,
    })
}

/// `topology` and `worker_rate` are `None` where they are wrong themselves, which is noted already.
fn worker(
    section: &Section<'_>,
    topology: Option<&Topology>,
    worker_rate: Option<f64>,
) -> Option<WorkerSettings> {
    let prefetch = match section.given("prefetch") {
        None => worker_rate.map(prefetch_default),
        Some(field) => field
            .whole(&PREFETCH)
            .and_then(|number| u16::try_from(number).ok())
            .and_then(NonZeroU16::new),
    };
    let results_queue = match section.given("results_queue") {
        None => Some(None),
        Some(field) if field.as_text() == Some("") => Some(None),
        Some(field) => field.queue_name().and_then(|name| {
            if topology.is_some_and(|topology| topology.work_queue == name) {
                field.refuse("must not be the work queue: results would be worked on for ever");
                return None;
            }
            Some(Some(name))
        }),
    };
    let dead_letters = topology.is_none_or(|topology| topology.dead_letter_exchange.is_some());
    let on_unprocessable = outcome(
        section.given("on_unprocessable"),
        &[
            ("dead-letter", OnUnprocessable::DeadLetter),
            ("requeue", OnUnprocessable::Requeue),
            ("drop", OnUnprocessable::Drop),
        ],
    );
    let on_unroutable = outcome(
        section.given("on_unroutable"),
        &[
            ("dead-letter", OnUnroutable::DeadLetter),
            ("drop", OnUnroutable::Drop),
        ],
    );
    if !dead_letters {
        let field = section.given("dead_letter_exchange");
        if on_unprocessable == Some(OnUnprocessable::DeadLetter) {
            let field = section.given("on_unprocessable").or(field.clone());
            refuse_dead_letter(field, "on_unprocessable = \"requeue\" or \"drop\"");
        }
        if on_unroutable == Some(OnUnroutable::DeadLetter) {
            let field = section.given("on_unroutable").or(field);
            refuse_dead_letter(field, "on_unroutable = \"drop\"");
        }
    }
    let max_message_bytes = match section.given("max_message_bytes") {
        None => Some(MAX_MESSAGE_BYTES_DEFAULT),
        Some(field) => field.bytes(&MAX_MESSAGE_BYTES),
    };
    Some(WorkerSettings {
        prefetch: prefetch?,
        results_queue: results_queue?,
        on_unprocessable: on_unprocessable?,
        on_unroutable: on_unroutable?,
        max_message_bytes: max_message_bytes?,
    })
}

/// The first of the words is the default.
fn outcome<T: Copy>(field: Option<Field<'_>>, words: &[(&str, T)]) -> Option<T> {
    match field {
        None => words.first().map(|(_, value)| *value),
        Some(field) => field.word(words),
    }
}

fn refuse_dead_letter(field: Option<Field<'_>>, instead: &str) {
    if let Some(field) = field {
        field.refuse(format!("without a dead-letter exchange, say {instead}"));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 1 to 250 just before"
)]
fn prefetch_default(worker_rate: f64) -> NonZeroU16 {
    let prefetch = (worker_rate * PREFETCH_SECONDS).clamp(1.0, PREFETCH_DEFAULT_MAX) as u16;
    NonZeroU16::new(prefetch).unwrap_or(NonZeroU16::MIN)
}

/// What only one pool may have.
#[derive(Default)]
struct Unique {
    /// Each value with the key that has it.
    taken: BTreeMap<String, String>,
}

impl Unique {
    fn take(&mut self, field: &Field<'_>, value: &str) -> bool {
        if let Some(other) = self.taken.get(value) {
            field.refuse(format!("must differ: {other} is the same"));
            return false;
        }
        self.taken.insert(value.to_owned(), field.path().to_owned());
        true
    }
}
