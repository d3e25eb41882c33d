//! Times in which the worker can't work, because the broker or the queue is away: said once when
//! they begin and once when they end, however many attempts lie between, and attempts spaced out.

use broker::{ANSWER_WITHIN, Backoff, ErrorKind};
use std::time::Duration;

/// Why a session is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// The broker or the way to it.
    #[error(transparent)]
    Broker(#[from] broker::Error),
    /// Published messages are not confirmed.
    #[error("the broker has confirmed nothing for {} s", ANSWER_WITHIN.as_secs())]
    Unconfirmed,
    /// What must be in a queue did not get there.
    #[error("queue '{queue}' did not take a message: {why}")]
    NotTaken { queue: String, why: String },
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

/// Whether the session ended because a message has more headers than fit into a small frame.
#[must_use]
pub fn is_frame_too_large(loss: &Loss) -> bool {
    matches!(loss, Loss::Broker(error) if error.kind() == ErrorKind::FrameTooLarge)
}

/// What waiting does not change, so that somebody who has just mistyped a password is told at once.
/// Later on these may be a broker that is not yet up entirely.
#[must_use]
pub fn refuses(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WrongPassword
            | ErrorKind::NoVirtualHost
            | ErrorKind::NoPermission
            | ErrorKind::NoTls
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_tls_gives_up_and_a_failed_handshake_does_not() {
        assert!(refuses(ErrorKind::NoTls));
        assert!(!refuses(ErrorKind::Tls));
    }
}
