//! A workload: the traffic that a policy has to deal with, and the workers that it has for it.

use std::time::Duration;
use traffic::{ArrivalProcess, RateSeries};

/// More messages than this would keep a machine busy for hours: a user's own traffic is refused.
pub(crate) const MESSAGES_MAX: f64 = 1e9;

/// Traffic, and the workers for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    pub name: String,
    pub about: String,
    /// Messages per second over time; its last point is the end of the traffic.
    pub rate: RateSeries,
    /// How messages are spread around that rate.
    pub process: ArrivalProcess,
    /// How long one message takes a worker.
    pub service: Service,
    /// From the order to start a worker until it consumes.
    pub start_up: Duration,
    /// What is wrong with what the policies see.
    pub faults: Vec<Fault>,
    /// The most workers that a policy may have.
    pub max: u32,
    /// Messages are to be taken up within this time.
    pub slo: Duration,
}

impl Workload {
    /// μ: what one busy worker completes, in messages per second.
    #[must_use]
    pub fn worker_rate(&self) -> f64 {
        1.0 / self.service.mean.as_secs_f64()
    }

    /// The most workers that keep up with the arrivals at any time: the largest λ/μ, rounded up.
    #[must_use]
    pub fn workers_peak(&self) -> u32 {
        workers_for(self.rate.peak().per_second(), self.service.mean)
    }
}

/// The workers that keep up with a rate in messages per second: λ/μ, rounded up.
#[must_use]
pub fn workers_for(rate: f64, service_mean: Duration) -> u32 {
    // A rate that is a whole number of workers must not become one more by rounding.
    let workers = (rate * service_mean.as_secs_f64() - 1e-9).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and nothing below zero comes here"
    )]
    let workers = workers as u32;
    workers
}

/// How long one message takes a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// 1/μ.
    pub mean: Duration,
    pub spread: Spread,
}

/// How service times vary around their mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    Constant,
    Exponential,
    /// As e to the power of a normal variable of this deviation.
    LogNormal {
        /// σ of the logarithm.
        sigma: f64,
    },
    /// With a heavy tail.
    Pareto {
        /// α, above 1: the smaller, the heavier.
        shape: f64,
    },
}

/// What goes wrong: with what the policies see, or with the workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Whatever is seen is this old, and does not say so.
    Late(Duration),
    /// Nothing can be seen from one time to another.
    Outage {
        from: Duration,
        /// The moment after the last.
        until: Duration,
    },
    /// The first look from this time on shows every count so many times as large.
    Absurd { at: Duration, factor: u64 },
    /// Each worker crashes after this long on average, exponentially.
    Crashes { every: Duration },
}
