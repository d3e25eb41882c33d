//! What a pool is told to do: the validated scaling settings, as `config` builds them.

use crate::quantity::{Capacity, Fraction, Headroom, Rate};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// Everything the policy of one pool needs to know beforehand.
///
/// `config` is the one that builds these from `config.toml`, so a value here has been checked:
/// `drain_time` and `interval` are above zero, and `min <= max <= max_processes`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The law, or the promise, that demand is computed by.
    pub strategy: Strategy,
    /// Tr: the time in which a backlog is to be cleared.
    pub drain_time: Duration,
    /// C = μ·Tr, so the worker rate is `capacity / drain_time`: as given, or, where it is measured,
    /// what is taken until enough is known.
    pub capacity: Capacity,
    /// Whether μ is given or measured.
    pub worker_rate: WorkerRate,
    /// β: λ/μ + β·√(λ/μ) workers while messages arrive, with λ as far as chance leaves it known.
    pub headroom: Headroom,
    /// Messages that one worker takes at a time (its prefetch).
    pub prefetch: NonZeroU32,
    /// Whether messages in flight count as backlog.
    pub backlog: Backlog,
    /// Floors by time of day and weekday; the largest that applies counts.
    pub schedule: Vec<Floor>,
    /// Bounds on the strategy's answer.
    pub limits: Limits,
    /// T: the time between two samples as a rule; a sample older than two of these is stale.
    pub interval: Duration,
    /// The time between two samples while something moves.
    pub fast_interval: FastInterval,
    /// A worker that reports nothing counts as ready after this long.
    pub ready_after: Duration,
    /// From the order to drain until the worker is killed.
    pub stop_grace: Duration,
}

/// How demand is computed from what was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// ⌈(B + λ·Tr) / C⌉, exactly.
    Formula,
    /// Every message taken up within `wait`.
    Deadline {
        /// From a message's arrival until a worker takes it up; above zero.
        wait: Duration,
    },
}

/// Where μ comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerRate {
    /// It stands in the settings.
    Given,
    /// It is measured; the one in the settings is the prior.
    Measured,
}

/// How often the queue is looked at while something moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FastInterval {
    /// As often as ever.
    Off,
    /// This often; not above `interval`.
    Every(Duration),
}

/// At least so many workers, from one minute of the day to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// On these days; a floor that crosses midnight belongs to the day it begins on.
    pub days: Vec<Weekday>,
    /// The first minute that counts, in the pool's time zone.
    pub from: MinuteOfDay,
    /// The minute after the last one. Where it is not after `from`, it is on the next day.
    pub until: MinuteOfDay,
    /// So many are kept, even where `min` and the strategy ask for fewer; never more than `max`.
    pub workers: u32,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A minute of a day: from 0 to 1439.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16")]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// `None` where a day has no such minute.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then(|| Self(u16::from(hour) * 60 + u16::from(minute)))
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for MinuteOfDay {
    type Error = String;

    fn try_from(minute: u16) -> Result<Self, String> {
        if minute < 24 * 60 {
            Ok(Self(minute))
        } else {
            Err(format!("a day has no minute {minute}"))
        }
    }
}

/// What counts as backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backlog {
    /// Ready messages alone, as the reference counts.
    Ready,
    /// Ready messages, and those in flight where they are known.
    ReadyAndInFlight,
}

/// The limits on what the strategy asks for, beside those that need no setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// At most this many workers more in one decision.
    pub step_up: Step,
    /// At most this many workers fewer in one decision.
    pub step_down: Step,
    /// Down only to the largest desired of this long.
    pub hold: Duration,
    /// Changes that are too small to be worth a worker's start or end.
    pub dead_band: DeadBand,
    /// What the host has to keep for others.
    pub host: HostLimits,
    /// Never fewer workers than this.
    pub min: u32,
    /// Never more starting and ready workers than this.
    pub max: u32,
    /// Never more processes alive than this, draining ones included.
    pub max_processes: u32,
}

/// How far one decision may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// As far as it wants.
    Unlimited,
    /// At most this many workers.
    AtMost(NonZeroU32),
}

/// Changes that are too small to be worth a worker's start or end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadBand {
    /// Up only once messages would wait longer than this, or arrivals pass what the fleet does by
    /// more than chance explains. Zero: as soon as any waits.
    pub wait: Duration,
    /// A decrease by no more than this share of the fleet, or by one worker, is small. Zero: none is.
    /// Where `wait` is zero too, there is no band, and chance is followed as anything else.
    pub share: Fraction,
    /// A small decrease is made once it has been wanted for this long.
    pub hold: Duration,
}

impl DeadBand {
    /// Every change counts.
    #[must_use]
    pub fn none() -> Self {
        Self {
            wait: Duration::ZERO,
            share: Fraction::ZERO,
            hold: Duration::ZERO,
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.wait.is_zero() && self.share == Fraction::ZERO
    }
}

/// What the host has to keep for others. Neither lowers the fleet; both keep it from growing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostLimits {
    /// Nothing is started while the processors are busier than this, from 0 to 1; 1 never forbids.
    pub cpu_limit: f64,
    /// Nothing is started that would leave less memory available than this; 0 never forbids.
    pub memory_reserve_bytes: u64,
}

impl HostLimits {
    /// The host is not looked at.
    #[must_use]
    pub fn none() -> Self {
        Self {
            cpu_limit: 1.0,
            memory_reserve_bytes: 0,
        }
    }
}

impl Strategy {
    pub(crate) fn promised_wait(self) -> Option<Duration> {
        match self {
            Strategy::Formula => None,
            Strategy::Deadline { wait } => Some(wait),
        }
    }
}

impl Settings {
    /// μ = C / Tr: as given, or the prior.
    #[must_use]
    pub fn configured_worker_rate(&self) -> Rate {
        self.capacity.worker_rate(self.drain_time)
    }
}

#[cfg(test)]
impl Settings {
    /// One pool of up to ten workers at μ = 200 msg/s.
    pub(crate) fn example() -> Self {
        let seconds = Duration::from_secs;
        Self {
            strategy: Strategy::Formula,
            drain_time: seconds(2),
            capacity: Capacity::try_new(400.0).unwrap(),
            worker_rate: WorkerRate::Given,
            headroom: Headroom::NONE,
            prefetch: NonZeroU32::new(50).unwrap(),
            backlog: Backlog::ReadyAndInFlight,
            schedule: Vec::new(),
            limits: Limits {
                step_up: Step::Unlimited,
                step_down: Step::Unlimited,
                hold: seconds(4),
                dead_band: DeadBand::none(),
                host: HostLimits::none(),
                min: 0,
                max: 10,
                max_processes: 20,
            },
            interval: seconds(2),
            fast_interval: FastInterval::Off,
            ready_after: seconds(5),
            stop_grace: seconds(10),
        }
    }
}
