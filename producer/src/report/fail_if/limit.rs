//! What a number is compared with: a number, a time, an amount of memory, or a share.

use super::metric::{Metric, Unit, Whole};
use crate::report::Report;
use bytesize::ByteSize;

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    /// In the unit of the metric.
    Fixed(f64),
    /// Of what the metric is a part of.
    Share(f64),
}

impl Limit {
    /// Reads what stands after the comparison.
    pub(super) fn parse(text: &str, metric: &Metric) -> Result<Self, String> {
        let wrong =
            |expected: &str| format!("{metric} is compared with {expected}, not \"{text}\"");
        if let Some(percent) = text.strip_suffix('%') {
            let share = number(percent).map(|percent| percent / 100.0);
            return match (share, metric.unit, metric.whole) {
                (Some(share), Unit::Cpus, _) => Ok(Self::Fixed(share)),
                (Some(share), _, Some(_)) => Ok(Self::Share(share)),
                (_, _, Some(_)) | (_, Unit::Cpus, _) => Err(wrong("a share, as 0.5%")),
                _ => Err(format!(
                    "{metric} is a part of nothing, so \"{text}\" says nothing"
                )),
            };
        }
        // The name of such a metric says the unit already.
        let is_named = metric.name.ends_with("_seconds");
        let limit = match metric.unit {
            Unit::Count => number(text).ok_or_else(|| wrong("a number")),
            Unit::Cpus => number(text).ok_or_else(|| wrong("a number of CPUs, as 1.5 or 150%")),
            Unit::PerSecond => number(text.strip_suffix("/s").unwrap_or(text))
                .ok_or_else(|| wrong("messages per second, as 285")),
            Unit::Seconds => seconds(text)
                .or_else(|| number(text).filter(|_| is_named))
                .ok_or_else(|| wrong("a time with its unit, as 2s or 250ms")),
            Unit::Bytes => bytes(text).ok_or_else(|| wrong("an amount of memory, as 200MB")),
        };
        limit.map(Self::Fixed)
    }

    /// The limit for this run; nothing where what it is a share of has no value.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(super) fn of(self, metric: &Metric, report: &Report) -> Option<f64> {
        match (self, metric.whole) {
            (Self::Fixed(limit), _) => Some(limit),
            (Self::Share(share), Some(Whole::Sent)) => Some(share * report.sent as f64),
            (Self::Share(share), Some(Whole::Due)) => Some(share * report.due as f64),
            (Self::Share(share), Some(Whole::RateAsked)) => Some(share * report.rate_asked?),
            (Self::Share(_), None) => None,
        }
    }
}

/// A number that is something: neither below zero nor beyond all.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// A time with its unit, which may have decimals or be put together: `2s`, `1.5s`, `1m 30s`.
fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 6] = [
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let decimal = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some(number(text.strip_suffix(unit)?)? * seconds));
    let whole = || {
        humantime::parse_duration(text)
            .ok()
            .map(|time| time.as_secs_f64())
    };
    // A bare 0 is a time to humantime; here its unit was left out as any other's.
    decimal.or_else(|| whole().filter(|_| number(text).is_none()))
}

#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
fn bytes(text: &str) -> Option<f64> {
    let size: ByteSize = text.parse().ok()?;
    Some(size.as_u64() as f64)
}
