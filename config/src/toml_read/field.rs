//! One value of the file, read as the kind and within the range that its key permits.
//!
//! A reader answers `None` after it has noted what is wrong.

use super::report::Report;
use super::section::Section;
use crate::error::Violation;
use crate::nearest::nearest;
use bytesize::ByteSize;
use policy::Fraction;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeArray, DeValue};

/// A longer value is cut in a message.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// The longest name that AMQP can carry (a short string).
pub(crate) const NAME_BYTES_MAX: usize = 255;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    File,
    /// The shipped file, because the file does not say.
    Default,
}

/// One key's value.
#[derive(Clone)]
pub struct Field<'a> {
    report: &'a Report<'a>,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
    origin: Origin,
}

impl<'a> Field<'a> {
    pub(super) fn new(
        report: &'a Report<'a>,
        path: String,
        value: &'a Spanned<DeValue<'a>>,
        origin: Origin,
    ) -> Self {
        Self {
            report,
            path,
            value,
            origin,
        }
    }

    /// Notes that the value can't be taken, and shows it.
    pub fn refuse(&self, problem: impl Into<String>) {
        self.note(Some(self.shown()), problem.into());
    }

    /// Notes that the value can't be taken, and keeps it to itself: it may hold a password.
    pub fn refuse_unseen(&self, problem: impl Into<String>) {
        self.note(None, problem.into());
    }

    fn note(&self, value: Option<String>, problem: String) {
        let (line, problem) = match self.origin {
            Origin::File => (Some(self.report.line_at(self.value.span().start)), problem),
            Origin::Default => (None, format!("{problem} (the file does not set it)")),
        };
        self.report.add(Violation {
            line,
            key: self.path.clone(),
            value,
            problem,
        });
    }

    /// The value as a message shows it: one line, not too long, and never a URL's password.
    fn shown(&self) -> String {
        let text = match (self.origin, self.value()) {
            (Origin::File, _) => self.report.text_at(self.value.span()).to_owned(),
            (Origin::Default, DeValue::String(text)) => format!("{text:?}"),
            (Origin::Default, DeValue::Integer(number)) => number.to_string(),
            (Origin::Default, _) => "its default".to_owned(),
        };
        if text.contains("://") {
            return "(a URL, not shown)".to_owned();
        }
        let line = text.lines().next().unwrap_or_default();
        let mut shown: String = line.chars().take(SHOWN_CHARACTERS_MAX).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }

    /// The key, with the tables it stands in.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The value itself, for whoever takes several kinds.
    #[must_use]
    pub fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    /// The table, where it is one; nothing is noted where it is not.
    #[must_use]
    pub fn as_section(&self) -> Option<Section<'a>> {
        let table = self.value().as_table()?;
        let line = self.report.line_at(self.value.span().start);
        Some(Section::of_field(self.report, &self.path, table, line))
    }

    /// The list, where it is one; nothing is noted where it is not.
    #[must_use]
    pub fn array(&self) -> Option<&'a DeArray<'a>> {
        self.value().as_array()
    }

    /// The text, where it is one; nothing is noted where it is not.
    #[must_use]
    pub fn as_text(&self) -> Option<&'a str> {
        self.value().as_str()
    }

    /// What `read` makes of the value; where that is nothing, what it must be is noted.
    pub fn must_be<T>(
        &self,
        what: impl Display,
        read: impl FnOnce(&Self) -> Option<T>,
    ) -> Option<T> {
        let value = read(self);
        if value.is_none() {
            self.refuse(format!("must be {what}"));
        }
        value
    }

    /// Any text.
    pub fn text(&self) -> Option<String> {
        self.must_be("a string", |field| field.as_text().map(ToOwned::to_owned))
    }

    /// A text that says something.
    pub fn some_text(&self) -> Option<String> {
        self.must_be("a string that is not empty", |field| {
            let text = field.as_text().filter(|text| !text.trim().is_empty());
            text.map(ToOwned::to_owned)
        })
    }

    /// A name of something in the broker.
    pub(crate) fn name(&self) -> Option<String> {
        self.must_be(
            format!("a string of 1 to {NAME_BYTES_MAX} bytes"),
            |field| {
                let name = field.as_text().filter(|text| is_name(text));
                name.map(ToOwned::to_owned)
            },
        )
    }

    /// A queue's name; RabbitMQ keeps those that begin with `amq.` to itself.
    pub(crate) fn queue_name(&self) -> Option<String> {
        let what = format!("a string of 1 to {NAME_BYTES_MAX} bytes that does not begin with amq.");
        self.must_be(what, |field| {
            let name = field.as_text().filter(|text| is_name(text));
            name.filter(|name| !name.starts_with("amq."))
                .map(ToOwned::to_owned)
        })
    }

    /// A list of strings, so many of them, each of so many bytes.
    pub fn texts(
        &self,
        count: RangeInclusive<usize>,
        bytes: RangeInclusive<usize>,
    ) -> Option<Vec<String>> {
        let what = format!(
            "a list of {} strings, each of {} bytes",
            range(&count),
            range(&bytes)
        );
        self.must_be(what, |field| {
            let texts = field.array()?.iter().map(|item| {
                let text = item.get_ref().as_str()?;
                bytes.contains(&text.len()).then(|| text.to_owned())
            });
            let texts: Option<Vec<String>> = texts.collect();
            texts.filter(|texts| count.contains(&texts.len()))
        })
    }

    /// `true` or `false`.
    pub fn truth(&self) -> Option<bool> {
        self.must_be("true or false", |field| field.value().as_bool())
    }

    /// A duration within this range.
    pub fn duration(&self, permitted: &RangeInclusive<Duration>) -> Option<Duration> {
        self.duration_or(permitted, "")
    }

    /// A duration within this range; `or` says what else the key takes.
    pub(crate) fn duration_or(
        &self,
        permitted: &RangeInclusive<Duration>,
        or: &str,
    ) -> Option<Duration> {
        let what = format!(
            "a duration with a unit, in quotes, from \"{}\" to \"{}\"{or}",
            humantime::format_duration(*permitted.start()),
            humantime::format_duration(*permitted.end())
        );
        self.must_be(what, |field| {
            let duration = humantime::parse_duration(field.as_text()?).ok()?;
            permitted.contains(&duration).then_some(duration)
        })
    }

    pub(crate) fn bytes(&self, permitted: &RangeInclusive<u64>) -> Option<u64> {
        let (from, to) = (size(*permitted.start()), size(*permitted.end()));
        let what = format!("a size with a unit, in quotes, from \"{from}\" to \"{to}\"");
        self.must_be(what, |field| {
            let bytes = field.as_text()?.parse::<ByteSize>().ok()?.as_u64();
            permitted.contains(&bytes).then_some(bytes)
        })
    }

    /// A whole number within this range.
    pub fn whole<N: TryFrom<i64> + PartialOrd + Display>(
        &self,
        permitted: &RangeInclusive<N>,
    ) -> Option<N> {
        self.whole_or(permitted, "")
    }

    /// A whole number within this range; `or` says what else the key takes.
    pub(crate) fn whole_or<N: TryFrom<i64> + PartialOrd + Display>(
        &self,
        permitted: &RangeInclusive<N>,
        or: &str,
    ) -> Option<N> {
        let what = format!("a whole number from {}{or}", range(permitted));
        self.must_be(what, |field| {
            let number = field.value().as_integer()?;
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            let number = N::try_from(number).ok()?;
            permitted.contains(&number).then_some(number)
        })
    }

    /// A number within this range, whole or not.
    pub fn number(&self, permitted: &RangeInclusive<f64>) -> Option<f64> {
        self.number_or(permitted, "")
    }

    /// A number within this range, whole or not; `or` says what else the key takes.
    pub(crate) fn number_or(&self, permitted: &RangeInclusive<f64>, or: &str) -> Option<f64> {
        let what = format!("a number from {}{or}", range(permitted));
        self.must_be(what, |field| {
            field
                .as_number()
                .filter(|number| permitted.contains(number))
        })
    }

    /// A share of something, never all of it.
    pub(crate) fn fraction(&self) -> Option<Fraction> {
        self.must_be("a number from 0 to below 1", |field| {
            Fraction::try_new(field.as_number()?).ok()
        })
    }

    /// The number, whole or not, where it is one; nothing is noted where it is not.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self.value() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            // As a float, so that a number too large for an integer is told its range too.
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        }
    }

    /// One of these words, each with what it stands for.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.as_text();
        let found = words.iter().find(|(word, _)| Some(*word) == text);
        if found.is_none() {
            let words = || words.iter().map(|(word, _)| *word);
            let quoted: Vec<_> = words().map(|word| format!("{word:?}")).collect();
            let must = format!("must be {}", quoted.join(" or "));
            self.refuse(match text.and_then(|text| nearest(words(), text)) {
                Some(near) => format!("{must}; did you mean {near:?}?"),
                None => must,
            });
        }
        found.map(|(_, value)| *value)
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
}

/// As one would write it in the file: `512MiB`, not `512.0 MiB`.
fn size(bytes: u64) -> String {
    ByteSize::b(bytes)
        .to_string()
        .replace(".0 ", "")
        .replace(' ', "")
}

fn range<T: Display + PartialEq>(range: &RangeInclusive<T>) -> String {
    if range.start() == range.end() {
        range.start().to_string()
    } else {
        format!("{} to {}", range.start(), range.end())
    }
}
