//! `burn`.

use super::{TimeArgs, WorkerArgs};
use clap::Args;

const EXAMPLE: &str = "\
The time is that of the processor: a worker that gets half of one takes twice as long.
Without --prefetch, as many messages are held as are worked on.

Example, on two processors, times like those of real requests:
  warren-worker burn --for 50ms --distribution lognormal:0.5 --concurrency 2

In config.toml:
  [pool.fleet]
  command = [\"warren-worker\", \"burn\", \"--for\", \"50ms\"]";

/// `burn`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct BurnArgs {
    /// How long each message takes.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,
}
