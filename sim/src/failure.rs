//! Why the program ends without success, and the exit code that says so.

use std::process::ExitCode;

/// Bad configuration, as the other programs have it.
const EXIT_CONFIGURATION: u8 = 64;

/// The command line can't be followed; clap ends with the same.
const EXIT_USAGE: u8 = 2;

/// Why the program ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The workload, the policy, the trace or a setting can't be used. Nothing was simulated.
    #[error("{0:#}")]
    Configuration(anyhow::Error),
    /// The command line can't be followed.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// What the user named can't be used.
    pub(crate) fn configuration(error: impl Into<anyhow::Error>) -> Self {
        Self::Configuration(error.into())
    }

    /// The exit code for it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(EXIT_CONFIGURATION),
            Self::Usage(_) => ExitCode::from(EXIT_USAGE),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}
