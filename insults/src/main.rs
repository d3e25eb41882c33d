//! The `warren-insults` program: from the command line to an exit code.

use clap::Parser;
use config::Environment;
use insults::cli::Cli;
use program::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    program::exit(execute(Cli::parse()))
}

fn execute(cli: Cli) -> Result<(), Failure> {
    cli.global.start_log()?;
    let file = cli.global.config();
    let prepared = cli.command.prepare(file, &Environment::from_process());
    Ok(prepared.map_err(Failure::Configuration)?.run()?)
}
