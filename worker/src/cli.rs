//! The command line.

use crate::censor::{Folding, Matching};
use bytesize::ByteSize;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use config::Secret;
use std::convert::Infallible;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

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
    /// What the worker does with a message.
    #[command(subcommand)]
    pub command: Command,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What a worker does with a message.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace listed words by CENSORED, and send the text to the message's reply_to.
    Filter(Box<FilterArgs>),
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.

Example:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f warren-worker filter --queue texts";

const FILTER_EXAMPLE: &str = "\
A flag wins over its WARREN_WORKER_ variable, and that over the pool's keys in the configuration.

Example, with the broker's URL in the environment, where no process list shows its password:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f \\
    warren-worker filter --queue texts --words insults.txt --results-queue clean";

/// `filter`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = FILTER_EXAMPLE)]
pub struct FilterArgs {
    /// The pool whose settings count; not needed where --queue or a single pool says which.
    #[arg(long, env = "WARREN_WORKER_POOL", value_name = "NAME")]
    pub pool: Option<String>,
    /// The queue to consume [default: the pool's work queue].
    #[arg(long, env = "WARREN_WORKER_QUEUE", value_name = "NAME")]
    pub queue: Option<String>,
    /// Where RabbitMQ is; better given by the variable, or by WARREN_BROKER_URL [default: the
    /// configuration's].
    #[arg(
        long,
        env = "WARREN_WORKER_BROKER_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = secret
    )]
    pub broker_url: Option<Secret>,
    /// The worker's name in its status, in RabbitMQ and in dead letters [default: its process id].
    #[arg(long, env = "WARREN_WORKER_ID", value_name = "NAME")]
    pub id: Option<String>,
    /// The Unix socket of whoever wants to know what the worker does.
    #[arg(long, env = "WARREN_WORKER_STATUS_SOCKET", value_name = "PATH", value_parser = path())]
    pub status_socket: Option<PathBuf>,

    /// The words, one a line; blank lines and those that begin with # are passed over [default:
    /// seven built-in ones].
    #[arg(long, value_name = "FILE", help_heading = "Filter")]
    pub words: Option<PathBuf>,
    /// Where a listed word counts.
    #[arg(
        long = "match",
        value_enum,
        default_value_t = Matching::WholeWord,
        help_heading = "Filter"
    )]
    pub matching: Matching,
    /// Which differences in case are ignored.
    #[arg(long = "fold", value_enum, default_value_t = Folding::Ascii, help_heading = "Filter")]
    pub folding: Folding,
    /// Real waiting for each message, one at a time: stands for work [default: none].
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Filter"
    )]
    pub work_time: Option<Duration>,

    /// Messages held unacknowledged at most.
    #[arg(long, value_name = "N", help_heading = "Messages")]
    pub prefetch: Option<NonZeroU16>,
    /// Where results go when a message names no reply_to; "" drops them.
    #[arg(long, value_name = "NAME", help_heading = "Messages")]
    pub results_queue: Option<String>,
    /// A larger message is unprocessable; such as 1MiB.
    #[arg(long, value_name = "SIZE", help_heading = "Messages")]
    pub max_message_bytes: Option<ByteSize>,
    /// What becomes of a message that can't be processed.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Messages")]
    pub on_unprocessable: Option<OnUnprocessable>,
    /// What becomes of a result that reaches no queue.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Messages")]
    pub on_unroutable: Option<OnUnroutable>,
    /// Where dead letters are published; "" has none.
    #[arg(long, value_name = "NAME", help_heading = "Messages")]
    pub dead_letter_exchange: Option<String>,
    /// How long a SIGTERM may take; what is not done by then goes back to the queue [default: four
    /// fifths of the pool's stop_grace].
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Messages"
    )]
    pub drain_timeout: Option<Duration>,
}

/// What becomes of a message that can't be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnUnprocessable {
    /// A copy with reason headers goes to the dead-letter exchange.
    DeadLetter,
    /// Back to the queue, after a pause.
    Requeue,
    /// Acknowledged and gone.
    Drop,
}

/// What becomes of a result that reaches no queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnUnroutable {
    /// It goes to the dead-letter exchange, with reason headers.
    DeadLetter,
    /// Gone.
    Drop,
}

/// Takes an empty path, as an empty variable gives one; clap's own parser refuses it.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Never fails here: clap would print the URL, password and all.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
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
