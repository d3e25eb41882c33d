//! `insults` and `insults-client`.

use super::WorkerArgs;
use crate::insults::service::REQUESTS;
use crate::insults::words::Word;
use clap::{Args, Subcommand};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

const NODE_EXAMPLE: &str = "\
Any number of nodes share the queue of requests (warren.insults unless --queue or a pool names
another) and answer reads from memory; one at a time owns the list and carries out the writes.

Example, with the broker's URL in the environment:
  warren-worker insults --words insults.txt
  warren-worker insults-client add \"cap d'espicana\"";

/// `insults`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = NODE_EXAMPLE)]
pub struct InsultsArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,

    /// The list's first words, one a line, for the first node that ever starts: from then on the
    /// broker keeps the list [default: seven built-in ones].
    #[arg(long, value_name = "FILE", help_heading = "Insults")]
    pub words: Option<PathBuf>,
    /// How long between two random words while broadcasting is on.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5s",
        value_parser = interval,
        help_heading = "Insults"
    )]
    pub broadcast_every: Duration,
}

const CLIENT_EXAMPLE: &str = "\
Example, with the broker's URL in the environment, where no process list shows its password:
  export WARREN_BROKER_URL=amqp://user:password@rabbit/%2f
  warren-worker insults-client add tonto
  warren-worker insults-client list --json
  warren-worker insults-client broadcast-start
  warren-worker insults-client subscribe --count 3";

/// `insults-client`.
#[derive(Args, Clone, Debug)]
#[command(after_help = CLIENT_EXAMPLE)]
pub struct ClientArgs {
    /// The service: the queue that takes its requests.
    #[arg(long, global = true, value_name = "NAME", default_value = REQUESTS)]
    pub service: String,
    /// How long to wait for the answer.
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        default_value = "5s",
        value_parser = humantime::parse_duration
    )]
    pub timeout: Duration,
    /// One JSON object for each answer, or each word.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to ask for.
    #[command(subcommand)]
    pub command: ClientCommand,
}

/// What a client asks for.
#[derive(Clone, Debug, Subcommand)]
pub enum ClientCommand {
    /// Put a word at the end of the list.
    Add {
        /// The word, or phrase.
        #[arg(value_parser = Word::new)]
        word: Word,
    },
    /// Take a word out of the list.
    Remove {
        /// The word, or phrase.
        #[arg(value_parser = Word::new)]
        word: Word,
    },
    /// Print all words, in the order they were added.
    List,
    /// Print one word.
    Random,
    /// Have a random word sent out every few seconds.
    BroadcastStart,
    /// Have none sent out any more.
    BroadcastStop,
    /// Print how many words there are, and whether they are broadcast.
    Status,
    /// Print each word that is broadcast, until interrupted.
    Subscribe {
        /// End after so many words [default: never].
        #[arg(long, value_name = "N")]
        count: Option<NonZeroU64>,
    },
}

/// Anything shorter would be a flood.
fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time < Duration::from_millis(10) {
        return Err("10ms is the least".to_owned());
    }
    Ok(time)
}
