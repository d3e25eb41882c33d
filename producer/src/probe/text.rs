//! What was found out, for a reader.

use super::advice::{digits, interval, workers};
use super::findings::{AtOnce, Bound, Capacity, Findings, HeldByEach, Takes};
use super::growth::Growth;
use super::procedure::whole;
use super::service::{Constancy, Service};
use std::fmt;

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            line(f, "service time", &of_service(service))?;
        }
        if let Some(seconds) = self.busy_service_seconds.filter(|busy| self.differs(*busy)) {
            let milliseconds = digits(seconds * 1e3);
            let text = format!("{milliseconds} ms where a worker goes on from another message");
            line(f, "", &text)?;
        }
        if let Some(capacity) = &self.capacity {
            line(f, "capacity", &of_capacity(capacity))?;
        }
        if let Some(at_once) = &self.at_once {
            let bound = self
                .capacity
                .map_or(Bound::AtLeast, |capacity| capacity.bound);
            line(f, "served at once", &of_at_once(at_once, bound))?;
        }
        if let Some((takes, at_once)) = self.takes.zip(self.at_once) {
            let text = of_takes(takes, at_once.value(), self.known.consumers);
            line(f, "workers", &text)?;
        }
        if let Some(held) = &self.held {
            line(f, "held", &of_held(held))?;
        }
        for growth in [self.below, self.above].iter().flatten() {
            line(f, "queue", &of_growth(growth))?;
        }
        for note in &self.notes {
            line(f, "note", &note.to_string())?;
        }
        Ok(())
    }
}

impl Findings {
    /// Whether a busy worker's time is worth a line beside an idle one's.
    fn differs(&self, busy_seconds: f64) -> bool {
        let idle = self.service.map(|service| service.seconds.value);
        idle.is_some_and(|idle| (busy_seconds / idle - 1.0).abs() > 0.02)
    }
}

/// Names a finding, and puts its text in a column.
fn line(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "{name:<16}{text}")
}

fn of_service(service: &Service) -> String {
    let milliseconds = service.seconds.scaled(1e3);
    let (value, interval) = (digits(milliseconds.value), interval(milliseconds));
    match service.constancy {
        Constancy::Constant => format!("{value} ms ({interval}), the same for every message"),
        Constancy::Varying => {
            let percent = service.variation * 100.0;
            format!("{value} ms ({interval}), with a standard deviation of {percent:.0} % of that")
        }
    }
}

fn of_capacity(capacity: &Capacity) -> String {
    let rate = capacity.per_second;
    let (value, interval) = (digits(rate.value), interval(rate));
    match capacity.bound {
        Bound::Exact => format!("{value} msg/s ({interval}): above that the queue grows"),
        Bound::AtLeast => format!("at least {value} msg/s ({interval})"),
    }
}

fn of_at_once(at_once: &AtOnce, bound: Bound) -> String {
    let AtOnce { by_law, counted } = *at_once;
    let law = format!("{} ({})", digits(by_law.value), interval(by_law));
    match (counted, bound) {
        (Some(counted), _) => {
            format!("{counted}: so many answers came together; by Little's law {law}")
        }
        (None, Bound::Exact) => format!("{law}, by Little's law"),
        (None, Bound::AtLeast) => format!("at least {law}, by Little's law"),
    }
}

fn of_takes(takes: Takes, at_once: f64, consumers: u32) -> String {
    let all = workers(consumers);
    match takes {
        Takes::One => format!("{all}: one message at a time each"),
        Takes::Several => {
            let each = digits(at_once / f64::from(consumers.max(1)));
            format!("{all}: {each} messages at once each")
        }
        Takes::LessThanOne => {
            let at_once = digits(at_once);
            format!(
                "{all}, of which {at_once} work at once: they share what limits them, or some get \
                 no messages"
            )
        }
    }
}

fn of_held(held: &HeldByEach) -> String {
    let messages = match whole(held.messages) {
        1 => "1 message".to_owned(),
        number => format!("{number} messages"),
    };
    match held.bound {
        Bound::Exact => format!("{messages} each: the prefetch they have now"),
        Bound::AtLeast => format!(
            "{messages} each, and none was left in the queue: their prefetch is larger, or unlimited"
        ),
    }
}

fn of_growth(growth: &Growth) -> String {
    let what = match growth.grows() {
        true => "it grew",
        false => "it kept its length",
    };
    let Growth { rate, per_second } = growth;
    format!(
        "at {} msg/s {what}: {:+.1} msg/s ({:+.1} to {:+.1})",
        digits(*rate),
        per_second.value,
        per_second.low,
        per_second.high
    )
}
