//! How long the broker has owed an answer.

use std::time::Duration;
use tokio::time::Instant;

/// Counts from when something is to be answered, and again from each answer. While nothing is,
/// time does not count: after an idle hour the next message still has all of its time.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    /// Whether an answer is owed now.
    pub(super) fn owed(&mut self, owed: bool, now: Instant) {
        match (owed, self.since) {
            (false, _) => self.since = None,
            (true, None) => self.since = Some(now),
            (true, Some(_)) => {}
        }
    }

    /// An answer came.
    pub(super) fn broken(&mut self, now: Instant) {
        if let Some(since) = &mut self.since {
            *since = now;
        }
    }

    /// When it will have lasted for so long, if an answer is owed.
    pub(super) fn lasts_until(&self, limit: Duration) -> Option<Instant> {
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
        let mut silence = Silence::default();
        silence.owed(false, at(0));
        assert_eq!(silence.lasts_until(LIMIT), None);

        // An hour later something is sent, and more a second after.
        silence.owed(true, at(3600));
        silence.owed(true, at(3601));
        assert_eq!(silence.lasts_until(LIMIT), Some(at(3630)));

        silence.broken(at(3605));
        assert_eq!(silence.lasts_until(LIMIT), Some(at(3635)));

        silence.owed(false, at(3606));
        silence.broken(at(3607));
        assert_eq!(silence.lasts_until(LIMIT), None);
    }
}
