//! `sleep`.

use super::{TimeArgs, WorkerArgs};
use clap::Args;

const EXAMPLE: &str = "\
Without --prefetch, as many messages are held as are worked on.

Example, 8 at a time, a second each on average:
  warren-worker sleep --for 1s --distribution exponential --concurrency 8

In config.toml:
  [pool.fleet]
  command = [\"warren-worker\", \"sleep\", \"--for\", \"5s\"]";

/// `sleep`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct SleepArgs {
    /// How long each message takes.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,
}
