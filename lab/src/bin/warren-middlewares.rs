//! `make middlewares`.

#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use anyhow::{Context, Result};
use clap::Parser;
use lab::middlewares;
use program::Signals;
use std::process::ExitCode;
use testbed::guard::Guard;
use testbed::programs::Programs;

/// What a shell makes of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Measures the same services through five middlewares, and writes docs/middlewares.md.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  make middlewares")]
struct Arguments {}

#[tokio::main]
async fn main() -> ExitCode {
    Arguments::parse();
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode> {
    let mut signals = Signals::listen().context("listen for signals")?;
    let programs = Programs::beside_this_one()?;
    let directory = programs.target().join("middlewares");
    // Whatever ends the run, dropping this ends what it started.
    let guard = Guard::start()?;
    eprintln!("measuring: this takes about six minutes, and wants the machine to itself");
    let mut progress = |line: &str| eprintln!("{line}");
    tokio::select! {
        done = middlewares::run(&guard, &programs, &directory, &mut progress) => done?,
        _ = signals.next() => return Ok(ExitCode::from(INTERRUPTED)),
    }
    eprintln!("written: docs/middlewares.md and docs/images/middlewares.svg");
    Ok(ExitCode::SUCCESS)
}
