//! From a scenario's text to a scenario, or to everything that is wrong with it.

pub use super::fields::Mistake;
use super::fields::{self, Fields, Mistakes};
use super::{Payload, Reply, Scenario};
use crate::load::Load;
use crate::rate::Rate;
use crate::schedule::{Phase, Schedule};
use broker::{Headers, Persistence};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A scenario is a table of phases written by hand; a longer one is a recording, which is no
/// scenario.
const PHASES_MAX: usize = 1000;

/// The longest phase: a week, so that no sum of phases overflows a nanosecond count.
const PHASE_DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// The largest flood; more is a rate kept up for long, which `constant` says better.
const FLOOD_MESSAGES_MAX: u64 = 100_000_000;

/// Every shape that a phase can have.
const SHAPES: [&str; 4] = ["constant", "ramp", "onoff", "flood"];

/// Everything that is wrong with a scenario file, each with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The file.
    pub path: PathBuf,
    /// In the order of their lines; never empty.
    pub mistakes: Vec<Mistake>,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scenario can't be used")?;
        for mistake in &self.mistakes {
            write!(
                f,
                "\n  {}:{}: {}",
                self.path.display(),
                mistake.line,
                mistake.message
            )?;
        }
        Ok(())
    }
}

/// Reads a scenario; an input file is looked for beside `path`.
pub(super) fn parse(text: &str, path: &Path) -> Result<Scenario, ParseError> {
    let mut mistakes = Mistakes::new(text);
    let scenario = match DeTable::parse(text) {
        Ok(root) => read_scenario(root.get_ref(), path, &mut mistakes),
        Err(error) => {
            mistakes.add(
                &error.span().unwrap_or_default(),
                error.message().to_owned(),
            );
            None
        }
    };
    let mistakes = mistakes.into_sorted();
    match scenario {
        Some(scenario) if mistakes.is_empty() => Ok(scenario),
        _ => Err(ParseError {
            path: path.to_owned(),
            mistakes,
        }),
    }
}

fn read_scenario(root: &DeTable<'_>, path: &Path, mistakes: &mut Mistakes<'_>) -> Option<Scenario> {
    let mut fields = Fields::new("", root, 0..0);
    let name = fields.required(mistakes, "name", "it stands in reports", fields::text);
    let about = fields
        .read(mistakes, "about", fields::text)
        .unwrap_or_default();
    let seed = fields
        .read(mistakes, "seed", |value| {
            fields::whole(value, 0..i64::MAX as u64)
        })
        .unwrap_or(1);
    let reply = match fields.read(mistakes, "reply", fields::truth) {
        Some(false) => Reply::None,
        Some(true) | None => Reply::Wanted,
    };
    let payload = match fields.optional("payload") {
        Some(value) => read_payload(value, path, mistakes),
        None => Payload::BuiltIn,
    };
    let phases = match fields.optional("phase") {
        Some(value) => read_phases(value, mistakes),
        None => {
            mistakes.add(
                &(0..0),
                "[[phase]] is missing: a scenario has at least one".to_owned(),
            );
            Vec::new()
        }
    };
    fields.finish(mistakes);
    let load = Load::Open(Schedule::new(phases));
    Some(Scenario {
        name: name?,
        about,
        seed,
        reply,
        payload,
        persistence: Persistence::Persistent,
        headers: Headers::default(),
        load,
    })
}

fn read_payload(value: &Spanned<DeValue<'_>>, path: &Path, mistakes: &mut Mistakes<'_>) -> Payload {
    let Some(table) = value.get_ref().as_table() else {
        let found = fields::kind(value.get_ref());
        mistakes.add(
            &value.span(),
            format!("payload: expected a table, found {found}"),
        );
        return Payload::BuiltIn;
    };
    let mut fields = Fields::new(" of payload", table, value.span());
    let input = fields.read(mistakes, "input", fields::text);
    fields.finish(mistakes);
    match input {
        Some(input) => Payload::Lines(path.parent().unwrap_or(Path::new("")).join(input)),
        None => Payload::BuiltIn,
    }
}

fn read_phases(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Vec<Phase> {
    let Some(array) = value.get_ref().as_array().filter(|array| !array.is_empty()) else {
        mistakes.add(
            &value.span(),
            "phase: expected tables headed [[phase]]".to_owned(),
        );
        return Vec::new();
    };
    if array.len() > PHASES_MAX {
        let count = array.len();
        mistakes.add(
            &value.span(),
            format!("{count} phases: at most {PHASES_MAX} can be had"),
        );
        return Vec::new();
    }
    let mut phases = Vec::new();
    for (index, value) in array.iter().enumerate() {
        let Some(table) = value.get_ref().as_table() else {
            mistakes.add(
                &value.span(),
                "phase: expected tables headed [[phase]]".to_owned(),
            );
            continue;
        };
        let place = format!(" of phase {}", index + 1);
        let Some(phase) = read_phase(Fields::new(place, table, value.span()), mistakes) else {
            continue;
        };
        if matches!(phase, Phase::Flood { .. }) && index + 1 < array.len() {
            let message = format!(
                "phase {} is a flood, which ends nobody knows when: it has to be the last phase",
                index + 1
            );
            mistakes.add(&value.span(), message);
        }
        phases.push(phase);
    }
    phases
}

fn read_phase(mut fields: Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Phase> {
    let shape = match fields.optional("shape") {
        None => "constant",
        Some(value) => match read_shape(value.get_ref()) {
            Ok(shape) => shape,
            // Which keys belong to an unknown shape is unknown too, so no key is complained of.
            Err(expected) => {
                mistakes.add(&value.span(), expected);
                return None;
            }
        },
    };
    // Every key is read before any is missed, so that one run shows all mistakes.
    let phase = match shape {
        "ramp" => {
            let from = rate(&mut fields, mistakes, "from");
            let to = rate(&mut fields, mistakes, "to");
            let duration = duration(&mut fields, mistakes, "duration");
            (|| {
                Some(Phase::Ramp {
                    from: from?,
                    to: to?,
                    duration: duration?,
                })
            })()
        }
        "onoff" => {
            let rate = rate(&mut fields, mistakes, "rate");
            let on = duration(&mut fields, mistakes, "on");
            let off = duration(&mut fields, mistakes, "off");
            let duration = duration(&mut fields, mistakes, "duration");
            (|| {
                Some(Phase::OnOff {
                    rate: rate?,
                    on: on?,
                    off: off?,
                    duration: duration?,
                })
            })()
        }
        "flood" => {
            let expected = "how many, as 60000";
            fields
                .required(mistakes, "messages", expected, |value| {
                    fields::whole(value, 1..FLOOD_MESSAGES_MAX + 1)
                })
                .map(|messages| Phase::Flood { messages })
        }
        _ => {
            let rate = rate(&mut fields, mistakes, "rate");
            let duration = duration(&mut fields, mistakes, "duration");
            (|| {
                Some(Phase::Constant {
                    rate: rate?,
                    duration: duration?,
                })
            })()
        }
    };
    fields.finish(mistakes);
    phase
}

fn read_shape(value: &DeValue<'_>) -> Result<&'static str, String> {
    let Some(name) = value.as_str() else {
        let found = fields::kind(value);
        return Err(format!(
            "shape: expected one of {}, found {found}",
            SHAPES.join(", ")
        ));
    };
    SHAPES
        .into_iter()
        .find(|shape| *shape == name)
        .ok_or_else(|| {
            let hint = match fields::nearest(name, SHAPES.into_iter()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("expected one of {}", SHAPES.join(", ")),
            };
            format!("unknown shape \"{name}\": {hint}")
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
