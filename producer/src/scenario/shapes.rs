//! The shapes that a phase of rates can have.

use super::fields::{self, Fields, Mistakes};
use super::phases::{PHASE_DURATION_MAX, REQUESTS_MAX, until};
use crate::load::Until;
use crate::rate::Rate;
use crate::schedule::Phase;
use std::time::Duration;
use toml::de::DeValue;

/// Reads the other keys of a phase that has a shape.
type Read = fn(&mut Fields<'_, '_>, &mut Mistakes<'_>) -> Option<Phase>;

/// Every shape by its name.
const SHAPES: [(&str, Read); 4] = [
    ("constant", constant),
    ("ramp", ramp),
    ("onoff", onoff),
    ("flood", flood),
];

/// Reads one phase.
pub(super) fn read(mut fields: Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let read: Read = match fields.optional("shape") {
        None => constant,
        Some(value) => match shape(value.get_ref()) {
            Ok(read) => read,
            // Which keys belong to an unknown shape is unknown too, so no key is complained of.
            Err(expected) => {
                mistakes.add(&value.span(), expected);
                return None;
            }
        },
    };
    let phase = read(&mut fields, mistakes);
    fields.finish(mistakes);
    phase
}

fn shape(value: &DeValue<'_>) -> Result<Read, String> {
    let names = || SHAPES.iter().map(|(name, _)| *name);
    let listed = || names().collect::<Vec<_>>().join(", ");
    let Some(name) = value.as_str() else {
        let found = fields::kind(value);
        return Err(format!(
            "shape: expected one of {}, found {found}",
            listed()
        ));
    };
    match SHAPES.iter().find(|(shape, _)| *shape == name) {
        Some((_, read)) => Ok(*read),
        None => {
            let hint = match fields::nearest(name, names()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("expected one of {}", listed()),
            };
            Err(format!("unknown shape \"{name}\": {hint}"))
        }
    }
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
                let message = format!("at {rate} they take longer than a week");
                fields.complain(mistakes, "requests", &message);
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

fn onoff(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let rate = rate(fields, mistakes, "rate");
    let on = duration(fields, mistakes, "on");
    let off = duration(fields, mistakes, "off");
    let duration = duration(fields, mistakes, "duration");
    Some(Phase::OnOff {
        rate: rate?,
        on: on?,
        off: off?,
        duration: duration?,
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
