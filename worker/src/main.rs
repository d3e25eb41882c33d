//! The `warren-worker` program: from the command line to an exit code.

use clap::Parser;
use config::Environment;
use std::io::Write as _;
use std::process::ExitCode;
use worker::cli::{Cli, Task};
use worker::insults::client::Client;
use worker::{kind, logging, run};

/// The configuration can't be used.
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let file = cli.config.as_deref();
    let environment = Environment::from_process();
    let result = logging::start(cli.log)
        .map_err(Failure::BadConfiguration)
        .and_then(|()| match &cli.task {
            Task::Work(command) => {
                let prepared = kind::prepare(command, file, &environment);
                let (settings, kind) = prepared.map_err(Failure::BadConfiguration)?;
                run::work(settings, kind).map_err(Failure::Failed)
            }
            Task::InsultsClient(args) => {
                let prepared = Client::prepare(args, file, &environment);
                let client = prepared.map_err(Failure::BadConfiguration)?;
                client.run().map_err(Failure::Failed)
            }
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::BadConfiguration(error)) => fail(&error, BAD_CONFIGURATION),
        Err(Failure::Failed(error)) => fail(&error, 1),
    }
}

/// Why it ends, as far as the exit code tells.
enum Failure {
    BadConfiguration(anyhow::Error),
    Failed(anyhow::Error),
}

fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    // Where stderr is closed or full, the exit code still tells.
    drop(writeln!(std::io::stderr(), "error: {error:#}"));
    ExitCode::from(code)
}
