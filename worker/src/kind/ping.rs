//! `ping`: answers at once with what the message says.

use super::work::{Kind, Work};
use crate::request::Request;
use crate::settings::WorkerArgs;
use clap::Args;

const EXAMPLE: &str = "\
What a worker costs when the work costs nothing: the broker's share of every other kind.

Example:
  warren-worker ping --queue texts --results-queue echoes";

/// `ping`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct PingArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,
}

/// Work that costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ping;

impl Kind for Ping {
    fn work(&mut self, request: Request) -> Work {
        Work::Done(request.echo())
    }
}
