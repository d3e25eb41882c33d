//! How long the broker has owed a confirmation.

use std::time::Duration;

/// A broker confirms within milliseconds, after a flush to disk within a second or two. One that
/// has confirmed nothing for this long, without an alarm, is not going to.
pub const CONFIRM_TIMEOUT_SECONDS: u64 = 30;

const CONFIRM_TIMEOUT: Duration = Duration::from_secs(CONFIRM_TIMEOUT_SECONDS);

/// Runs while something published is unconfirmed. Times are durations since any fixed origin.
#[derive(Debug, Default)]
pub struct ConfirmTimeout {
    since: Option<Duration>,
}

/// Whether the broker has something to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirms {
    Owed,
    /// Nothing was published, or the broker has said that it takes nothing for now.
    NotOwed,
}

impl ConfirmTimeout {
    /// Notes whether a confirmation is owed. Time counts from the first call in which one is, so an
    /// idle hour does not.
    pub fn update(&mut self, now: Duration, confirms: Confirms) {
        match confirms {
            Confirms::Owed => self.since = self.since.or(Some(now)),
            Confirms::NotOwed => self.since = None,
        }
    }

    /// The broker confirmed something; the rest of what it owes counts from here.
    pub fn restart(&mut self) {
        self.since = None;
    }

    /// When the broker is given up, unless it confirms something before.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        Some(self.since? + CONFIRM_TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_idle_hour_does_not_count() {
        let mut timeout = ConfirmTimeout::default();
        timeout.update(at(0), Confirms::NotOwed);
        timeout.update(at(3600), Confirms::Owed);
        assert_eq!(timeout.due(), Some(at(3630)));
    }

    #[test]
    fn it_counts_from_the_last_confirmation() {
        let mut timeout = ConfirmTimeout::default();
        timeout.update(at(0), Confirms::Owed);
        timeout.update(at(20), Confirms::Owed);
        assert_eq!(timeout.due(), Some(at(30)));
        timeout.restart();
        timeout.update(at(21), Confirms::Owed);
        assert_eq!(timeout.due(), Some(at(51)));
    }

    #[test]
    fn an_alarm_excuses_it() {
        let mut timeout = ConfirmTimeout::default();
        timeout.update(at(0), Confirms::Owed);
        timeout.update(at(29), Confirms::NotOwed);
        assert_eq!(timeout.due(), None);
        timeout.update(at(500), Confirms::Owed);
        assert_eq!(timeout.due(), Some(at(530)));
    }
}
