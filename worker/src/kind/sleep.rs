//! `sleep`: waits for each message, as work does that waits for somebody else.

use super::time_args::TimeArgs;
use super::times::Times;
use super::work::{Kind, Work, worked};
use crate::request::Request;
use crate::settings::WorkerArgs;
use clap::Args;
use std::time::Duration;

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

/// Work that is all waiting.
#[derive(Debug)]
pub struct Sleep {
    times: Times,
}

impl Sleep {
    /// Waits for as long as is drawn from these.
    #[must_use]
    pub fn new(times: Times) -> Self {
        Self { times }
    }
}

impl Kind for Sleep {
    fn wait(&mut self) -> Duration {
        self.times.draw()
    }

    fn work(&mut self, request: Request) -> Work {
        let waited = request.waited;
        Work::Done(worked(request.echo(), waited))
    }
}
