//! From a file to a [`Config`]: read, parsed, validated, with everything that is wrong at once.

use crate::environment::Environment;
use crate::error::{Error, Invalid, Violation};
use crate::file::read_at_most;
use crate::read;
use crate::report::{Findings, Report};
use crate::root::Config;
use crate::section::Section;
use crate::warning::{self, Warning};
use std::path::Path;
use toml::de::DeTable;

/// The file that programs read where none is named.
pub const DEFAULT_FILE: &str = "config.toml";

/// The shipped configuration: the one place where defaults stand.
pub const SHIPPED: &str = include_str!("../../config.toml");

/// A longer file is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A configuration that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What may not be meant.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and validates a file.
    ///
    /// # Errors
    /// When the file can't be read, or with everything that is wrong in it and in `environment`.
    pub fn load(file: &Path, environment: &Environment) -> Result<Loaded, Error> {
        let text = read_bounded(file).map_err(|source| Error::Read {
            file: file.to_owned(),
            source,
        })?;
        Ok(Self::parse(
            &text,
            &file.display().to_string(),
            environment,
        )?)
    }

    /// Validates a text; `file` names it in messages.
    ///
    /// # Errors
    /// With everything that is wrong in it and in `environment`.
    pub fn parse(text: &str, file: &str, environment: &Environment) -> Result<Loaded, Invalid> {
        let invalid = |violations| Invalid {
            file: file.to_owned(),
            violations,
        };
        let (given, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let violations = errors.iter().map(|error| syntax_violation(text, error));
            return Err(invalid(violations.collect()));
        }
        let (config, findings) = read_tables(text, given.get_ref(), environment);
        if !findings.violations.is_empty() {
            return Err(invalid(findings.violations));
        }
        let config = config.expect("whoever gives up a value has noted why");
        let warnings = warning::about(&config);
        Ok(Loaded { config, warnings })
    }

    /// The shipped configuration, with what the environment overrides.
    ///
    /// # Errors
    /// With everything that is wrong in `environment`.
    pub fn shipped(environment: &Environment) -> Result<Loaded, Error> {
        Ok(Self::parse(SHIPPED, "built in", environment)?)
    }

    /// For programs that can do without a file: the one that is named, else `config.toml`, else the
    /// shipped configuration.
    ///
    /// # Errors
    /// As [`Config::load`]; a file that is named has to be there.
    pub fn load_or_shipped(
        named: Option<&Path>,
        environment: &Environment,
    ) -> Result<Loaded, Error> {
        match named {
            Some(file) => Self::load(file, environment),
            None => match Self::load(Path::new(DEFAULT_FILE), environment) {
                Err(Error::Read { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound =>
                {
                    Self::shipped(environment)
                }
                loaded => loaded,
            },
        }
    }
}

impl Default for Config {
    /// The shipped configuration.
    fn default() -> Self {
        Self::parse(SHIPPED, "built in", &Environment::default())
            .expect("the shipped config.toml is valid: a test loads it")
            .config
    }
}

/// The keys that a file can have, as the reference page names them: `pool.scaling.max`.
#[must_use]
pub fn keys() -> Vec<String> {
    let (_, findings) = read_tables("", &DeTable::new(), &Environment::default());
    findings.known
}

/// The configuration, unless something is wrong.
fn read_tables(
    text: &str,
    given: &DeTable<'_>,
    environment: &Environment,
) -> (Option<Config>, Findings) {
    let shipped =
        DeTable::parse(SHIPPED).expect("the shipped config.toml is TOML: a test loads it");
    let report = Report::new(text);
    let root = Section::root(&report, given, shipped.get_ref());
    let config = read::config(&report, &root, environment);
    (config, report.finish())
}

fn read_bounded(file: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind};
    let Some(bytes) = read_at_most(file, FILE_BYTES_MAX)? else {
        let problem = format!("it is larger than {FILE_BYTES_MAX} bytes");
        return Err(Error::new(ErrorKind::FileTooLarge, problem));
    };
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
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
