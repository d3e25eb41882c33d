//! The log: on stderr, filtered by `WARREN_LOG`, coloured only for a terminal.

use crate::cli::LogFormat;
use anyhow::Context;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

/// # Errors
/// When `WARREN_LOG` is no filter.
pub fn start(format: LogFormat) -> anyhow::Result<()> {
    let filter = match std::env::var("WARREN_LOG") {
        Ok(filter) if !filter.is_empty() => filter,
        _ => "info".to_owned(),
    };
    let filter: EnvFilter = filter
        .parse()
        .context("WARREN_LOG is no log filter; write one such as info or warren_worker=debug")?;
    let colour = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(colour);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
