//! What every worker is told, whatever its kind: where it works, and what it does with messages that
//! have nowhere to go.

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use config::Secret;
use program::path_parser;
use std::convert::Infallible;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

/// What every kind of work is told. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
pub struct WorkerArgs {
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
    #[arg(long, env = "WARREN_WORKER_STATUS_SOCKET", value_name = "PATH", value_parser = path_parser())]
    pub status_socket: Option<PathBuf>,

    /// Messages held unacknowledged at most [default: the pool's].
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

/// Never fails here: clap would print the URL, password and all.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}
