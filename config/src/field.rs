//! One value of the file, read as the kind and within the range that its key permits.
//!
//! A reader answers `None` after it has noted what is wrong.

use crate::error::Violation;
use crate::report::Report;
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
pub(crate) enum Origin {
    File,
    /// The shipped file, because the file does not say.
    Default,
}

/// One key's value.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    report: &'a Report<'a>,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
    origin: Origin,
}

impl<'a> Field<'a> {
    pub(crate) fn new(
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
    pub(crate) fn refuse(&self, problem: impl Into<String>) {
        self.note(Some(self.shown()), problem.into());
    }

    /// Notes that the value can't be taken, and keeps it to itself: it may hold a password.
    pub(crate) fn refuse_unseen(&self, problem: impl Into<String>) {
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
        let text = match (self.origin, self.value.get_ref()) {
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

    pub(crate) fn array(&self) -> Option<&'a DeArray<'a>> {
        self.value.get_ref().as_array()
    }

    /// The text, where it is one; nothing is noted where it is not.
    pub(crate) fn as_text(&self) -> Option<&'a str> {
        self.value.get_ref().as_str()
    }

    pub(crate) fn text(&self) -> Option<String> {
        let text = self.as_text();
        if text.is_none() {
            self.refuse("must be a string");
        }
        text.map(ToOwned::to_owned)
    }

    /// A name of something in the broker.
    pub(crate) fn name(&self) -> Option<String> {
        match self.as_text() {
            Some(text) if (1..=NAME_BYTES_MAX).contains(&text.len()) => Some(text.to_owned()),
            _ => {
                self.refuse(format!("must be a string of 1 to {NAME_BYTES_MAX} bytes"));
                None
            }
        }
    }

    /// A queue's name; RabbitMQ keeps those that begin with `amq.` to itself.
    pub(crate) fn queue_name(&self) -> Option<String> {
        match self.as_text() {
            Some(text)
                if (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.starts_with("amq.") =>
            {
                Some(text.to_owned())
            }
            _ => {
                self.refuse(format!(
                    "must be a string of 1 to {NAME_BYTES_MAX} bytes that does not begin with amq."
                ));
                None
            }
        }
    }

    /// A list of strings, so many of them, each of so many bytes.
    pub(crate) fn texts(
        &self,
        count: RangeInclusive<usize>,
        bytes: RangeInclusive<usize>,
    ) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = self.array().and_then(|items| {
            let texts = items.iter().map(|item| {
                let text = item.get_ref().as_str()?;
                bytes.contains(&text.len()).then(|| text.to_owned())
            });
            texts.collect()
        });
        let texts = texts.filter(|texts| count.contains(&texts.len()));
        if texts.is_none() {
            self.refuse(format!(
                "must be a list of {} strings, each of {} bytes",
                range(&count),
                range(&bytes)
            ));
        }
        texts
    }

    pub(crate) fn truth(&self) -> Option<bool> {
        let truth = self.value.get_ref().as_bool();
        if truth.is_none() {
            self.refuse("must be true or false");
        }
        truth
    }

    pub(crate) fn duration(&self, permitted: &RangeInclusive<Duration>) -> Option<Duration> {
        self.duration_or(permitted, "")
    }

    /// A duration within this range; `or` says what else the key takes.
    pub(crate) fn duration_or(
        &self,
        permitted: &RangeInclusive<Duration>,
        or: &str,
    ) -> Option<Duration> {
        let duration = self
            .as_text()
            .and_then(|text| humantime::parse_duration(text).ok());
        let duration = duration.filter(|duration| permitted.contains(duration));
        if duration.is_none() {
            let (from, to) = (permitted.start(), permitted.end());
            self.refuse(format!(
                "must be a duration with a unit, in quotes, from \"{}\" to \"{}\"{or}",
                humantime::format_duration(*from),
                humantime::format_duration(*to)
            ));
        }
        duration
    }

    pub(crate) fn bytes(&self, permitted: &RangeInclusive<u64>) -> Option<u64> {
        let bytes = self
            .as_text()
            .and_then(|text| text.parse::<ByteSize>().ok());
        let bytes = bytes
            .map(|bytes| bytes.as_u64())
            .filter(|bytes| permitted.contains(bytes));
        if bytes.is_none() {
            let (from, to) = (size(*permitted.start()), size(*permitted.end()));
            self.refuse(format!(
                "must be a size with a unit, in quotes, from \"{from}\" to \"{to}\""
            ));
        }
        bytes
    }

    /// A whole number within this range.
    pub(crate) fn whole(&self, permitted: &RangeInclusive<u32>) -> Option<u32> {
        self.whole_or(permitted, "")
    }

    /// A whole number within this range; `or` says what else the key takes.
    pub(crate) fn whole_or(&self, permitted: &RangeInclusive<u32>, or: &str) -> Option<u32> {
        let number = self
            .as_integer()
            .and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| permitted.contains(number));
        if number.is_none() {
            self.refuse(format!(
                "must be a whole number from {}{or}",
                range(permitted)
            ));
        }
        number
    }

    fn as_integer(&self) -> Option<i64> {
        let number = self.value.get_ref().as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A number within this range, whole or not.
    pub(crate) fn number(&self, permitted: &RangeInclusive<f64>) -> Option<f64> {
        self.number_or(permitted, "")
    }

    /// A number within this range, whole or not; `or` says what else the key takes.
    pub(crate) fn number_or(&self, permitted: &RangeInclusive<f64>, or: &str) -> Option<f64> {
        let number = self.as_number().filter(|number| permitted.contains(number));
        if number.is_none() {
            self.refuse(format!("must be a number from {}{or}", range(permitted)));
        }
        number
    }

    /// A share of something, never all of it.
    pub(crate) fn fraction(&self) -> Option<Fraction> {
        let number = self.as_number();
        let fraction = number.and_then(|number| Fraction::try_new(number).ok());
        if fraction.is_none() {
            self.refuse("must be a number from 0 to below 1");
        }
        fraction
    }

    fn as_number(&self) -> Option<f64> {
        match self.value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        }
    }

    /// One of these words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let found = self
            .as_text()
            .and_then(|text| words.iter().find(|(word, _)| *word == text))
            .map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            self.refuse(format!("must be {}", words.join(" or ")));
        }
        found
    }
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
