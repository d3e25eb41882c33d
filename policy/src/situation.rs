//! What a decision is made from, gathered once for the strategy and every limit that comes from the
//! queue's need.

use crate::decision::Observation;
use crate::quantity::Rate;
use crate::roster::{Counts, InHand};
use crate::settings::Settings;
use crate::start_up::Meanwhile;
use crate::traffic::Estimate;
use std::time::Duration;

/// A pool at a good sample.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) now: Duration,
    pub(crate) settings: &'a Settings,
    /// What the decision will show.
    pub(crate) observation: Observation,
    /// Messages of the backlog that a worker has begun.
    pub(crate) in_work: u64,
    /// λ over a window; `None` before the first count.
    pub(crate) arriving: Option<Estimate>,
    /// What happens until a worker that is ordered now is ready.
    pub(crate) meanwhile: Meanwhile,
    pub(crate) in_hand: InHand,
    pub(crate) workers: Counts,
    /// The number that was wanted until now.
    pub(crate) desired: u32,
}

impl Situation<'_> {
    /// λ; nothing arrives as long as nothing is known.
    pub(crate) fn arrival_rate(&self) -> Rate {
        self.observation.arrival_rate.unwrap_or(Rate::ZERO)
    }

    /// μ in force, in messages per second.
    pub(crate) fn worker_rate(&self) -> f64 {
        self.observation.worker_rate.per_second()
    }

    /// Starting and ready workers.
    pub(crate) fn from(&self) -> u32 {
        self.workers.wanted()
    }

    /// Tr, in seconds.
    pub(crate) fn drain_seconds(&self) -> f64 {
        self.settings.drain_time.as_secs_f64()
    }
}
