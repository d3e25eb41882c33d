//! `[[pool]]` and `[pool.fleet]`; the pool's exchanges and queues have a file of their own.

use super::limits::DAY;
use super::unique::Unique;
use super::{scaling, topology};
use crate::environment::Environment;
use crate::pool::{
    Command, Fleet, OnUnprocessable, OnUnroutable, Pool, PoolName, PrefetchFrom, Topology,
    WorkerSettings,
};
use crate::toml_read::{Field, Section};
use policy::{FastInterval, HostLimits};
use std::num::NonZeroU16;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Leaves room for `warren.count.<pool>.<random>` in a queue's 255 bytes, and is a DNS label.
const POOL_NAME_BYTES_MAX: usize = 63;
/// The kernel takes far more; a command line this long is a mistake.
const COMMAND_WORDS_MAX: usize = 256;
const COMMAND_WORD_BYTES_MAX: usize = 4096;

const INTERVAL: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(60 * 60);
const FAST_INTERVAL_DEFAULT: Duration = Duration::from_millis(500);
/// More often, and the looking itself is a load on the broker.
const FAST_INTERVAL_MIN: Duration = Duration::from_millis(50);
const STOP_GRACE: RangeInclusive<Duration> = Duration::ZERO..=DAY;
const READY_AFTER: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(60 * 60);

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

pub(super) fn pools(
    sections: &[Section<'_>],
    host: Option<HostLimits>,
    environment: &Environment,
) -> Option<Vec<Pool>> {
    let mut names = Unique::default();
    let mut work_queues = Unique::default();
    let pools: Vec<_> = sections
        .iter()
        .map(|section| pool(section, host, environment, &mut names, &mut work_queues))
        .collect();
    let pools: Option<Vec<Pool>> = pools.into_iter().collect();
    pools.filter(|pools| !pools.is_empty())
}

fn pool(
    section: &Section<'_>,
    host: Option<HostLimits>,
    environment: &Environment,
    names: &mut Unique,
    work_queues: &mut Unique,
) -> Option<Pool> {
    let name = section
        .field("name")
        .and_then(|field| pool_name(&field, names));
    let topology = topology::topology(section, work_queues);
    let interval = section
        .field("interval")
        .and_then(|field| field.duration(&INTERVAL));
    let fast_interval = fast_interval(section, interval);
    let law = scaling::law(&section.section("scaling"), host, environment);
    let fleet = fleet(&section.section("fleet"));
    let worker_rate = law.as_ref().map(|law| law.worker_rate());
    let worker = worker(section, topology.as_ref(), worker_rate);
    section.finish();

    let (name, law, fleet, worker) = (name?, law?, fleet?, worker?);
    let time_zone = law.time_zone.clone();
    let scaling = law.settings(interval?, fast_interval?, &fleet, &worker);
    Some(Pool {
        policy_table: String::new(),
        name,
        topology: topology?,
        time_zone,
        scaling,
        fleet,
        worker,
    })
}

/// `interval` is `None` where it is wrong itself.
fn fast_interval(section: &Section<'_>, interval: Option<Duration>) -> Option<FastInterval> {
    match section.given("fast_interval") {
        None => interval.map(fast_interval_default),
        Some(field) if field.as_text() == Some("off") => Some(FastInterval::Off),
        Some(field) => {
            let most = interval.unwrap_or(*INTERVAL.end());
            let or = match interval {
                Some(_) => ", which is `interval`, or \"off\"",
                None => ", or \"off\"",
            };
            field
                .duration_or(&(FAST_INTERVAL_MIN..=most), or)
                .map(FastInterval::Every)
        }
    }
}

/// A pool that is looked at more often anyway needs no second pace.
fn fast_interval_default(interval: Duration) -> FastInterval {
    if interval < FAST_INTERVAL_DEFAULT {
        FastInterval::Off
    } else {
        FastInterval::Every(FAST_INTERVAL_DEFAULT)
    }
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
    let (prefetch, prefetch_from) = match section.given("prefetch") {
        None => (worker_rate.map(prefetch_default), PrefetchFrom::WorkerRate),
        Some(field) => {
            let number = field.whole(&PREFETCH);
            let number = number.and_then(|number| u16::try_from(number).ok());
            (number.and_then(NonZeroU16::new), PrefetchFrom::Key)
        }
    };
    let results_queue = section.given_or("results_queue", None, |field| {
        if field.as_text() == Some("") {
            return Some(None);
        }
        let name = field.queue_name()?;
        if topology.is_some_and(|topology| topology.work_queue == name) {
            field.refuse("must not be the work queue: results would be worked on for ever");
            return None;
        }
        Some(Some(name))
    });
    let dead_letters = topology.is_none_or(|topology| topology.dead_letter_exchange.is_some());
    let on_unprocessable =
        section.given_or("on_unprocessable", OnUnprocessable::DeadLetter, |field| {
            field.word(&[
                ("dead-letter", OnUnprocessable::DeadLetter),
                ("requeue", OnUnprocessable::Requeue),
                ("drop", OnUnprocessable::Drop),
            ])
        });
    let on_unroutable = section.given_or("on_unroutable", OnUnroutable::DeadLetter, |field| {
        field.word(&[
            ("dead-letter", OnUnroutable::DeadLetter),
            ("drop", OnUnroutable::Drop),
        ])
    });
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
    let max_message_bytes =
        section.given_or("max_message_bytes", MAX_MESSAGE_BYTES_DEFAULT, |field| {
            field.bytes(&MAX_MESSAGE_BYTES)
        });
    Some(WorkerSettings {
        prefetch: prefetch?,
        prefetch_from,
        results_queue: results_queue?,
        on_unprocessable: on_unprocessable?,
        on_unroutable: on_unroutable?,
        max_message_bytes: max_message_bytes?,
    })
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
