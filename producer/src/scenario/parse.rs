//! From a scenario's text to a scenario, or to everything that is wrong with it.

pub use super::fields::Mistake;
use super::fields::{self, Fields, Mistakes};
use super::{Payload, Reply, Scenario};
use super::{headers, phases};
use crate::load::Load;
use crate::schedule::Schedule;
use broker::{Headers, Persistence};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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
    let persistence = match fields.read(mistakes, "persistent", fields::truth) {
        Some(false) => Persistence::Transient,
        Some(true) | None => Persistence::Persistent,
    };
    let headers = match fields.optional("headers") {
        Some(value) => headers::read(value, mistakes),
        None => Headers::default(),
    };
    let load = match fields.optional("phase") {
        Some(value) => phases::read(value, mistakes),
        None => {
            mistakes.add(
                &(0..0),
                "[[phase]] is missing: a scenario has at least one".to_owned(),
            );
            Load::Open(Schedule::new(Vec::new()))
        }
    };
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
