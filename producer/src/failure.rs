//! Why the program ends without success, and the exit code that says so.

use std::process::ExitCode;

/// Bad configuration, as the other programs have it.
const EXIT_CONFIGURATION: u8 = 64;

/// The command line or the environment can't be followed; clap ends with the same.
const EXIT_USAGE: u8 = 2;

/// Why the program ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration, the scenario or the input file can't be used. Nothing was sent.
    #[error("{0:#}")]
    Configuration(anyhow::Error),
    /// The command line or the environment can't be followed.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
    /// The run went to its end, its report is printed, and this keeps it from being a success: not
    /// every message got what it was to get, or a condition of `--fail-if` holds.
    #[error("{}", .0.join("; "))]
    Unmet(Vec<String>),
}

impl Failure {
    /// The exit code for it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(EXIT_CONFIGURATION),
            Self::Usage(_) => ExitCode::from(EXIT_USAGE),
            Self::Failed(_) | Self::Unmet(_) => ExitCode::FAILURE,
        }
    }
}
