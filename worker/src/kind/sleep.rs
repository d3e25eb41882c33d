//! `sleep`: waits for each message, as work does that waits for somebody else.

use super::{Kind, Work, worked};
use crate::kind::Times;
use crate::request::Request;
use std::time::Duration;

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
