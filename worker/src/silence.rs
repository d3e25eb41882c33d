//! How long the broker has owed an answer to what was published.

use std::time::Duration;

/// A broker confirms within milliseconds, after a flush to disk within a second or two. One that
/// has confirmed nothing for this long, without an alarm, is not going to.
pub const SILENCE_SECONDS: u64 = 30;

const SILENCE_MAX: Duration = Duration::from_secs(SILENCE_SECONDS);

/// The silence of the broker. Times are durations since any fixed origin.
#[derive(Debug, Default)]
pub struct Silence {
    since: Option<Duration>,
}

/// Whether the broker has something to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It does.
    Owed,
    /// It does not, or has said that it can't for now.
    NotOwed,
}

impl Silence {
    /// Looks at whether an answer is owed. It counts from the first look at which it is, so an idle
    /// hour is no silence.
    pub fn look(&mut self, now: Duration, answer: Answer) {
        match answer {
            Answer::Owed => self.since = self.since.or(Some(now)),
            Answer::NotOwed => self.since = None,
        }
    }

    /// The broker answered something; the rest of what it owes counts from here.
    pub fn broken(&mut self) {
        self.since = None;
    }

    /// When it has lasted too long.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        Some(self.since? + SILENCE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_idle_hour_is_no_silence() {
        let mut silence = Silence::default();
        silence.look(at(0), Answer::NotOwed);
        silence.look(at(3600), Answer::Owed);
        assert_eq!(silence.due(), Some(at(3630)));
    }

    #[test]
    fn it_counts_from_the_last_answer() {
        let mut silence = Silence::default();
        silence.look(at(0), Answer::Owed);
        silence.look(at(20), Answer::Owed);
        assert_eq!(silence.due(), Some(at(30)));
        silence.broken();
        silence.look(at(21), Answer::Owed);
        assert_eq!(silence.due(), Some(at(51)));
    }

    #[test]
    fn an_alarm_excuses_it() {
        let mut silence = Silence::default();
        silence.look(at(0), Answer::Owed);
        silence.look(at(29), Answer::NotOwed);
        assert_eq!(silence.due(), None);
        silence.look(at(500), Answer::Owed);
        assert_eq!(silence.due(), Some(at(530)));
    }
}
