//! Times in which the worker can't work, because the broker or the queue is away: said once when
//! they begin and once when they end, however many attempts lie between, and attempts spaced out.

use broker::{ANSWER_WITHIN, Backoff, ErrorKind};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// A session that lasted this long is good. One that ends earlier ends no outage: a broker that lets
/// everybody in and then cuts them off would be asked again and again without a pause.
pub(crate) const STEADY_AFTER: Duration = Duration::from_secs(1);

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

/// Whether the worker can't work, and since when.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Instant>,
    backoff: Backoff,
}

impl Outage {
    /// A session ended, or could not be begun. Gives the pause before the next.
    pub fn lost(&mut self, loss: &Loss) -> Sleep {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            tracing::warn!(error = %loss, "interrupted, trying again until it works");
        } else {
            tracing::debug!(error = %loss, "still interrupted");
        }
        sleep(self.backoff.next())
    }

    /// Lives through a session, which has proved good once it has lasted.
    pub async fn during<T>(&mut self, session: impl Future<Output = T>) -> T {
        let mut session = pin!(session);
        tokio::select! {
            biased;
            ended = &mut session => return ended,
            () = sleep(STEADY_AFTER) => self.over(),
        }
        session.await
    }

    /// A session has proved good: it acknowledged a message, or lasted.
    pub(crate) fn over(&mut self) {
        if let Some(since) = self.since.take() {
            let seconds = since.elapsed().as_secs_f64();
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

    #[tokio::test(start_paused = true)]
    async fn attempts_are_spaced_out_until_a_session_lasts() {
        let mut outage = Outage::default();
        let mut pause = Duration::ZERO;
        for _ in 0..20 {
            outage.during(sleep(STEADY_AFTER / 2)).await;
            pause = outage.lost(&Loss::Unconfirmed).deadline() - Instant::now();
        }
        assert!(pause >= Duration::from_secs(2), "{pause:?}");

        outage.during(sleep(STEADY_AFTER * 2)).await;
        pause = outage.lost(&Loss::Unconfirmed).deadline() - Instant::now();
        assert!(pause <= Duration::from_millis(200), "{pause:?}");
    }

    #[test]
    fn a_build_without_tls_gives_up_and_a_failed_handshake_does_not() {
        assert!(refuses(ErrorKind::NoTls));
        assert!(!refuses(ErrorKind::Tls));
    }
}
