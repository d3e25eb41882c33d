//! Why the program ends without having done what it was asked, and the exit code that says so.

use std::process::ExitCode;

/// Bad configuration: `EX_USAGE` of sysexits, as many daemons use it.
const EXIT_BAD_CONFIGURATION: u8 = 64;
/// The command line or the environment can't be followed; clap ends with the same.
const EXIT_USAGE: u8 = 2;

/// Why the program ends without having done what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration can't be used. Nothing was started.
    #[error("{0}")]
    Configuration(String),
    /// The command line or the environment can't be followed.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// The exit code for it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(EXIT_BAD_CONFIGURATION),
            Self::Usage(_) => ExitCode::from(EXIT_USAGE),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::Configuration(error.to_string())
    }
}
