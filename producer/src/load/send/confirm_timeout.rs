//! When a broker that owes confirmations has been quiet for too long.

use std::time::Duration;
use tokio::time::Instant;

/// Counts from when something is to be answered, and again from each answer. While nothing is,
/// time does not count: after an idle hour the next message still has all of its time.
#[derive(Debug, Default)]
pub(super) struct ConfirmTimeout {
    since: Option<Instant>,
}

impl ConfirmTimeout {
    /// Whether an answer is owed now.
    pub(super) fn owed(&mut self, owed: bool, now: Instant) {
        match (owed, self.since) {
            (false, _) => self.since = None,
            (true, None) => self.since = Some(now),
            (true, Some(_)) => {}
        }
    }

    pub(super) fn answered(&mut self, now: Instant) {
        if let Some(since) = &mut self.since {
            *since = now;
        }
    }

    /// When it will have lasted for so long, if an answer is owed.
    pub(super) fn expires_at(&self, limit: Duration) -> Option<Instant> {
        self.since.map(|since| since + limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[test]
    fn only_time_with_something_owed_counts() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timeout = ConfirmTimeout::default();
        timeout.owed(false, at(0));
        assert_eq!(timeout.expires_at(LIMIT), None);

        // An hour later something is sent, and more a second after.
        timeout.owed(true, at(3600));
        timeout.owed(true, at(3601));
        assert_eq!(timeout.expires_at(LIMIT), Some(at(3630)));

        timeout.answered(at(3605));
        assert_eq!(timeout.expires_at(LIMIT), Some(at(3635)));

        timeout.owed(false, at(3606));
        timeout.answered(at(3607));
        assert_eq!(timeout.expires_at(LIMIT), None);
    }
}
