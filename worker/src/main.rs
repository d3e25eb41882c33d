//! The `warren-worker` program: from the command line to an exit code.

use clap::Parser;
use config::Environment;
use program::Failure;
use program::log::Times;
use std::process::ExitCode;
use worker::cli::{Cli, Task};
use worker::insults::client::Client;
use worker::{kind, run};

fn main() -> ExitCode {
    program::exit(execute(Cli::parse()))
}

fn execute(cli: Cli) -> Result<(), Failure> {
    program::log::start(cli.log, times(), std::io::stderr)?;
    let file = cli.config.as_deref();
    let environment = Environment::from_process();
    match &cli.task {
        Task::Work(command) => {
            let prepared = kind::prepare(command, file, &environment);
            let (settings, kind) = prepared.map_err(Failure::Configuration)?;
            Ok(run::work(settings, kind)?)
        }
        Task::InsultsClient(args) => {
            let prepared = Client::prepare(args, file, &environment);
            Ok(prepared.map_err(Failure::Configuration)?.run()?)
        }
    }
}

/// The controller reads a worker's lines into its own log, which has the time.
fn times() -> Times {
    match std::env::var_os("WARREN_WORKER_ID") {
        Some(_) => Times::Hidden,
        None => Times::Shown,
    }
}
