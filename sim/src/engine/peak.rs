//! As many workers as the peak needs, from the first moment to the last: what many run today.

use crate::rival::{Departure, Rival, Seen, Victims};
use std::time::Duration;

/// A number of workers that stays.
#[derive(Debug)]
pub(crate) struct StaticPeak {
    workers: u32,
    asked_at: Option<Duration>,
}

/// Nothing depends on how often it is asked.
const ASKED_EVERY: Duration = Duration::from_secs(60 * 60);

impl StaticPeak {
    pub(crate) fn new(workers: u32) -> Self {
        Self {
            workers,
            asked_at: None,
        }
    }
}

impl Rival for StaticPeak {
    fn next_at(&self) -> Duration {
        self.asked_at.map_or(Duration::ZERO, |at| at + ASKED_EVERY)
    }

    fn workers(&mut self, now: Duration, _: &Seen) -> u32 {
        self.asked_at = Some(now);
        self.workers
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::IdleFirst,
            grace: ASKED_EVERY,
        }
    }
}
