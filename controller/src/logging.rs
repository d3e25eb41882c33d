//! The daemon's log: to stderr, as text or JSON, filtered by `WARREN_LOG`.

use clap::ValueEnum;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that holds the filter.
pub const FILTER_VARIABLE: &str = "WARREN_LOG";

/// The AMQP library calls every refusal an error, also those that are answers here (a queue is not
/// there yet) and those that are said better elsewhere. A filter that names it comes after this.
const QUIET: &str = "lapin=off";

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// Why there can be no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter says nothing that can be followed.
    #[error("{FILTER_VARIABLE} is no filter: {0}; try \"info\" or \"info,controller=debug\"")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
}

/// Starts the log of this process.
///
/// # Errors
/// When the filter can't be read.
pub fn start(format: LogFormat) -> Result<(), LoggingError> {
    let asked = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let asked = if asked.is_empty() { "info" } else { &asked };
    let filter = EnvFilter::try_new(format!("{QUIET},{asked}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would complain of a closed or full stderr on that stderr, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(colour()).with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// Colour only where somebody sees it and has not asked for none.
fn colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
