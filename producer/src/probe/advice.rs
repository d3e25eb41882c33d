//! What config.toml should say of the fleet that was found, and why.

use super::estimate::Estimate;
use super::findings::{AtOnce, Bound, Findings, Takes};
use super::procedure::whole;
use serde::Serialize;
use std::fmt;

/// The work that a worker holds ahead by default, and the bounds of that: the rule that Warren
/// itself takes where no prefetch is given.
const AHEAD_SECONDS: f64 = 0.25;
const PREFETCH_MAX: u32 = 250;

/// The lines for config.toml.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// Messages per second of one busy worker.
    pub worker_rate: f64,
    /// Messages that a worker holds unacknowledged.
    pub prefetch: u32,
    /// Workers at most.
    pub max: u32,
    #[serde(skip)]
    why: Why,
}

#[derive(Clone, Debug, PartialEq)]
struct Why {
    /// Messages of a quarter of a second's work.
    ahead: u32,
    capacity: Estimate,
    workers: u32,
    takes: Takes,
    at_once: AtOnce,
    peak: Option<f64>,
}

impl Advice {
    /// What follows from the findings; nothing where the fleet may be able to do more than was seen,
    /// as a worker rate that is too low asks for too many workers. `peak` is the rate that the fleet
    /// is to carry, if its user knows it.
    #[must_use]
    pub fn of(findings: &Findings, peak: Option<f64>) -> Option<Self> {
        let capacity = findings
            .capacity
            .filter(|capacity| capacity.bound == Bound::Exact)?;
        let (takes, at_once) = (findings.takes?, findings.at_once?);
        let workers = findings.known.consumers.max(1);
        let rate = significant(capacity.per_second.value / f64::from(workers));
        let each = whole(at_once.value() / f64::from(workers)).max(1);
        let ahead = whole((rate * AHEAD_SECONDS).floor()).min(PREFETCH_MAX);
        let max = match (takes, peak) {
            // Workers beyond what is served at once only share the same limit.
            (Takes::LessThanOne, _) => whole(at_once.value()).max(1),
            (_, Some(peak)) => whole((peak / rate).ceil()).max(1),
            (_, None) => workers,
        };
        Some(Self {
            worker_rate: rate,
            prefetch: ahead.max(each),
            max,
            why: Why {
                ahead,
                capacity: capacity.per_second,
                workers,
                takes,
                at_once,
                peak,
            },
        })
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            worker_rate,
            prefetch,
            max,
            why,
        } = self;
        writeln!(f, "# [[pool]]")?;
        writeln!(f, "# {}", why.of_prefetch(*prefetch))?;
        writeln!(f, "prefetch = {prefetch}")?;
        writeln!(f)?;
        writeln!(f, "# [pool.scaling]")?;
        writeln!(f, "# {}", why.of_worker_rate())?;
        writeln!(f, "worker_rate = {worker_rate}")?;
        writeln!(f, "# {}", why.of_max(*worker_rate))?;
        writeln!(f, "max = {max}")
    }
}

impl Why {
    fn of_prefetch(&self, prefetch: u32) -> &'static str {
        match (self.ahead >= prefetch, prefetch) {
            (true, _) => {
                "A quarter of a second of work: no worker waits for the broker, and a new one finds \
                 some left."
            }
            (false, 1) => {
                "A message takes long: a worker that held a second one would keep it from others."
            }
            (false, _) => {
                "What a worker serves at once: with less it would idle, with more a new one would find \
                 none left."
            }
        }
    }

    fn of_worker_rate(&self) -> String {
        format!(
            "{} did {} msg/s (± {:.1} %).",
            workers(self.workers),
            digits(self.capacity.value),
            self.capacity.half_width_share() * 100.0
        )
    }

    fn of_max(&self, worker_rate: f64) -> String {
        match (self.takes, self.peak) {
            (Takes::LessThanOne, _) => format!(
                "Of {} only {} serve at once: they share what limits them (processors, a database), \
                 so more bring nothing.",
                workers(self.workers),
                digits(self.at_once.value())
            ),
            (_, Some(peak)) => format!(
                "{} msg/s at {worker_rate} each; the probe saw {}.",
                digits(peak),
                workers(self.workers)
            ),
            (_, None) => format!(
                "So many were seen to work side by side; for a peak of P msg/s take P/{worker_rate}, \
                 rounded up (--peak P)."
            ),
        }
    }
}

/// "1 worker", "3 workers".
pub(crate) fn workers(number: u32) -> String {
    match number {
        1 => "1 worker".to_owned(),
        number => format!("{number} workers"),
    }
}

/// Rounded to three digits: more would claim more than was measured.
fn significant(number: f64) -> f64 {
    digits(number).parse().unwrap_or(number)
}

/// A number with three digits, without an exponent.
pub(super) fn digits(number: f64) -> String {
    let magnitude = number.abs().max(1e-9).log10().floor();
    let decimals = whole(2.0 - magnitude) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// An interval with three digits.
pub(super) fn interval(estimate: Estimate) -> String {
    format!("{} to {}", digits(estimate.low), digits(estimate.high))
}
