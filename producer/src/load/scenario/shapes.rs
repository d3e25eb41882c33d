//! The shapes that a phase of rates can have.

use super::fields::{self, Fields, Mistakes};
use super::phases::{PHASE_DURATION_MAX, until};
use crate::load::offered::{REQUESTS_MAX, Until};
use std::time::Duration;
use toml::de::DeValue;
use traffic::Rate;
use traffic::{Holding, Phase};

/// Reads the other keys of a phase that has a shape.
type Read = fn(&mut Fields<'_, '_>, &mut Mistakes<'_>) -> Option<Phase>;

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

pub(super) fn read(mut fields: Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let read: Read = match fields.has("shape") {
        true => {
            // Which keys belong to an unknown shape is unknown too, so no key is complained of.
            fields.read(mistakes, "shape", |value| fields::choice(value, &SHAPES))?
        }
        false => {
            fields.optional("shape");
            constant
        }
    };
    // A shape reads all of its keys before it misses any, so that one run shows all mistakes.
    let phase = read(&mut fields, mistakes);
    fields.finish(mistakes);
    phase
}

fn constant(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let rate = rate(fields, mistakes, "rate");
    let until = until(fields, mistakes);
    match (rate?, until?) {
        (rate, Until::Duration(duration)) => Some(Phase::Constant { rate, duration }),
        (rate, Until::Requests(requests)) => {
            if rate == Rate::ZERO {
                fields.complain(mistakes, "requests", "at a rate of 0 they never come");
                return None;
            }
            let phase = Phase::Counted { rate, requests };
            if phase.duration() > PHASE_DURATION_MAX {
                let why = format!("at {rate} they take longer than a week");
                fields.complain(mistakes, "requests", &why);
            }
            Some(phase)
        }
    }
}

fn ramp(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let from = rate(fields, mistakes, "from");
    let to = rate(fields, mistakes, "to");
    let duration = duration(fields, mistakes, "duration");
    Some(Phase::Ramp {
        from: from?,
        to: to?,
        duration: duration?,
    })
}

fn spike(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let base = rate(fields, mistakes, "base");
    let peak = rate(fields, mistakes, "peak");
    let at = fields.required(mistakes, "at", "when the rise begins, as \"10s\"", time);
    let rise = fields.read_or(mistakes, "rise", Duration::ZERO, time);
    let hold = fields.read_or(mistakes, "hold", Duration::ZERO, time);
    let fall = fields.read_or(mistakes, "fall", Duration::ZERO, time);
    let duration = duration(fields, mistakes, "duration");
    let (at, rise, hold, fall, duration) = (at?, rise?, hold?, fall?, duration?);
    let needed = at + rise + hold + fall;
    if needed > duration {
        let needed = humantime::format_duration(needed);
        let why = format!("at, rise, hold and fall take {needed}, which is longer");
        fields.complain(mistakes, "duration", &why);
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

fn square(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let high = rate(fields, mistakes, "high");
    let low = rate(fields, mistakes, "low");
    let period = duration(fields, mistakes, "period");
    let share = fields.read_or(mistakes, "share", 0.5, fields::share);
    let duration = duration(fields, mistakes, "duration");
    let period = period?;
    Some(Phase::Square {
        high: high?,
        low: low?,
        period,
        high_for: period.mul_f64(share?),
        duration: duration?,
    })
}

fn sine(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let mean = rate(fields, mistakes, "rate");
    let amplitude = rate(fields, mistakes, "amplitude");
    let period = duration(fields, mistakes, "period");
    let duration = duration(fields, mistakes, "duration");
    let (mean, amplitude) = (mean?, amplitude?);
    if amplitude > mean {
        let why = format!("{amplitude} below a mean of {mean} is less than nothing");
        fields.complain(mistakes, "amplitude", &why);
    }
    Some(Phase::Sine {
        mean,
        amplitude,
        period: period?,
        duration: duration?,
    })
}

fn onoff(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    const HOLDING: [(&str, Holding); 2] = [
        ("fixed", Holding::Fixed),
        ("exponential", Holding::Exponential),
    ];
    let rate = rate(fields, mistakes, "rate");
    let on = duration(fields, mistakes, "on");
    let off = duration(fields, mistakes, "off");
    let holding = fields.read_or(mistakes, "holding", Holding::Fixed, |value| {
        fields::choice(value, &HOLDING)
    });
    let duration = duration(fields, mistakes, "duration");
    let (on, off, holding, duration) = (on?, off?, holding?, duration?);
    if holding == Holding::Exponential && duration > (on + off) * RANDOM_BURSTS_MAX {
        let why =
            format!("it has more than {RANDOM_BURSTS_MAX} bursts, which are drawn one by one");
        fields.complain(mistakes, "duration", &why);
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

fn flood(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let messages = fields.required(mistakes, "messages", "how many, as 60000", |value| {
        fields::whole(value, 1..REQUESTS_MAX + 1)
    });
    Some(Phase::Flood {
        messages: messages?,
    })
}

fn rate(
    fields: &mut Fields<'_, '_>,
    mistakes: &mut Mistakes<'_>,
    key: &'static str,
) -> Option<Rate> {
    fields.required(mistakes, key, "messages per second, as 285", |value| {
        let number = fields::number(value)?;
        Rate::try_new(number).map_err(|error| format!("{number} is out of range: {error}"))
    })
}

fn duration(
    fields: &mut Fields<'_, '_>,
    mistakes: &mut Mistakes<'_>,
    key: &'static str,
) -> Option<Duration> {
    fields.required(mistakes, key, "a duration, as \"15s\"", |value| {
        fields::duration(value, PHASE_DURATION_MAX)
    })
}

/// A duration that may be none at all.
fn time(value: &DeValue<'_>) -> Result<Duration, String> {
    fields::time(value, PHASE_DURATION_MAX)
}
