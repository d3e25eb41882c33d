//! The command line: what every kind of worker is told, and what each is told besides.

mod burn;
mod exec;
mod filter;
mod insults;
mod ping;
mod sleep;
mod time;
mod worker;

pub use burn::BurnArgs;
pub use exec::{ExecArgs, OnFailure};
pub use filter::FilterArgs;
pub use insults::{ClientArgs, ClientCommand, InsultsArgs};
pub use ping::PingArgs;
pub use sleep::SleepArgs;
pub use time::TimeArgs;
pub use worker::{OnUnprocessable, OnUnroutable, WorkerArgs};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Parser, Subcommand};
use program::log::LogFormat;
use std::path::PathBuf;

/// Consumers of a work queue that Warren's controller starts and drains.
///
/// SIGTERM means: take no more, finish and acknowledge what is held, exit 0.
/// A second signal ends it at once, with exit code 1; the broker gives the rest to others.
#[derive(Debug, Parser)]
#[command(name = "warren-worker", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Configuration; without one, config.toml if it is here, else what Warren ships.
    #[arg(long, global = true, env = "WARREN_CONFIG", value_name = "FILE", value_parser = path())]
    pub config: Option<PathBuf>,
    /// How the log on stderr is written; WARREN_LOG is its filter (info).
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log: LogFormat,
    /// What is to be done.
    #[command(subcommand)]
    pub task: Task,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Work on messages.
    #[command(flatten)]
    Work(Command),
    /// Ask the insult service for something, or print what it broadcasts.
    InsultsClient(Box<ClientArgs>),
}

/// What a worker does with a message.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace listed words by CENSORED, and send the text to the message's reply_to.
    Filter(Box<FilterArgs>),
    /// Run a command for each message: its body on stdin, the result on stdout.
    Exec(Box<ExecArgs>),
    /// Wait for each message, as work does that waits for somebody else.
    Sleep(Box<SleepArgs>),
    /// Use a processor for each message, as computing does.
    Burn(Box<BurnArgs>),
    /// Keep a list of insults with other nodes, and answer requests about it.
    Insults(Box<InsultsArgs>),
    /// Answer at once with what the message says.
    Ping(Box<PingArgs>),
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.

Example:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f warren-worker filter --queue texts";

/// Takes an empty path, as an empty variable gives one; clap's own parser refuses it.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
