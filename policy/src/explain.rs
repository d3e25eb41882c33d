//! A decision in one sentence, with its numbers.
//!
//! Thousands are set apart by a plain space, so that a line can be copied into anything.

use crate::decision::{
    Decision, Limit, LimitName, Observation, RateSource, Reason, WorkerRateSource,
};
use std::time::Duration;

impl Decision {
    /// One sentence for the log, the API and the command line, such as "12 → 19 workers: backlog 6 900
    /// and 950 msg/s need 22 at 200 msg/s each within 2 s; max 19".
    #[must_use]
    pub fn explain(&self) -> String {
        let change = if self.from == self.desired {
            format!("no change: {}, as ", workers(self.from))
        } else {
            format!(
                "{} → {}: ",
                integer(self.from.into()),
                workers(self.desired)
            )
        };
        let need = self.need();
        let cause = match self.reason {
            Reason::Demand => need,
            Reason::RateUnknown => {
                format!("{need}; nothing is lowered by a rate that is not known")
            }
            Reason::NoData => format!("the queue could not be sampled{}", self.stays()),
            Reason::FullHands => {
                "the queue could not be sampled, and all workers have their hands full".to_owned()
            }
            Reason::Implausible => format!(
                "0 messages and 0 consumers can't be true while own workers consume{}",
                self.stays()
            ),
            Reason::Stale => format!("the sample came too late{}", self.stays()),
            Reason::Paused => format!("the pool is paused; {need}"),
            Reason::Override => format!("the number is fixed by hand; {need}"),
            Reason::Shutdown => "the pool ends".to_owned(),
        };
        let limits: String = self.limits.iter().map(limit).collect();
        format!("{change}{cause}{limits}")
    }

    fn need(&self) -> String {
        let Observation {
            backlog,
            drain_time,
            promised_wait,
            ..
        } = self.observation;
        let backlog = integer(backlog);
        let demand = integer(self.demand.into());
        let each = worker_rate(&self.observation);
        let within = match promised_wait {
            None => format!(" within {}", seconds(drain_time)),
            Some(wait) => format!(", to be taken up within {}", seconds(wait)),
        };
        format!(
            "backlog {backlog} and {} need {demand} at {each} each{within}",
            arrivals(&self.observation)
        )
    }

    /// Where workers are to be replaced although nothing new is known.
    fn stays(&self) -> String {
        if self.from == self.desired {
            String::new()
        } else {
            format!(", and {} stay wanted", integer(self.desired.into()))
        }
    }
}

fn arrivals(observation: &Observation) -> String {
    let Some(rate) = observation.arrival_rate else {
        return "an unknown arrival rate".to_owned();
    };
    let rate = number(rate.per_second());
    match observation.arrival_rate_source {
        RateSource::Counted => format!("{rate} msg/s"),
        RateSource::Balance => format!("about {rate} msg/s"),
        RateSource::AtLeast => format!("at least {rate} msg/s"),
        RateSource::LastKnown => format!("{rate} msg/s as last known"),
    }
}

fn worker_rate(observation: &Observation) -> String {
    let rate = number(observation.worker_rate.per_second());
    match observation.worker_rate_source {
        WorkerRateSource::Given => format!("{rate} msg/s"),
        WorkerRateSource::Prior => format!("an assumed {rate} msg/s"),
        WorkerRateSource::Measured { .. } => format!("a measured {rate} msg/s"),
    }
}

fn limit(limit: &Limit) -> String {
    let name = match limit.name {
        LimitName::Headroom => "head-room",
        LimitName::Useful => "useful",
        LimitName::StartUp => "start-up",
        LimitName::StepUp => "step up",
        LimitName::StepDown => "step down",
        LimitName::Hold => "hold",
        LimitName::DeadBand => "dead band",
        LimitName::Saturated => "saturated",
        LimitName::Host => "host",
        LimitName::Min => "min",
        LimitName::Schedule => "schedule",
        LimitName::Max => "max",
    };
    format!("; {name} {}", integer(limit.to.into()))
}

fn workers(count: u32) -> String {
    let noun = if count == 1 { "worker" } else { "workers" };
    format!("{} {noun}", integer(count.into()))
}

fn seconds(duration: Duration) -> String {
    format!("{} s", number(duration.as_secs_f64()))
}

/// With thousands set apart, as a person reads it: 6 900.
#[must_use]
pub fn integer(number: u64) -> String {
    grouped(&number.to_string())
}

/// About three digits, and never fewer than the whole part: 6 900, 12.5, 0.0333.
fn number(number: f64) -> String {
    let decimals = match number {
        n if n >= 100.0 || n == 0.0 => 0,
        n if n >= 10.0 => 1,
        n if n >= 1.0 => 2,
        n if n >= 0.1 => 3,
        _ => 4,
    };
    let text = format!("{number:.decimals$}");
    match text.split_once('.') {
        None => grouped(&text),
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => grouped(whole),
            fraction => format!("{}.{fraction}", grouped(whole)),
        },
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{integer, number};

    #[test]
    fn numbers_are_short_and_grouped() {
        assert_eq!(integer(0), "0");
        assert_eq!(integer(999), "999");
        assert_eq!(integer(6_900), "6 900");
        assert_eq!(integer(1_234_567), "1 234 567");
        for (value, text) in [
            (0.0, "0"),
            (950.4, "950"),
            (6900.0, "6 900"),
            (12.5, "12.5"),
            (9.999, "10"),
            (0.25, "0.25"),
            (1.0 / 30.0, "0.0333"),
            (999.9, "1 000"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
