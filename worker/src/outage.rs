//! Losing the broker and having it back: said once each, however many attempts lie between, and
//! attempts spaced out.

use broker::Backoff;
use std::time::Duration;

/// A broker confirms within milliseconds, after a flush to disk within a second or two. One that
/// has confirmed nothing for this long, without an alarm, is not going to.
pub(crate) const CONFIRM_SECONDS: u64 = 30;

/// Why a session is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// The broker or the way to it.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// Published messages are not answered.
    #[error("the broker has confirmed nothing for {CONFIRM_SECONDS} s")]
    Unconfirmed,
}

/// Whether the broker is away, and since when. Times are durations since the worker started.
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
            tracing::warn!(%error, "broker lost, trying again until it is back");
        } else {
            tracing::debug!(%error, "broker still lost");
        }
        self.backoff.next()
    }

    /// A session has proved good: it acknowledged a message, or lasted.
    pub fn over(&mut self, now: Duration) {
        if let Some(since) = self.since.take() {
            let seconds = (now - since).as_secs_f64();
            tracing::info!(outage_seconds = seconds, "broker back");
        }
        self.backoff.reset();
    }
}
