//! When a broker that owes an answer has been quiet for too long.

use crate::context::Blocked;
use std::time::Duration;
use tokio::time::Instant;

/// A broker answers within milliseconds, after a flush to disk within a second or two. One that has
/// said nothing for this long, without an alarm, is not going to.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Counts from when something is to be answered, and again from each answer: a confirmation, or
/// whatever else shows that the broker reads. While nothing is owed, time does not count: after an
/// idle hour the next message still has all of its time.
#[derive(Debug, Default)]
pub struct AnswerTimeout {
    since: Option<Instant>,
}

impl AnswerTimeout {
    /// Notes how many messages wait for an answer, which the broker owes unless it has said that it
    /// takes nothing for now. Time counts from the first call in which it owes one.
    pub fn update(&mut self, now: Instant, pending: usize, blocked: &Blocked) {
        self.since = match (pending, blocked) {
            (0, _) | (_, Blocked::Yes(_)) => None,
            (_, Blocked::No) => self.since.or(Some(now)),
        };
    }

    /// The broker answered something; the rest of what it owes counts from the next update.
    pub fn restart(&mut self) {
        self.since = None;
    }

    /// When the broker is given up, unless it answers something before.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        Some(self.since? + ANSWER_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The timeout after such updates, at so many seconds, and when it is due.
    fn due_after(updates: &[(u64, usize, Blocked)]) -> Option<u64> {
        let start = Instant::now();
        let mut timeout = AnswerTimeout::default();
        for (second, pending, blocked) in updates {
            timeout.update(start + Duration::from_secs(*second), *pending, blocked);
        }
        timeout.due().map(|due| (due - start).as_secs())
    }

    #[test]
    fn an_idle_hour_does_not_count() {
        assert_eq!(due_after(&[(0, 0, Blocked::No)]), None);
        let updates = [(0, 0), (3600, 1), (3601, 2)];
        let updates = updates.map(|(second, pending)| (second, pending, Blocked::No));
        assert_eq!(due_after(&updates), Some(3630));
    }

    #[test]
    fn it_counts_from_the_last_answer() {
        let start = Instant::now();
        let mut timeout = AnswerTimeout::default();
        timeout.update(start, 2, &Blocked::No);
        timeout.restart();
        let later = start + Duration::from_secs(21);
        timeout.update(later, 1, &Blocked::No);
        assert_eq!(timeout.due(), Some(later + ANSWER_WITHIN));
    }

    #[test]
    fn an_alarm_excuses_it() {
        let alarm = Blocked::Yes("low on memory".to_owned());
        let mut updates = vec![(0, 1, Blocked::No), (29, 1, alarm)];
        assert_eq!(due_after(&updates), None);
        updates.push((500, 1, Blocked::No));
        assert_eq!(due_after(&updates), Some(530));
    }
}
