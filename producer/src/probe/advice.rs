//! What config.toml should say of the fleet that was found, and why.

use super::estimate::Estimate;
use super::findings::{AtOnce, Bound, Capacity, Findings, Takes};
use super::inquiry::whole;
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
    /// Why.
    #[serde(skip)]
    why: Why,
}

#[derive(Clone, Debug, PartialEq)]
struct Why {
    capacity: Capacity,
    workers: u32,
    takes: Takes,
    at_once: AtOnce,
    peak: Option<f64>,
}

impl Advice {
    /// What follows from the findings; nothing while the capacity is unknown. `peak` is the rate
    /// that the fleet is to carry, if its user knows it.
    #[must_use]
    pub fn of(findings: &Findings, peak: Option<f64>) -> Option<Self> {
        let capacity = findings.capacity?;
        let (takes, at_once) = (findings.takes?, findings.at_once?);
        let workers = findings.known.consumers.max(1);
        let rate = significant(capacity.per_second.value / f64::from(workers));
        let each = whole(at_once.value() / f64::from(workers)).max(1);
        let ahead = whole((rate * AHEAD_SECONDS).floor()).clamp(1, PREFETCH_MAX);
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
                capacity,
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
        let workers = why.workers;
        let per_second = digits(why.capacity.per_second.value);
        let percent = why.capacity.per_second.half_width_share() * 100.0;
        let least = match why.capacity.bound {
            Bound::Exact => "",
            Bound::AtLeast => "at least ",
        };
        writeln!(f, "# in [[pool]]")?;
        writeln!(f, "prefetch = {prefetch}")?;
        if whole((worker_rate * AHEAD_SECONDS).floor()) < *prefetch {
            writeln!(
                f,
                "# What a worker serves at once: with fewer, some of it would idle; with more, a new \
                 worker finds none left."
            )?;
        } else {
            writeln!(
                f,
                "# A quarter of a second of work: no worker waits for the broker, and a new one \
                 finds some left."
            )?;
        }
        writeln!(f, "# in [pool.scaling]")?;
        writeln!(f, "worker_rate = {worker_rate}")?;
        writeln!(
            f,
            "# {workers} {} did {least}{per_second} msg/s (± {percent:.1} %).",
            plural(workers),
        )?;
        writeln!(f, "max = {max}")?;
        let at_once = digits(why.at_once.value());
        match (why.takes, why.peak) {
            (Takes::LessThanOne, _) => writeln!(
                f,
                "# Of {workers} workers only {at_once} are served at once: they share what limits \
                 them (processors, a database), and more workers bring nothing."
            ),
            (_, Some(peak)) => writeln!(
                f,
                "# {} msg/s at {worker_rate} each; not tried beyond {workers}.",
                digits(peak)
            ),
            (_, None) => writeln!(
                f,
                "# So many were seen to work side by side; for a peak of P msg/s take P/{worker_rate}, \
                 rounded up (--peak P says it)."
            ),
        }
    }
}

/// "1 worker", "3 workers".
pub(super) fn plural(workers: u32) -> &'static str {
    match workers {
        1 => "worker",
        _ => "workers",
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
