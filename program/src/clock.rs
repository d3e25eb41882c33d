//! A program's one clock: monotonic time since it began.
//!
//! Everything that needs an instant asks this for one, so that a test under paused time moves all
//! of it at once, and so that instants of one run can be compared and subtracted without care.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Counts from the moment it was made. Copies share their origin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// Time since the origin; never goes back.
    #[must_use]
    pub fn now(self) -> Duration {
        self.origin.elapsed()
    }

    /// The instant at this time since the origin, for sleeping until it.
    /// An instant too far away to be told becomes one that no run reaches.
    #[must_use]
    pub fn instant(self, at: Duration) -> Instant {
        // Thirty years: what tokio itself takes for "far in the future".
        const NEVER: Duration = Duration::from_secs(86_400 * 365 * 30);
        self.origin + at.min(NEVER)
    }
}

/// Waits until then, or for ever where nothing is due. Cancel-safe.
pub async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
