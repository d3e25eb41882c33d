//! The log: to stderr, as text or JSON, filtered by `WARREN_LOG`, and without tearing the bar.

use clap::ValueEnum;
use indicatif::ProgressBar;
use std::io::{IsTerminal as _, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The variable that holds the filter.
const FILTER_VARIABLE: &str = "WARREN_LOG";

/// The AMQP library reports each refusal as an error of its own, beside the one that Warren tells in
/// its own words. A filter that names the library still shows it.
const QUIET: &str = "lapin=off";

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// Starts the log of this process. Lines go above `bar` where there is one.
pub fn start(
    format: LogFormat,
    bar: Option<ProgressBar>,
) -> Result<(), tracing_subscriber::filter::ParseError> {
    let asked = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let asked = if asked.is_empty() { "info" } else { &asked };
    let filter = EnvFilter::try_new(format!("{QUIET},{asked}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A line that stderr does not take is gone; telling stderr of that would end the program.
        .log_internal_errors(false)
        .with_writer(AboveBar { bar });
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

/// Writes to stderr while the bar is out of the way.
struct AboveBar {
    bar: Option<ProgressBar>,
}

impl<'a> MakeWriter<'a> for AboveBar {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &AboveBar {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &self.bar {
            Some(bar) => bar.suspend(|| std::io::stderr().write(bytes)),
            None => std::io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
