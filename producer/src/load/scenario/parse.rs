//! From a scenario's text to a scenario, or to everything that is wrong with it.

pub use super::fields::Mistake;
use super::fields::{self, Fields, Mistakes};
use super::phases::{self, Phases};
use super::{Cleanup, Reply, Scenario};
use super::{cleanup, headers, payload, trace};
use crate::load::offered::Load;
use crate::load::payload::Payload;
use broker::{Headers, Persistence};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::de::DeTable;
use traffic::{ArrivalProcess, Schedule};

/// Everything that is wrong with a scenario file, each with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
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
        Some(value) => payload::read(value, path, mistakes),
        None => Payload::BuiltIn,
    };
    let persistence = match fields.read(mistakes, "persistent", fields::truth) {
        Some(false) => Persistence::Transient,
        Some(true) | None => Persistence::Persistent,
    };
    let headers = match fields.optional("headers") {
        Some(value) => headers::read(value, mistakes),
        None => Headers::default(),
    };
    let cleanup = match fields.optional("cleanup") {
        Some(value) => cleanup::read(value, mistakes),
        None => Cleanup::default(),
    };
    let load = read_load(&mut fields, path, seed, mistakes);
    fields.finish(mistakes);
    Some(Scenario {
        name: name?,
        about,
        seed,
        reply,
        payload,
        persistence,
        headers,
        load,
        cleanup,
    })
}

fn read_load(
    fields: &mut Fields<'_, '_>,
    path: &Path,
    seed: u64,
    mistakes: &mut Mistakes<'_>,
) -> Load {
    const ARRIVALS: [(&str, ArrivalProcess); 2] = [
        ("even", ArrivalProcess::Even),
        ("poisson", ArrivalProcess::Poisson),
    ];
    let arrivals = fields
        .read(mistakes, "arrivals", |value| {
            fields::choice(value, &ARRIVALS)
        })
        .unwrap_or_default();
    let trace = fields.optional("trace");
    let phases = match (fields.optional("phase"), trace) {
        (Some(phases), None) => phases::read(phases, mistakes),
        (None, Some(trace)) => {
            Phases::Open(trace::read(trace, path, mistakes).into_iter().collect())
        }
        (Some(_), Some(_)) => {
            let why = "a scenario has either a trace or [[phase]] tables";
            fields.complain(mistakes, "trace", why);
            Phases::Open(Vec::new())
        }
        (None, None) => {
            mistakes.add(
                &(0..0),
                "[[phase]] is missing: a scenario has at least one, or a trace".to_owned(),
            );
            Phases::Open(Vec::new())
        }
    };
    match phases {
        Phases::Open(phases) => Load::Open(Schedule::with_chance(phases, arrivals, seed)),
        Phases::Closed(groups) => {
            if fields.has("arrivals") {
                let why = "clients send when they are free, so nothing else decides when";
                fields.complain(mistakes, "arrivals", why);
            }
            Load::Closed(groups)
        }
    }
}
