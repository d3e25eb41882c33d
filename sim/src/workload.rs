//! Traffic, and the workers' side of it: what a policy is put before.

use std::time::Duration;

/// What a policy is put before.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// Messages per second over time; its last point is the end of the traffic.
    pub rate: RateSeries,
    /// How messages are spread around that rate.
    pub process: Process,
    /// How long one message takes a worker.
    pub service: Service,
    /// From the order to start a worker until it consumes.
    pub start_up: Duration,
    /// What is wrong with what the policies see.
    pub faults: Vec<Fault>,
    /// Never more workers than this.
    pub max: u32,
    /// Messages are to be taken up within this.
    pub slo: Duration,
}

/// A rate over time, linear between points. Two points of the same time are a step.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// Seconds since the beginning, never falling, and messages per second, never negative.
    pub points: Vec<(f64, f64)>,
}

/// How messages are spread around the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Evenly.
    Even,
    /// Independently of each other.
    Poisson,
}

/// How long one message takes a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// On average: 1/μ.
    pub mean: Duration,
    /// How it varies.
    pub spread: Spread,
}

/// How service times vary around their mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Not at all.
    Constant,
    /// Exponentially.
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

/// What is wrong with what the policies see, or with the workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Whatever is seen is this old, and does not say so.
    Late(Duration),
    /// Nothing can be seen from one time to another.
    Outage {
        /// The first moment.
        from: Duration,
        /// The moment after the last.
        until: Duration,
    },
    /// The first look from this time on shows every count so many times as large.
    Absurd {
        /// When.
        at: Duration,
        /// How many times.
        factor: u64,
    },
    /// Each worker crashes after this long on average, exponentially.
    Crashes {
        /// On average.
        every: Duration,
    },
}
