//! Reads one TOML table key by key and keeps every mistake with its line.
//!
//! Serde would stop at the first mistake and could not say which keys belong to which shape.

use config::nearest;

use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there and what was expected.
    pub message: String,
}

/// The mistakes found so far in one text.
pub(super) struct Mistakes<'t> {
    text: &'t str,
    found: Vec<Mistake>,
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, at: &Range<usize>, message: String) {
        let line = 1 + self
            .text
            .bytes()
            .take(at.start)
            .filter(|byte| *byte == b'\n')
            .count();
        self.found.push(Mistake { line, message });
    }

    /// In the order of their lines.
    pub(super) fn into_sorted(mut self) -> Vec<Mistake> {
        self.found.sort_by_key(|mistake| mistake.line);
        self.found
    }
}

/// One table, of which keys are taken until only the unknown ones are left.
pub(super) struct Fields<'a, 't> {
    /// Names the table in messages.
    place: String,
    table: &'a DeTable<'t>,
    /// Where to point when a key is missing.
    span: Range<usize>,
    asked: Vec<&'static str>,
}

impl<'a, 't> Fields<'a, 't> {
    pub(super) fn new(
        place: impl Into<String>,
        table: &'a DeTable<'t>,
        span: Range<usize>,
    ) -> Self {
        Self {
            place: place.into(),
            table,
            span,
            asked: Vec::new(),
        }
    }

    /// Whether a key is there. Asking does not count as reading it.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.table.contains_key(key)
    }

    /// Adds a mistake that a key makes together with others.
    pub(super) fn complain(&self, mistakes: &mut Mistakes<'_>, key: &'static str, why: &str) {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        mistakes.add(&span, format!("{key}{}: {why}", self.place));
    }

    /// The value of a key, if it is there.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// What `read` makes of a key that may be missing.
    pub(super) fn read<T>(
        &mut self,
        mistakes: &mut Mistakes<'_>,
        key: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.optional(key)?;
        match read(value.get_ref()) {
            Ok(read) => Some(read),
            Err(expected) => {
                mistakes.add(&value.span(), format!("{key}{}: {expected}", self.place));
                None
            }
        }
    }

    /// The same, with a default for a missing key; a mistake has none.
    pub(super) fn read_or<T>(
        &mut self,
        mistakes: &mut Mistakes<'_>,
        key: &'static str,
        default: T,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        match self.has(key) {
            true => self.read(mistakes, key, read),
            false => {
                self.asked.push(key);
                Some(default)
            }
        }
    }

    /// What `read` makes of a key that must be there.
    pub(super) fn required<T>(
        &mut self,
        mistakes: &mut Mistakes<'_>,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.asked.push(key);
            mistakes.add(
                &self.span,
                format!("{key}{} is missing: {expected}", self.place),
            );
            return None;
        }
        self.read(mistakes, key, read)
    }

    /// Complains of every key that nobody asked for.
    pub(super) fn finish(self, mistakes: &mut Mistakes<'_>) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let hint = match nearest(self.asked.iter().copied(), name) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("expected one of {}", self.asked.join(", ")),
            };
            mistakes.add(
                &key.span(),
                format!("unknown key {name}{}: {hint}", self.place),
            );
        }
    }
}

/// A text that says something.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => Err("is empty".to_owned()),
        None => Err(format!("expected a text in quotes, found {}", kind(value))),
    }
}

/// `true` or `false`.
pub(super) fn truth(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("expected true or false, found {}", kind(value)))
}

/// A whole number in a range.
pub(super) fn whole(value: &DeValue<'_>, range: Range<u64>) -> Result<u64, String> {
    let DeValue::Integer(integer) = value else {
        return Err(format!("expected a whole number, found {}", kind(value)));
    };
    u64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            format!(
                "{integer} is not between {} and {}",
                range.start,
                range.end - 1
            )
        })
}

/// A number, whole or not.
pub(super) fn number(value: &DeValue<'_>) -> Result<f64, String> {
    let parsed = match value {
        // As a float, so that a number too large for an integer is told its range too.
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| format!("expected a number, found {}", kind(value)))
}

/// A share of a whole that leaves something on both sides.
pub(super) fn share(value: &DeValue<'_>) -> Result<f64, String> {
    let number = number(value)?;
    match 0.0 < number && number < 1.0 {
        true => Ok(number),
        false => Err(format!("{number} is not between 0 and 1")),
    }
}

/// A share of a whole, which may be none or all of it.
pub(super) fn fraction(value: &DeValue<'_>) -> Result<f64, String> {
    let number = number(value)?;
    match (0.0..=1.0).contains(&number) {
        true => Ok(number),
        false => Err(format!("{number} is not between 0 and 1")),
    }
}

/// What something is multiplied by.
pub(super) fn factor(value: &DeValue<'_>) -> Result<f64, String> {
    const FACTOR_MAX: f64 = 1e6;
    let number = number(value)?;
    match 0.0 < number && number <= FACTOR_MAX {
        true => Ok(number),
        false => Err(format!("{number} is not above 0 and at most {FACTOR_MAX}")),
    }
}

/// One of several words, each with what it stands for.
pub(super) fn choice<T: Copy>(
    value: &DeValue<'_>,
    choices: &[(&'static str, T)],
) -> Result<T, String> {
    let names = || choices.iter().map(|(name, _)| *name);
    let listed = || names().collect::<Vec<_>>().join(", ");
    let Some(text) = value.as_str() else {
        return Err(format!(
            "expected one of {}, found {}",
            listed(),
            kind(value)
        ));
    };
    match choices.iter().find(|(name, _)| *name == text) {
        Some((_, choice)) => Ok(*choice),
        None => Err(match nearest(names(), text) {
            Some(near) => format!("\"{text}\" is unknown: did you mean \"{near}\"?"),
            None => format!("\"{text}\" is unknown: expected one of {}", listed()),
        }),
    }
}

/// A duration with its unit, longer than nothing and no longer than `max`.
pub(super) fn duration(value: &DeValue<'_>, max: Duration) -> Result<Duration, String> {
    let duration = parse_duration(value)?;
    match duration.is_zero() || duration > max {
        true => Err(format!(
            "{} is not longer than 0s and at most {}",
            quoted(value),
            humantime::format_duration(max)
        )),
        false => Ok(duration),
    }
}

/// A duration with its unit, which may be none at all and is no longer than `max`.
pub(super) fn time(value: &DeValue<'_>, max: Duration) -> Result<Duration, String> {
    let duration = parse_duration(value)?;
    match duration > max {
        true => Err(format!(
            "{} is longer than {}",
            quoted(value),
            humantime::format_duration(max)
        )),
        false => Ok(duration),
    }
}

/// A text as it stands in the file.
fn quoted(value: &DeValue<'_>) -> String {
    format!("\"{}\"", value.as_str().unwrap_or_default())
}

fn parse_duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let Some(text) = value.as_str() else {
        return Err(format!(
            "expected a duration with a unit, as \"15s\" or \"200ms\", found {}",
            kind(value)
        ));
    };
    humantime::parse_duration(text)
        .map_err(|_| format!("\"{text}\" is no duration with a unit, as \"15s\" or \"200ms\""))
}

/// What a value is, in a user's words.
pub(super) fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{text}\""),
        DeValue::Integer(integer) => format!("the number {integer}"),
        DeValue::Float(float) => format!("the number {float}"),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(datetime) => format!("the date {datetime}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
