//! The log: to stderr, as text or JSON, filtered by `WARREN_LOG`.

use crate::cli::LogFormat;
use anyhow::Context;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that holds the filter.
const FILTER_VARIABLE: &str = "WARREN_LOG";

/// The AMQP library warns of every message that comes back, body and all: a line for each, and
/// texts that are nobody's business in a log. A filter that names it comes after this.
const QUIET: &str = "lapin=off";

/// Starts the log of this process.
///
/// # Errors
/// When the filter can't be read.
pub fn start(format: LogFormat) -> anyhow::Result<()> {
    let asked = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let asked = if asked.is_empty() { "info" } else { &asked };
    let filter = EnvFilter::try_new(format!("{QUIET},{asked}")).with_context(|| {
        format!("{FILTER_VARIABLE} is no filter; try \"info\" or \"info,worker=debug\"")
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would complain of a closed or full stderr on that stderr, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match format {
        // The controller reads these lines into its own log, which has the time.
        LogFormat::Text if under_controller() => builder
            .without_time()
            .with_ansi(false)
            .with_target(false)
            .init(),
        LogFormat::Text => builder.with_ansi(colour()).with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// Whether a controller has started this worker.
fn under_controller() -> bool {
    std::env::var_os("WARREN_WORKER_ID").is_some()
}

/// Colour only where somebody sees it and has not asked for none.
fn colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
