//! `warren-sim`: what every policy would have done.

use clap::Parser as _;
use sim::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    program::exit(Cli::parse().execute())
}
