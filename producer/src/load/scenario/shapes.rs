//! The shapes that a phase of rates can have.

use super::phases::{PHASE_DURATION, PHASE_DURATION_MAX, until};
use crate::load::offered::{REQUESTS_MAX, Until};
use config::toml_read::{Field, Section};
use std::time::Duration;
use traffic::{Holding, Phase, Rate};

/// Reads the other keys of a phase that has a shape.
type Read = fn(&Section<'_>) -> Option<Phase>;

/// Every shape by its name.
const SHAPES: [(&str, Read); 7] = [
    ("constant", constant),
    ("ramp", ramp),
    ("spike", spike),
    ("square", square),
    ("sine", sine),
    ("onoff", onoff),
    ("flood", flood),
];

/// Bursts of random lengths are drawn beforehand and kept, some 100 bytes each.
const RANDOM_BURSTS_MAX: u32 = 10_000;

/// Reads one phase.
pub(super) fn read(section: &Section<'_>) -> Option<Phase> {
    // Which keys belong to an unknown shape is unknown too, so no key is complained of.
    let read = section.given_or("shape", constant as Read, |field| field.word(&SHAPES))?;
    // A shape reads all of its keys before it misses any, so that one run shows all mistakes.
    let phase = read(section);
    section.finish();
    phase
}

fn constant(section: &Section<'_>) -> Option<Phase> {
    let rate = rate(section, "rate");
    let until = until(section);
    match (rate?, until?) {
        (rate, Until::Duration(duration)) => Some(Phase::Constant { rate, duration }),
        (rate, Until::Requests(requests)) => {
            let field = section.given("requests")?;
            if rate == Rate::ZERO {
                field.refuse("at a rate of 0 they never come");
                return None;
            }
            let phase = Phase::Counted { rate, requests };
            if phase.duration() > PHASE_DURATION_MAX {
                field.refuse(format!("at {rate} they take longer than a week"));
            }
            Some(phase)
        }
    }
}

fn ramp(section: &Section<'_>) -> Option<Phase> {
    let from = rate(section, "from");
    let to = rate(section, "to");
    let duration = duration(section, "duration");
    Some(Phase::Ramp {
        from: from?,
        to: to?,
        duration: duration?,
    })
}

fn spike(section: &Section<'_>) -> Option<Phase> {
    let base = rate(section, "base");
    let peak = rate(section, "peak");
    let at = section.required("at", "when the rise begins, such as \"10s\"");
    let at = at.and_then(|field| time(&field));
    let part = |key| section.given_or(key, Duration::ZERO, |field| time(&field));
    let (rise, hold, fall) = (part("rise"), part("hold"), part("fall"));
    let duration = duration(section, "duration");
    let (at, rise, hold, fall, duration) = (at?, rise?, hold?, fall?, duration?);
    let needed = at + rise + hold + fall;
    if needed > duration {
        let needed = humantime::format_duration(needed);
        section.given("duration")?.refuse(format!(
            "at, rise, hold and fall take {needed}, which is longer"
        ));
    }
    Some(Phase::Spike {
        base: base?,
        peak: peak?,
        at,
        rise,
        hold,
        fall,
        duration,
    })
}

fn square(section: &Section<'_>) -> Option<Phase> {
    let high = rate(section, "high");
    let low = rate(section, "low");
    let period = duration(section, "period");
    let share = section.given_or("share", 0.5, |field| {
        field.must_be("a number above 0 and below 1", |field| {
            field
                .as_number()
                .filter(|share| 0.0 < *share && *share < 1.0)
        })
    });
    let duration = duration(section, "duration");
    let period = period?;
    Some(Phase::Square {
        high: high?,
        low: low?,
        period,
        high_for: period.mul_f64(share?),
        duration: duration?,
    })
}

fn sine(section: &Section<'_>) -> Option<Phase> {
    let mean = rate(section, "rate");
    let amplitude = rate(section, "amplitude");
    let period = duration(section, "period");
    let duration = duration(section, "duration");
    let (mean, amplitude) = (mean?, amplitude?);
    if amplitude > mean {
        section.given("amplitude")?.refuse(format!(
            "{amplitude} below a mean of {mean} is less than nothing"
        ));
    }
    Some(Phase::Sine {
        mean,
        amplitude,
        period: period?,
        duration: duration?,
    })
}

fn onoff(section: &Section<'_>) -> Option<Phase> {
    const HOLDING: [(&str, Holding); 2] = [
        ("fixed", Holding::Fixed),
        ("exponential", Holding::Exponential),
    ];
    let rate = rate(section, "rate");
    let on = duration(section, "on");
    let off = duration(section, "off");
    let holding = section.given_or("holding", Holding::Fixed, |field| field.word(&HOLDING));
    let duration = duration(section, "duration");
    let (on, off, holding, duration) = (on?, off?, holding?, duration?);
    if holding == Holding::Exponential && duration > (on + off) * RANDOM_BURSTS_MAX {
        section.given("duration")?.refuse(format!(
            "has more than {RANDOM_BURSTS_MAX} bursts, which are drawn one by one"
        ));
        return None;
    }
    Some(Phase::OnOff {
        rate: rate?,
        on,
        off,
        holding,
        duration,
    })
}

fn flood(section: &Section<'_>) -> Option<Phase> {
    let messages = section.required("messages", "how many, such as 60000")?;
    Some(Phase::Flood {
        messages: messages.whole(&(1..=REQUESTS_MAX))?,
    })
}

fn rate(section: &Section<'_>, key: &'static str) -> Option<Rate> {
    let field = section.required(key, "messages per second, such as 285")?;
    let number = field.must_be("a number", Field::as_number)?;
    let rate = Rate::try_new(number);
    rate.map_err(|error| field.refuse(error.to_string())).ok()
}

fn duration(section: &Section<'_>, key: &'static str) -> Option<Duration> {
    let field = section.required(key, "a duration, such as \"15s\"")?;
    field.duration(&PHASE_DURATION)
}

/// A duration that may be none at all.
fn time(field: &Field<'_>) -> Option<Duration> {
    field.duration(&(Duration::ZERO..=PHASE_DURATION_MAX))
}
