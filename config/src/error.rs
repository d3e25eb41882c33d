//! What is wrong with a configuration: all of it at once, each with where it stands.

use std::fmt;
use std::path::PathBuf;

/// Why there is no configuration. `Display` takes one line per violation, and none of them repeats
/// a URL or a token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error(
        "can't read the configuration {}: {cause}; name another with --config or WARREN_CONFIG, or \
         begin with the config.toml that Warren comes with",
        file.display()
    )]
    Read {
        /// The path as it was named, or `config.toml`.
        file: PathBuf,
        /// The system's reason, or that the file is too large or not UTF-8.
        cause: std::io::Error,
    },
    /// The file was read and can't be used.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Everything that is wrong with one text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid {
    /// What kind of text it is, for the message: "configuration".
    pub what: &'static str,
    /// The file, as it was named.
    pub file: String,
    /// At least one, in the order of the file.
    pub violations: Vec<Violation>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the file, from 1; `None` where the file says nothing of it.
    pub line: Option<usize>,
    /// The path of the key, such as `pool[0].scaling.max`, or the environment variable; empty where
    /// the file is not TOML at this place.
    pub key: String,
    /// What stands there; `None` where it is secret or where there is none.
    pub value: Option<String>,
    /// What is wrong, and what is permitted.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match (self.key.as_str(), &self.value) {
            ("", _) => {}
            (key, None) => write!(f, "{key}: ")?,
            (key, Some(value)) => write!(f, "{key} = {value}: ")?,
        }
        f.write_str(&self.problem)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = match self.violations.len() {
            1 => "1 problem".to_owned(),
            many => format!("{many} problems"),
        };
        write!(f, "{problems} in the {} {}", self.what, self.file)?;
        for violation in &self.violations {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}
