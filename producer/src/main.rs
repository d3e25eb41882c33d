//! `warren-producer`: the load that a fleet is measured with.

use clap::Parser as _;
use producer::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    program::exit(Cli::parse().execute())
}
