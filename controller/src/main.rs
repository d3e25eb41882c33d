//! The program `warren-controller`: see the crate of the same name.

use clap::Parser as _;
use controller::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    program::exit(Cli::parse().execute())
}
