//! `warren-producer keep-fleet`: what a sweep starts for each of its fleets, and no user by hand.

use crate::failure::Failure;
use crate::logging::{self, LogFormat};
use crate::sweep::keeper;
use anyhow::Context as _;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Where the fleet's configuration is
    directory: PathBuf,
    /// The program that runs it
    controller: PathBuf,
}

/// Carries it out.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    logging::start(LogFormat::Json, None)
        .map_err(|error| Failure::Usage(format!("WARREN_LOG is no filter: {error}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let kept = runtime.block_on(keeper::keep(&arguments.directory, &arguments.controller));
    // A thread still reads standard input where the keeper ends for another reason.
    runtime.shutdown_background();
    Ok(kept?)
}
