//! `warren-producer keep-fleet`: what a sweep starts for each of its fleets, and no user by hand.

use crate::sweep::keeper;
use clap::Args;
use program::Failure;
use program::log::{self, LogFormat, Times};
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
    log::start(LogFormat::Json, Times::Shown, std::io::stderr)?;
    // A thread still reads standard input where the keeper ends for another reason.
    let kept = keeper::keep(&arguments.directory, &arguments.controller);
    Ok(program::runtime::complete(kept)?)
}
