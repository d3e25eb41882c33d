//! `warren-producer`: the load that a fleet is measured with.

use clap::Parser as _;
use producer::cli::Cli;
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "the one place where an error is told")]
fn main() -> ExitCode {
    match Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure:#}");
            failure.exit_code()
        }
    }
}
