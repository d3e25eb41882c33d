//! The program `warren-controller`: see the crate of the same name.

use clap::Parser;
use controller::cli::Cli;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed or full, the exit code still tells.
            drop(writeln!(std::io::stderr(), "error: {failure}"));
            failure.exit_code()
        }
    }
}
