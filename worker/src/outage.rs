//! Times in which the worker can't work, because the broker or the queue is away: said once when
//! they begin and once when they end, however many attempts lie between, and attempts spaced out.

use crate::silence::SILENCE_SECONDS;
use broker::Backoff;
use std::time::Duration;

/// Why a session is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// The broker or the way to it.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// Published messages are not answered.
    #[error("the broker has confirmed nothing for {SILENCE_SECONDS} s")]
    Unconfirmed,
    /// What must be in a queue did not get there.
    #[error("queue '{queue}' did not take a message: {why}")]
    NotTaken {
        /// Which queue.
        queue: String,
        /// Why.
        why: String,
    },
}

/// Whether the worker can't work, and since when. Times are durations since the worker started.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Duration>,
    backoff: Backoff,
}

impl Outage {
    /// A session ended, or could not be begun. Answers with how long to wait before the next.
    pub fn lost(&mut self, now: Duration, error: &Loss) -> Duration {
        if self.since.is_none() {
            self.since = Some(now);
            tracing::warn!(%error, "interrupted, trying again until it works");
        } else {
            tracing::debug!(%error, "still interrupted");
        }
        self.backoff.next()
    }

    /// A session has proved good: it acknowledged a message, or lasted.
    pub fn over(&mut self, now: Duration) {
        if let Some(since) = self.since.take() {
            let seconds = (now - since).as_secs_f64();
            tracing::info!(outage_seconds = seconds, "working again");
        }
        self.backoff.reset();
    }
}
