//! Why a program ends without success, and the exit code that says so.

use std::io::Write as _;
use std::process::ExitCode;

/// `EX_USAGE` of sysexits, which many daemons end with when their configuration is bad.
const EXIT_CONFIGURATION: u8 = 64;

/// What clap ends with.
const EXIT_USAGE: u8 = 2;

/// Why a program ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration, or another file that the user named, can't be used. Nothing was started.
    #[error("{0:#}")]
    Configuration(anyhow::Error),
    /// The command line or the environment can't be followed.
    #[error("{0}")]
    Usage(String),
    /// It was tried and failed.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    pub fn configuration(error: impl Into<anyhow::Error>) -> Self {
        Self::Configuration(error.into())
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(EXIT_CONFIGURATION),
            Self::Usage(_) => ExitCode::from(EXIT_USAGE),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::configuration(error)
    }
}

/// What `main` gives back: a failure is told on stderr, in one line that begins with "error: ".
#[must_use]
pub fn exit(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed or full, the exit code still tells.
            drop(writeln!(std::io::stderr(), "error: {failure}"));
            failure.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn each_failure_has_its_exit_code_and_names_its_causes() {
        let cause = || anyhow!("no such file").context("read words.txt");
        let cases = [
            (Failure::configuration(cause()), 64),
            (Failure::Usage("--last is missing".to_owned()), 2),
            (Failure::Failed(cause()), 1),
        ];
        for (failure, code) in cases {
            assert_eq!(failure.exit_code(), ExitCode::from(code), "{failure}");
        }
        assert_eq!(
            Failure::Failed(cause()).to_string(),
            "read words.txt: no such file"
        );
    }
}
