//! What was found out, for a reader.

use super::advice::{digits, interval, plural};
use super::findings::{AtOnce, Bound, Capacity, Findings, HeldByEach, Takes};
use super::growth::Growth;
use super::service::{Constancy, Service};
use std::fmt;

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write_service(f, service)?;
        }
        if let Some(capacity) = &self.capacity {
            write_capacity(f, capacity)?;
        }
        if let Some(at_once) = &self.at_once {
            write_at_once(f, at_once)?;
        }
        if let Some((takes, at_once)) = self.takes.zip(self.at_once) {
            write_takes(f, takes, at_once.value(), self.known.consumers)?;
        }
        if let Some(held) = &self.held {
            write_held(f, held)?;
        }
        for growth in [self.below, self.above].iter().flatten() {
            write_growth(f, growth)?;
        }
        for note in &self.notes {
            line(f, "note", &note.to_string())?;
        }
        Ok(())
    }
}

/// Names a finding, and puts its text in a column.
fn line(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "{name:<14}{text}")
}

fn write_service(f: &mut fmt::Formatter<'_>, service: &Service) -> fmt::Result {
    let milliseconds = service.seconds.scaled(1e3);
    let how = match service.constancy {
        Constancy::Constant => "the same for every message".to_owned(),
        Constancy::Varying => format!("varying by {:.0} % of that", service.variation * 100.0),
    };
    let (value, interval) = (digits(milliseconds.value), interval(milliseconds));
    line(
        f,
        "service time",
        &format!("{value} ms ({interval}), {how}"),
    )
}

fn write_capacity(f: &mut fmt::Formatter<'_>, capacity: &Capacity) -> fmt::Result {
    let rate = capacity.per_second;
    let (value, interval) = (digits(rate.value), interval(rate));
    let text = match capacity.bound {
        Bound::Exact => format!("{value} msg/s ({interval}): above that the queue grows"),
        Bound::AtLeast => format!("at least {value} msg/s ({interval})"),
    };
    line(f, "capacity", &text)
}

fn write_at_once(f: &mut fmt::Formatter<'_>, at_once: &AtOnce) -> fmt::Result {
    let law = format!(
        "{} ({})",
        digits(at_once.by_law.value),
        interval(at_once.by_law)
    );
    let text = match at_once.counted {
        Some(counted) => format!("{counted}, as many answers came together; by Little's law {law}"),
        None => format!("{law}, by Little's law"),
    };
    line(f, "served at once", &text)
}

fn write_takes(
    f: &mut fmt::Formatter<'_>,
    takes: Takes,
    at_once: f64,
    consumers: u32,
) -> fmt::Result {
    let workers = plural(consumers);
    let text = match takes {
        Takes::One => format!("{consumers} {workers}: one message at a time each"),
        Takes::Several => format!(
            "{consumers} {workers}: {} messages at once each",
            digits(at_once / f64::from(consumers.max(1)))
        ),
        Takes::LessThanOne => format!(
            "{consumers} {workers}, of which {} work at once: they share what limits them, or some \
             get no messages",
            digits(at_once)
        ),
    };
    line(f, "workers", &text)
}

fn write_held(f: &mut fmt::Formatter<'_>, held: &HeldByEach) -> fmt::Result {
    let text = match held.bound {
        Bound::Exact => format!(
            "{:.0} messages each: the prefetch they have now",
            held.messages
        ),
        Bound::AtLeast => format!(
            "{:.0} messages each, and none was left in the queue: their prefetch is larger, or \
             unlimited",
            held.messages
        ),
    };
    line(f, "held", &text)
}

fn write_growth(f: &mut fmt::Formatter<'_>, growth: &Growth) -> fmt::Result {
    let what = match growth.grows() {
        true => "the queue grew",
        false => "the queue kept its length",
    };
    let Growth { rate, per_second } = growth;
    let text = format!(
        "{what}: {:+.1} msg/s ({:+.1} to {:+.1})",
        per_second.value, per_second.low, per_second.high
    );
    line(f, "", &format!("at {} msg/s {text}", digits(*rate)))
}
