//! The `warren-worker` program: from the command line to an exit code.

use clap::Parser;
use config::Environment;
use program::Failure;
use std::process::ExitCode;
use worker::cli::Cli;
use worker::run;

fn main() -> ExitCode {
    program::exit(execute(Cli::parse()))
}

fn execute(cli: Cli) -> Result<(), Failure> {
    cli.global.start_log()?;
    let file = cli.global.config();
    let prepared = cli.command.prepare(file, &Environment::from_process());
    let (settings, kind) = prepared.map_err(Failure::Configuration)?;
    Ok(run::work(settings, kind)?)
}
