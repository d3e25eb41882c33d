//! The `warren-worker` program: from the command line to an exit code.

use clap::Parser;
use config::Environment;
use std::io::Write as _;
use std::process::ExitCode;
use worker::cli::Cli;
use worker::{kind, logging, run};

/// The configuration can't be used.
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let prepared = logging::start(cli.log).and_then(|()| {
        let environment = Environment::from_process();
        kind::prepare(&cli.command, cli.config.as_deref(), &environment)
    });
    match prepared {
        Err(error) => fail(&error, BAD_CONFIGURATION),
        Ok((settings, kind)) => match run::work(settings, kind) {
            Err(error) => fail(&error, 1),
            Ok(()) => ExitCode::SUCCESS,
        },
    }
}

fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    // Where stderr is closed or full, the exit code still tells.
    drop(writeln!(std::io::stderr(), "error: {error:#}"));
    ExitCode::from(code)
}
