//! `make demo`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod chart;
mod demo;
mod live;
mod report;

use anyhow::{Context, Result};
use clap::Parser;
use demo::Demo;
use program::Signals;
use std::path::PathBuf;
use std::process::ExitCode;
use testbed::guard::Guard;
use testbed::programs::Programs;

/// What a shell makes of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Pushes one scenario through Warren on a real RabbitMQ, and shows what comes of it.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  warren-demo --input book.txt")]
struct Arguments {
    /// A shipped scenario, or a scenario file.
    #[arg(long, default_value = "bursts")]
    scenario: String,
    /// Takes the messages from this text file, a line each.
    #[arg(long)]
    input: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut signals = Signals::listen().context("listen for signals")?;
    let programs = Programs::beside_this_one()?;
    let directory = programs.target().join("demo");
    // Whatever ends the demo, dropping this ends what it started.
    let guard = Guard::start()?;
    let demo = Demo {
        scenario: arguments.scenario,
        input: arguments.input,
    };
    let stop = async {
        signals.next().await;
    };
    let Some(report) = demo.run(&guard, &programs, &directory, stop).await? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    println!("\n{report}\n");
    println!("picture  {}", directory.join("report.svg").display());
    println!("figures  {}", directory.join("report.json").display());
    if report.nothing_lost() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: messages were lost; see {}", directory.display());
    Ok(ExitCode::FAILURE)
}
