//! What the command line says of `exec`.

use crate::settings::WorkerArgs;
use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::num::NonZeroU16;
use std::time::Duration;

const EXAMPLE: &str = "\
The body is the command's stdin, its stdout is the result, and the message's properties are in its
environment: WARREN_MESSAGE_ID, WARREN_ATTEMPT, WARREN_HEADER_<NAME> and others.
Exit code 0 acknowledges the message after the result is confirmed; 75 tries it again later.
There is no shell but the one that the command names. docs/kinds.md has the whole contract.

Examples:
  warren-worker exec --results-queue pages -- pandoc --from markdown --to html
  warren-worker exec --concurrency 4 --timeout 5m -- sh -c 'convert - -resize 50% png:-'

In config.toml:
  [pool.fleet]
  command = [\"warren-worker\", \"exec\", \"--timeout\", \"10s\", \"--\", \"/opt/resize\", \"--fast\"]";

/// `exec`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct ExecArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,

    /// Messages worked on at the same time, a process each.
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Command")]
    pub concurrency: NonZeroU16,
    /// A command that runs longer is told to end, with SIGTERM to its process group.
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "60s",
        help_heading = "Command"
    )]
    pub timeout: Duration,
    /// After this long it is killed with all that it started.
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "5s",
        help_heading = "Command"
    )]
    pub kill_after: Duration,
    /// A command that writes a longer result is killed.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "1MiB",
        help_heading = "Command"
    )]
    pub output_limit: ByteSize,
    /// Exit codes by which a command asks for its message to be tried again.
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u8).range(1..),
        default_value = "75",
        help_heading = "Command"
    )]
    pub retry_on: Vec<u8>,
    /// How long a message is held before it is tried again.
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        default_value = "5s",
        help_heading = "Command"
    )]
    pub retry_delay: Duration,
    /// How often a message is tried again before it counts as failed.
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Command")]
    pub retries: u32,
    /// What becomes of a message whose command fails: ends in any other way, hangs or floods.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t = OnFailure::DeadLetter,
        help_heading = "Command"
    )]
    pub on_failure: OnFailure,

    /// The command and its arguments, after "--".
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// What becomes of a message whose command fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// It can't be processed; --on-unprocessable says what that means, a dead letter as a rule.
    DeadLetter,
    /// It is tried again, --retries times, and is then a dead letter.
    Retry,
    /// Acknowledged and gone.
    Drop,
}
