//! `warren-sim`: what every policy would have done.

use clap::Parser as _;
use sim::cli::Cli;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed or full, the exit code still tells.
            drop(writeln!(std::io::stderr(), "error: {failure:#}"));
            failure.exit_code()
        }
    }
}
