//! The program `warren-controller`: see the crate of the same name.

use clap::Parser;
use controller::cli::Cli;
use std::process::ExitCode;

#[expect(
    clippy::print_stderr,
    reason = "the one line that says why the program failed"
)]
fn main() -> ExitCode {
    match Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}
