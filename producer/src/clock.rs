//! The time since a run's start.

use std::time::Duration;
use tokio::time::Instant;

/// Counts from a run's start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// The instant that is so long after the start.
    #[must_use]
    pub fn at(&self, since_start: Duration) -> Instant {
        self.start + since_start
    }
}
