//! The numbers of a report that a condition can name.

use crate::report::durations::Percentiles;
use crate::report::figures;
use crate::report::{FleetSummary, Report};
use config::nearest;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Messages or the like; a limit may be a share of another count.
    Count,
    Seconds,
    PerSecond,
    Bytes,
    /// 1 is one CPU.
    Cpus,
}

/// A number of a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    pub(super) group: Group,
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    value: Value,
    /// What a limit in percent is a share of.
    pub(super) whole: Option<Whole>,
}

/// Where a number stands in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Report,
    /// The percentiles of the wait: their names alone will do.
    Wait,
    Lag,
    Confirm,
    Workers,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Count(fn(&Report) -> u64),
    Number(fn(&Report) -> Option<f64>),
    Percentile(OfPercentiles),
    Workers(fn(&FleetSummary) -> Option<f64>),
}

/// Which of the percentiles it is.
type OfPercentiles = fn(&Percentiles) -> Option<f64>;

/// What a limit in percent is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Sent,
    Due,
    RateAsked,
}

/// A metric is its name: the rest follows from it.
impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        (self.group, self.name) == (other.group, other.name)
    }
}

const fn count(name: &'static str, whole: Option<Whole>, value: fn(&Report) -> u64) -> Metric {
    Metric {
        group: Group::Report,
        name,
        unit: Unit::Count,
        value: Value::Count(value),
        whole,
    }
}

const fn number(
    name: &'static str,
    unit: Unit,
    whole: Option<Whole>,
    value: fn(&Report) -> Option<f64>,
) -> Metric {
    Metric {
        group: Group::Report,
        name,
        unit,
        value: Value::Number(value),
        whole,
    }
}

const SENT: Option<Whole> = Some(Whole::Sent);
const DUE: Option<Whole> = Some(Whole::Due);

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const REPORT: [Metric; 24] = [
    number("duration_seconds", Unit::Seconds, None, |of| {
        Some(of.duration_seconds)
    }),
    number("messages", Unit::Count, None, |of| {
        of.messages.map(|count| count as f64)
    }),
    count("due", None, |of| of.due),
    count("sent", DUE, |of| of.sent),
    count("confirmed", SENT, |of| of.confirmed),
    count("replied", SENT, |of| of.replied),
    count("lost", SENT, |of| of.lost),
    count("duplicated", SENT, |of| of.duplicated),
    count("late", SENT, |of| of.late),
    count("returned", SENT, |of| of.returned),
    count("refused", SENT, |of| of.refused),
    count("timed_out", SENT, |of| of.timed_out),
    count("cut_off", SENT, |of| of.cut_off),
    count("resent", SENT, |of| of.resent),
    count("unsent", DUE, |of| of.unsent),
    count("unconfirmed", SENT, |of| of.unconfirmed),
    count("ignored_replies", SENT, |of| of.ignored_replies),
    count("redelivered_replies", SENT, |of| of.redelivered_replies),
    count("outages", None, |of| of.outages),
    count("blocked_count", None, |of| of.blocked_count),
    number("blocked_seconds", Unit::Seconds, None, |of| {
        Some(of.blocked_seconds)
    }),
    number("rate_asked", Unit::PerSecond, None, |of| of.rate_asked),
    number(
        "rate_reached",
        Unit::PerSecond,
        Some(Whole::RateAsked),
        |of| of.rate_reached,
    ),
    count("seed", None, |of| of.seed),
];

const fn workers(
    name: &'static str,
    unit: Unit,
    value: fn(&FleetSummary) -> Option<f64>,
) -> Metric {
    Metric {
        group: Group::Workers,
        name,
        unit,
        value: Value::Workers(value),
        whole: None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const WORKERS: [Metric; 7] = [
    workers("samples", Unit::Count, |of| Some(of.samples as f64)),
    workers("count_peak", Unit::Count, |of| {
        Some(f64::from(of.count_peak))
    }),
    workers("count_mean", Unit::Count, |of| Some(of.count_mean)),
    workers("cpu_ratio_mean", Unit::Cpus, |of| of.cpu_ratio_mean),
    workers("cpu_ratio_peak", Unit::Cpus, |of| of.cpu_ratio_peak),
    workers("memory_bytes_mean", Unit::Bytes, |of| of.memory_bytes_mean),
    workers("memory_bytes_peak", Unit::Bytes, |of| of.memory_bytes_peak),
];

/// The percentiles' names, the same in each of their groups.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
const PERCENTILES: [(&str, Unit, OfPercentiles); 12] = [
    ("p50", Unit::Seconds, |of| of.p50),
    ("p75", Unit::Seconds, |of| of.p75),
    ("p90", Unit::Seconds, |of| of.p90),
    ("p95", Unit::Seconds, |of| of.p95),
    ("p99", Unit::Seconds, |of| of.p99),
    ("p999", Unit::Seconds, |of| of.p999),
    ("p9999", Unit::Seconds, |of| of.p9999),
    ("max", Unit::Seconds, |of| of.max),
    ("min", Unit::Seconds, |of| of.min),
    ("mean", Unit::Seconds, |of| of.mean),
    ("stddev", Unit::Seconds, |of| of.stddev),
    ("count", Unit::Count, |of| Some(of.count as f64)),
];

const PERCENTILE_GROUPS: [Group; 3] = [Group::Wait, Group::Lag, Group::Confirm];

impl Group {
    /// What its names begin with: as short as people write it, and as the report has it.
    fn prefixes(self) -> [&'static str; 2] {
        match self {
            Self::Report => ["", ""],
            Self::Wait => ["wait.", "wait_seconds."],
            Self::Lag => ["lag.", "schedule_lag_seconds."],
            Self::Confirm => ["confirm.", "confirm_seconds."],
            Self::Workers => ["workers.", "workers."],
        }
    }
}

pub(super) fn all() -> Vec<Metric> {
    let percentiles = PERCENTILE_GROUPS.into_iter().flat_map(|group| {
        PERCENTILES.map(|(name, unit, value)| Metric {
            group,
            name,
            unit,
            value: Value::Percentile(value),
            whole: None,
        })
    });
    REPORT
        .into_iter()
        .chain(percentiles)
        .chain(WORKERS)
        .collect()
}

impl Metric {
    /// The one of that name, or what could have been meant.
    pub(super) fn find(name: &str) -> Result<Self, String> {
        let metrics = all();
        let named = |metric: &&Self| {
            let [short, long] = metric.group.prefixes();
            let plain = metric.group == Group::Wait && name == metric.name;
            plain
                || name.strip_prefix(short) == Some(metric.name)
                || name.strip_prefix(long) == Some(metric.name)
        };
        if let Some(metric) = metrics.iter().find(named) {
            return Ok(*metric);
        }
        let names: Vec<String> = metrics.iter().map(Self::to_string).collect();
        let meant = match nearest(names.iter().map(String::as_str), name) {
            Some(near) => format!("did you mean {near}? "),
            None => String::new(),
        };
        let top: Vec<&str> = REPORT.iter().map(|metric| metric.name).collect();
        let percentiles: Vec<&str> = PERCENTILES.iter().map(|(name, ..)| *name).collect();
        let workers: Vec<String> = WORKERS.iter().map(Self::to_string).collect();
        Err(format!(
            "a report has no number named \"{name}\": {meant}There are {}; of the wait (and with \
             lag. or confirm. before it of those) {}; and {}",
            top.join(", "),
            percentiles.join(", "),
            workers.join(", ")
        ))
    }

    /// What a finished run has for it.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(super) fn value(&self, report: &Report) -> Option<f64> {
        match (self.value, self.group) {
            (Value::Count(value), _) => Some(value(report) as f64),
            (Value::Number(value), _) => value(report),
            (Value::Percentile(value), Group::Lag) => value(&report.schedule_lag_seconds),
            (Value::Percentile(value), Group::Confirm) => value(&report.confirm_seconds),
            (Value::Percentile(value), _) => value(&report.wait_seconds),
            (Value::Workers(value), _) => value(report.workers.as_ref()?),
        }
    }

    /// The value for a reader.
    pub(super) fn said(&self, value: Option<f64>) -> String {
        let Some(value) = value else {
            let why = match self.group {
                Group::Report => "the run has none",
                Group::Wait => "no message was answered",
                Group::Lag => "no message was sent",
                Group::Confirm => "no message was confirmed",
                Group::Workers => "no controller answered",
            };
            return format!("there is no value: {why}");
        };
        let value = match self.unit {
            Unit::Count => format!("{value}"),
            Unit::Seconds => figures::duration(Some(value)),
            Unit::PerSecond => format!("{value:.1}/s"),
            Unit::Bytes => format!("{:.1} MB", value / 1e6),
            Unit::Cpus => format!("{value:.2}"),
        };
        format!("it is {value}")
    }
}

impl std::fmt::Display for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.group {
            Group::Wait => f.write_str(self.name),
            group => write!(f, "{}{}", group.prefixes()[0], self.name),
        }
    }
}
