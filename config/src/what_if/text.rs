//! A pool's settings as the text that would give them: the inverse of reading.
//!
//! Settings do not tell whether a value was given or followed from another one. What equals the
//! value that would follow is left out, so that it goes on following.

use crate::read;
use policy::{Backlog, FastInterval, Floor, MinuteOfDay, Settings, Step, Strategy, WorkerRate};
use std::collections::BTreeMap;
use std::time::Duration;

/// What can be changed: the keys that make the policy's settings, by their tables.
pub(super) const KEYS: [(&str, &str); 24] = [
    ("host", "cpu_limit"),
    ("host", "memory_reserve"),
    ("pool", "interval"),
    ("pool", "fast_interval"),
    ("pool", "prefetch"),
    ("pool.scaling", "strategy"),
    ("pool.scaling", "wait"),
    ("pool.scaling", "drain_time"),
    ("pool.scaling", "capacity"),
    ("pool.scaling", "worker_rate"),
    ("pool.scaling", "worker_rate_prior"),
    ("pool.scaling", "headroom"),
    ("pool.scaling", "count_in_flight"),
    ("pool.scaling", "hold"),
    ("pool.scaling", "dead_band_wait"),
    ("pool.scaling", "dead_band_share"),
    ("pool.scaling", "dead_band_hold"),
    ("pool.scaling", "step_up"),
    ("pool.scaling", "step_down"),
    ("pool.scaling", "min"),
    ("pool.scaling", "max"),
    ("pool.scaling", "max_processes"),
    ("pool.fleet", "stop_grace"),
    ("pool.fleet", "ready_after"),
];

/// Who says a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Base,
    Change,
}

/// The text of one pool, key by key.
pub(super) struct Text {
    /// As TOML.
    values: BTreeMap<&'static str, (String, Origin)>,
    schedule: Vec<Floor>,
}

impl Text {
    pub(super) fn of(settings: &Settings) -> Self {
        let mut text = Self {
            values: BTreeMap::new(),
            schedule: settings.schedule.clone(),
        };
        text.sampling(settings);
        text.law(settings);
        text.limits(settings);
        text.base("stop_grace", duration(settings.stop_grace));
        text.base("ready_after", duration(settings.ready_after));
        text
    }

    pub(super) fn set(&mut self, key: &'static str, value: String, origin: Origin) {
        self.values.insert(key, (value, origin));
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.values.remove(key);
    }

    fn base(&mut self, key: &'static str, value: impl ToString) {
        self.set(key, value.to_string(), Origin::Base);
    }

    fn sampling(&mut self, settings: &Settings) {
        self.base("interval", duration(settings.interval));
        if settings.fast_interval != read::fast_interval_default(settings.interval) {
            let fast_interval = match settings.fast_interval {
                FastInterval::Off => quoted("off"),
                FastInterval::Every(interval) => duration(interval),
            };
            self.base("fast_interval", fast_interval);
        }
        let prefetch = settings.prefetch.get();
        // As it is computed when it is read.
        let worker_rate = settings.capacity.messages() / settings.drain_time.as_secs_f64();
        if prefetch != u32::from(read::prefetch_default(worker_rate).get()) {
            self.base("prefetch", prefetch);
        }
    }

    fn law(&mut self, settings: &Settings) {
        match settings.strategy {
            Strategy::Formula => self.base("strategy", quoted("formula")),
            Strategy::Deadline { wait } => {
                self.base("strategy", quoted("deadline"));
                self.base("wait", duration(wait));
            }
        }
        self.base("drain_time", duration(settings.drain_time));
        let capacity = settings.capacity.messages();
        let worker_rate = worker_rate_of(capacity, settings.drain_time);
        if let Some(worker_rate) = worker_rate {
            // Whoever changes to "auto" begins with what was given.
            self.base("worker_rate_prior", number(worker_rate));
        }
        match (settings.worker_rate, worker_rate) {
            (WorkerRate::Measured, _) => self.base("worker_rate", quoted("auto")),
            (WorkerRate::Given, Some(worker_rate)) => {
                self.base("worker_rate", number(worker_rate));
            }
            (WorkerRate::Given, None) => self.base("capacity", number(capacity)),
        }
        self.base("headroom", number(settings.headroom.beta()));
        let count_in_flight = settings.backlog == Backlog::ReadyAndInFlight;
        self.base("count_in_flight", count_in_flight);
    }

    fn limits(&mut self, settings: &Settings) {
        let limits = &settings.limits;
        for (key, step) in [("step_up", limits.step_up), ("step_down", limits.step_down)] {
            match step {
                Step::Unlimited => self.base(key, quoted("unlimited")),
                Step::AtMost(workers) => self.base(key, workers),
            }
        }
        self.base("hold", duration(limits.hold));
        self.base("dead_band_wait", duration(limits.dead_band.wait));
        self.base("dead_band_share", number(limits.dead_band.share.get()));
        self.base("dead_band_hold", duration(limits.dead_band.hold));
        self.base("cpu_limit", number(limits.host.cpu_limit));
        let memory_reserve = format!("{}B", limits.host.memory_reserve_bytes);
        self.base("memory_reserve", quoted(&memory_reserve));
        self.base("min", limits.min);
        self.base("max", limits.max);
        if limits.max_processes != read::max_processes_default(limits.max) {
            self.base("max_processes", limits.max_processes);
        }
    }

    /// All of it, without what the base said and no longer goes beside the rest.
    pub(super) fn write(mut self) -> String {
        self.keep_beside("wait", "strategy", "deadline");
        self.keep_beside("worker_rate_prior", "worker_rate", "auto");
        let mut text = String::new();
        for table in ["host", "pool", "pool.scaling", "pool.fleet"] {
            let header = if table == "pool" {
                "[[pool]]".to_owned()
            } else {
                format!("[{table}]")
            };
            text += &header;
            text.push('\n');
            for (_, key) in KEYS.iter().filter(|(of, _)| *of == table) {
                if let Some((value, _)) = self.values.get(key) {
                    text += &format!("{key} = {value}\n");
                }
            }
        }
        for floor in &self.schedule {
            text += &table_of(floor);
        }
        text
    }

    /// A value of the base's goes with what it stood beside; one of a change's stays, and is refused
    /// when it is read.
    fn keep_beside(&mut self, key: &str, other: &str, word: &str) {
        let beside = matches!(self.values.get(other), Some((value, _)) if *value == quoted(word));
        let of_base = matches!(self.values.get(key), Some((_, Origin::Base)));
        if of_base && !beside {
            self.remove(key);
        }
    }
}

/// The worker rate whose capacity is exactly this one; `None` where a file could not give it.
///
/// Both the product that made the capacity and this quotient are rounded, so the rate that was given
/// is among the nearest neighbours of the quotient: μ = 0.1 and Tr = 0.3 s make C = 0.03, and C / Tr
/// is one step below 0.1.
fn worker_rate_of(capacity: f64, drain_time: Duration) -> Option<f64> {
    let seconds = drain_time.as_secs_f64();
    let mut candidate = capacity / seconds;
    let mut candidates = vec![candidate];
    let mut below = candidate;
    for _ in 0..NEIGHBOURS {
        candidate = candidate.next_up();
        below = below.next_down();
        candidates.extend([candidate, below]);
    }
    candidates
        .into_iter()
        .filter(|rate| read::WORKER_RATE.contains(rate) && rate * seconds == capacity)
        // Of several, the one that a person would write.
        .min_by_key(|rate| rate.to_string().len())
}

/// Two roundings by half a step each, where a step may double in between.
const NEIGHBOURS: usize = 4;

fn table_of(floor: &Floor) -> String {
    let days = floor.days.iter().map(|day| {
        let name = read::DAYS.iter().find(|(_, named)| named == day);
        quoted(name.map_or("", |(name, _)| *name))
    });
    format!(
        "[[pool.scaling.schedule]]\ndays = [{}]\nfrom = {}\nuntil = {}\nworkers = {}\n",
        days.collect::<Vec<_>>().join(", "),
        clock(floor.from),
        clock(floor.until),
        floor.workers
    )
}

fn clock(minute: MinuteOfDay) -> String {
    let minute = minute.get();
    quoted(&format!("{:02}:{:02}", minute / 60, minute % 60))
}

fn duration(duration: Duration) -> String {
    quoted(&humantime::format_duration(duration).to_string())
}

/// The shortest text that is read as this very number; always with a point or an exponent.
fn number(number: f64) -> String {
    format!("{number:?}")
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
