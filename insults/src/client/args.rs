//! What the command line says of `client`.

use crate::service::REQUESTS;
use crate::words::Word;
use clap::{Args, Subcommand};
use std::num::NonZeroU64;
use std::time::Duration;

const CLIENT_EXAMPLE: &str = "\
Example, with the broker's URL in the environment, where no process list shows its password:
  export WARREN_BROKER_URL=amqp://user:password@rabbit/%2f
  warren-insults client add tonto
  warren-insults client list --json
  warren-insults client broadcast-start
  warren-insults client subscribe --count 3";

/// `client`.
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
