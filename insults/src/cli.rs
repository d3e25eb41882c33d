//! The command line: what the program is told, and what it then does.

use crate::client::{Client, ClientArgs};
use crate::live::{FollowedList, LiveFilterArgs};
use crate::node::{Node, ServeArgs};
use clap::{Parser, Subcommand};
use config::Environment;
use std::path::Path;
use worker::cli::GlobalArgs;
use worker::kind::{Filter, Kind};
use worker::run;
use worker::settings::Settings;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.

Example:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f warren-insults serve";

/// A list of insults that many nodes serve, and the filters that censor by it.
///
/// SIGTERM means, for a node or a filter: take no more, finish what is held, exit 0.
#[derive(Debug, Parser)]
#[command(name = "warren-insults", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep the list with other nodes, and answer requests about it.
    Serve(Box<ServeArgs>),
    /// Replace the list's words by CENSORED, and send the text to the message's reply_to.
    Filter(Box<LiveFilterArgs>),
    /// Ask the service for something, or print what it broadcasts.
    Client(Box<ClientArgs>),
}

/// What is ready to run.
#[derive(Debug)]
pub enum Task {
    Work(Box<Settings>, Box<dyn Kind>),
    Client(Box<Client>),
}

impl Command {
    /// Reads the configuration and the files that flags name.
    ///
    /// # Errors
    /// When one is missing or wrong, or a flag does not fit the rest: the caller's exit code 64.
    pub fn prepare(&self, file: Option<&Path>, environment: &Environment) -> anyhow::Result<Task> {
        let settings = |args, pace| {
            let mut settings = Settings::resolve(args, pace, file, environment)?;
            settings.identity.program = "warren-insults";
            anyhow::Ok(settings)
        };
        Ok(match self {
            Self::Serve(args) => {
                let settings = settings(&args.worker_args(), Node::PACE)?;
                let node = Node::new(args, &settings)?;
                Task::Work(Box::new(settings), Box::new(node))
            }
            Self::Filter(args) => {
                let settings = settings(&args.filter.worker, Filter::pace(&args.filter))?;
                let list = FollowedList::new(args, &settings);
                let filter = Filter::new(&args.filter)?.following(list);
                Task::Work(Box::new(settings), Box::new(filter))
            }
            Self::Client(args) => Task::Client(Box::new(Client::prepare(args, file, environment)?)),
        })
    }
}

impl Task {
    /// # Errors
    /// When it fails: the caller's exit code 1.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Work(settings, kind) => run::work(*settings, kind),
            Self::Client(client) => client.run(),
        }
    }
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
