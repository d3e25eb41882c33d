//! `warren-producer supervise-fleet`: what a sweep starts for each of its fleets, and no user by hand.

use crate::load::scenario::Cleanup;
use crate::sweep::supervisor;
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
    /// A queue of its workers that is deleted with it, without the work queue's name before it
    #[arg(long = "queue", value_name = "NAME")]
    queues: Vec<String>,
    /// An exchange of its workers, likewise
    #[arg(long = "exchange", value_name = "NAME")]
    exchanges: Vec<String>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    log::start(LogFormat::Json, Times::Shown, std::io::stderr)?;
    let cleanup = Cleanup {
        queues: arguments.queues,
        exchanges: arguments.exchanges,
    };
    // A thread still reads standard input where the supervisor ends for another reason.
    let ended = supervisor::supervise(&arguments.directory, &arguments.controller, &cleanup);
    Ok(program::runtime::complete(ended)?)
}
