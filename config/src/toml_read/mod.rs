//! TOML that a user wrote, read key by key: the configuration, and whatever else a program takes.
//!
//! serde would stop at the first mistake. Here every key that is asked for is noted, what is wrong is
//! noted too, and reading goes on; whatever was never asked for is an unknown key. So the keys that
//! exist are listed nowhere but where they are read, and one run tells every mistake, each with its
//! line.

mod field;
mod report;
mod section;

pub use field::Field;
pub(crate) use field::NAME_BYTES_MAX;
pub use section::Section;

use crate::error::Violation;
use report::Report;
use toml::de::DeTable;

/// Reads a text from its root table on. What `read` gives up it has noted.
///
/// # Errors
/// With everything that is wrong, in the order of the text.
///
/// # Panics
/// When `read` gives up and has noted nothing.
pub fn read<T>(
    text: &str,
    read: impl FnOnce(&Section<'_>) -> Option<T>,
) -> Result<T, Vec<Violation>> {
    read_over(text, None, read).into_result()
}

/// What the reading of a text brought up.
pub(crate) struct Findings<T> {
    value: Option<T>,
    violations: Vec<Violation>,
    /// The keys that exist, without indexes, in the order of reading.
    pub(crate) known: Vec<String>,
}

impl<T> Findings<T> {
    pub(crate) fn into_result(self) -> Result<T, Vec<Violation>> {
        if !self.violations.is_empty() {
            return Err(self.violations);
        }
        Ok(self.value.expect("whoever gives up a value has noted why"))
    }
}

/// Reads a text over the shipped one, which has the values of the keys that it leaves out.
pub(crate) fn read_over<T>(
    text: &str,
    shipped: Option<&DeTable<'_>>,
    read: impl FnOnce(&Section<'_>) -> Option<T>,
) -> Findings<T> {
    let (given, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let violations = errors.iter().map(|error| syntax_violation(text, error));
        return Findings {
            value: None,
            violations: violations.collect(),
            known: Vec::new(),
        };
    }
    let report = Report::new(text);
    let value = read(&Section::root(&report, given.get_ref(), shipped));
    let (known, violations) = report.finish();
    Findings {
        value,
        violations,
        known,
    }
}

/// Where the text stops being TOML, with the line and a caret under the place; the line stays out
/// where it may hold a URL with a password.
fn syntax_violation(text: &str, error: &toml::de::Error) -> Violation {
    let offset = error
        .span()
        .map_or(text.len(), |span| span.start)
        .min(text.len());
    let before = text.get(..offset).unwrap_or(text);
    let line = 1 + before.matches('\n').count();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
    let content = text.lines().nth(line - 1).unwrap_or_default();
    let mut problem = format!("column {column}: not TOML: {}", error.message());
    let may_be_secret = content.contains("://") || content.trim_start().starts_with("url");
    if !may_be_secret {
        let gutter = line.to_string();
        problem += &format!("\n    {gutter} | {content}");
        problem += &format!(
            "\n    {:gutter$} | {:>column$}",
            "",
            "^",
            gutter = gutter.len()
        );
    }
    Violation {
        line: Some(line),
        key: String::new(),
        value: None,
        problem,
    }
}
