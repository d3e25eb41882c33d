//! What a pool is told to do: the validated scaling settings, as `config` builds them.

use crate::quantity::Capacity;
use std::num::NonZeroU32;
use std::time::Duration;

/// Everything the policy of one pool needs to know beforehand.
///
/// `config` is the one that builds these from `config.toml`, so a value here has been checked:
/// `drain_time` and `interval` are above zero, and `min <= max <= max_processes`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How demand is computed.
    pub strategy: Strategy,
    /// Tr: the time in which a backlog is to be cleared.
    pub drain_time: Duration,
    /// C = μ·Tr, so the worker rate is `capacity / drain_time`.
    pub capacity: Capacity,
    /// Messages that one worker takes at a time (its prefetch).
    pub prefetch: NonZeroU32,
    /// What counts as backlog.
    pub backlog: Backlog,
    /// Bounds on the strategy's answer.
    pub limits: Limits,
    /// T: the time between two samples; a sample older than two of these is stale.
    pub interval: Duration,
    /// A worker that reports nothing counts as ready after this long.
    pub ready_after: Duration,
    /// From the order to drain until the worker is killed.
    pub stop_grace: Duration,
}

/// How demand is computed from what was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// ⌈(B + λ·Tr) / C⌉, exactly.
    Formula,
}

/// What counts as backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backlog {
    /// Ready messages alone, as the reference counts.
    Ready,
    /// Ready messages, and those in flight where they are known.
    ReadyAndInFlight,
}

/// The limits on what the strategy asks for, beside `useful`, in the order they are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most this many workers more in one decision.
    pub step_up: Step,
    /// At most this many workers fewer in one decision.
    pub step_down: Step,
    /// Down only to the largest desired of this long.
    pub hold: Duration,
    /// Never fewer workers than this.
    pub min: u32,
    /// Never more starting and ready workers than this.
    pub max: u32,
    /// Never more processes alive than this, draining ones included.
    pub max_processes: u32,
}

/// How far one decision may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// As far as it wants.
    Unlimited,
    /// At most this many workers.
    AtMost(NonZeroU32),
}
