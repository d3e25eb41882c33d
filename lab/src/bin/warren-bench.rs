//! `make bench`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use anyhow::{Context, Result};
use clap::Parser;
use lab::bench;
use std::process::ExitCode;
use testbed::guard::Guard;
use testbed::programs::Programs;

/// Measures the figures that Warren is held to, beside what they are compared with.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  warren-bench --json")]
struct Arguments {
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let programs = Programs::beside_this_one()?;
    let directory = programs.target().join("bench");
    // Whatever ends the benchmark, Ctrl-C included, the guardian ends what it started.
    let guard = Guard::start()?;
    eprintln!("measuring: this takes about six minutes, and wants the machine to itself");
    let figures = bench::run(&guard, &programs, &directory).await?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&figures).context("write the figures")?;
        println!("{text}");
    } else {
        print!("{figures}");
    }
    Ok(())
}
