//! The command line: what there is to do, and a file for each command that carries it out.

mod file;
mod listing;
mod outputs;
mod prepared;
mod probe;
mod run;
mod supervise_fleet;
mod sweep;
mod values;
mod virtual_users;

use clap::{Parser, Subcommand};
use program::log::LogFormat;
use program::{Failure, non_empty, path_parser, print};
use std::path::PathBuf;

/// Sends messages at the rates of a scenario and counts what becomes of each
#[derive(Debug, Parser)]
#[command(
    name = "warren-producer",
    version,
    after_help = "\
Example:
  warren-producer scenarios
  warren-producer run --scenario bursts --json

Exit codes: 0 done, 1 failed, or a message was not answered, 2 usage, 64 bad configuration or
scenario.
WARREN_LOG filters the log, as in WARREN_LOG=info,producer=debug."
)]
pub struct Cli {
    /// The configuration; without one, config.toml if it is here, else what Warren ships
    #[arg(long, global = true, env = "WARREN_CONFIG", value_name = "FILE", value_parser = path_parser())]
    config: Option<PathBuf>,
    /// How the log on stderr looks
    #[arg(long, global = true, value_enum, default_value = "text")]
    log: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sends a scenario's messages, waits for the replies, and reports
    Run(Box<run::Arguments>),
    /// Plays the same requests against fleets of every size, and shows which is best
    Sweep(Box<sweep::Arguments>),
    /// Finds out what an unknown fleet can do, and what config.toml should say of it
    Probe(Box<probe::Arguments>),
    /// Lists the scenarios that are shipped
    Scenarios {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    #[command(hide = true, alias = "keep-fleet")]
    SuperviseFleet(supervise_fleet::Arguments),
}

impl Cli {
    /// Does what the command line says.
    pub fn execute(self) -> Result<(), Failure> {
        let config = non_empty(self.config.as_deref());
        match self.command {
            Command::Run(arguments) => run::run(*arguments, config, self.log),
            Command::Probe(arguments) => probe::run(&arguments, config, self.log),
            Command::Sweep(arguments) => sweep::run(&arguments, config, self.log),
            Command::SuperviseFleet(arguments) => supervise_fleet::run(arguments),
            Command::Scenarios { json } => print(&if json {
                listing::json()
            } else {
                listing::text()
            }),
        }
    }
}
