//! μ, measured: what one busy worker completes in a second.
//!
//! - Workers that report say what they completed and how long they were busy (`busy.rs`). Completions
//!   over busy time is what DS2 calls the true rate (Kalavri et al., OSDI 2018): an idle fleet does
//!   not look slow, since time without work does not count.
//! - Where no ready worker reports that, what leaves the queue while a backlog stands is what the
//!   workers complete (`standing.rs`).
//!
//! Both fill the same window of blocks (`window.rs`), which says the rate and how sure that is.
//!
//! # The rate in force
//!
//! Everything that needs μ takes the rate in force: the configured one (the prior) until the window
//! has enough, and from then on one that follows what is measured.
//!
//! - A difference that is within one standard error moves nothing: chance explains it.
//! - It rises by no more than 2 % and falls by no more than 4 % of itself in a second. So one absurd
//!   report, or a minute of them, can't turn the fleet over; and a prior that is wrong by a factor of
//!   ten is put right within two minutes one way and one the other. The two differ because the two
//!   mistakes do: with μ too high the fleet is too small and messages wait; with μ too low there are
//!   a few workers too many.
//! - The stated error holds both: how unsure the measurement is, and how far the rate in force still
//!   is from it.
//!
//! # What it can't see
//!
//! Workers that share a busy processor each complete less, and are busy all the time: the measured
//! rate falls, and the fleet grows into what can't be had. That is what the limits `host` and
//! `saturated` are for.

mod busy;
mod standing;
mod window;

use crate::decision::WorkerRateSource;
use crate::event::WorkerStatus;
use crate::quantity::{Rate, WorkerId};
use busy::Busy;
use serde::{Deserialize, Serialize};
pub(crate) use standing::Look;
use standing::Standing;
use std::time::Duration;
use window::{Estimate, Window};

/// The rate in force rises by no more than this share of itself in a second.
const RISE_PER_SECOND: f64 = 0.02;
/// And falls by no more than this.
const FALL_PER_SECOND: f64 = 0.04;
/// A time without looks counts as no more than this: it is no licence to jump.
const STEP_MAX: Duration = Duration::from_secs(10);

/// What is known of the worker rate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MeasuredRate {
    busy: Busy,
    standing: Standing,
    window: Window,
    in_force: Option<InForce>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct InForce {
    rate: f64,
    error_ratio: f64,
    at: Duration,
}

impl MeasuredRate {
    /// A worker reported.
    pub(crate) fn on_report(&mut self, now: Duration, worker: WorkerId, status: WorkerStatus) {
        self.busy.on_report(now, worker, status);
    }

    /// A worker is gone.
    pub(crate) fn on_exited(&mut self, worker: WorkerId) {
        self.busy.on_exited(worker);
    }

    /// The queue was looked at.
    pub(crate) fn on_look(&mut self, now: Duration, look: Look<'_>, prior: Rate) {
        let work = self.busy.since_last_look(now);
        let left = self.standing.since_last_look(&look);
        let has_timed = look.ready_workers.iter().any(|&id| self.busy.times(id));
        match left {
            Some(left) if !has_timed => self.window.add(now, left),
            _ => self.window.add(now, work),
        }
        if let Some(estimate) = self.window.estimate() {
            self.follow(now, estimate, prior);
        }
    }

    /// The rate in force, and how it is known.
    pub(crate) fn in_force(&self, prior: Rate) -> (Rate, WorkerRateSource) {
        match self.in_force {
            None => (prior, WorkerRateSource::Prior),
            Some(InForce {
                rate, error_ratio, ..
            }) => (
                Rate::saturating(rate),
                WorkerRateSource::Measured { error_ratio },
            ),
        }
    }

    fn follow(&mut self, now: Duration, estimate: Estimate, prior: Rate) {
        let (before, since) = self
            .in_force
            .map_or((prior.per_second(), now), |before| (before.rate, before.at));
        let seconds = now.saturating_sub(since).min(STEP_MAX).as_secs_f64();
        let rate = if (estimate.rate - before).abs() <= estimate.standard_error {
            before
        } else {
            let least = before * (1.0 - FALL_PER_SECOND * seconds);
            let most = before * (1.0 + RISE_PER_SECOND * seconds);
            estimate.rate.clamp(least, most)
        };
        self.in_force = Some(InForce {
            rate,
            error_ratio: (estimate.half_width + (estimate.rate - rate).abs()) / rate,
            at: now,
        });
    }
}
