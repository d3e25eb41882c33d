//! The first messages of a run one by one, for statistics that percentiles can't give.

use std::time::Duration;

/// One message. Instants are since the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its number: that of the first is 0.
    pub sequence: u64,
    pub due: Duration,
    /// When it was first handed over.
    pub sent: Duration,
    /// When the broker confirmed it.
    pub confirmed: Option<Duration>,
    /// When its first reply came.
    pub replied: Option<Duration>,
}

/// The first messages of a run, up to a limit.
#[derive(Debug)]
pub(super) struct Observations {
    limit: usize,
    seen: Vec<Observation>,
}

impl Observations {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            seen: Vec::new(),
        }
    }

    /// The next message is handed over.
    pub(super) fn sent(&mut self, sequence: u64, due: Duration, now: Duration) {
        if self.seen.len() < self.limit {
            self.seen.push(Observation {
                sequence,
                due,
                sent: now,
                confirmed: None,
                replied: None,
            });
        }
    }

    pub(super) fn confirmed(&mut self, sequence: u64, now: Duration) {
        if let Some(observation) = self.of(sequence) {
            observation.confirmed.get_or_insert(now);
        }
    }

    pub(super) fn replied(&mut self, sequence: u64, now: Duration) {
        if let Some(observation) = self.of(sequence) {
            observation.replied.get_or_insert(now);
        }
    }

    /// All that was seen, in the order of sending.
    pub(super) fn take(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.seen)
    }

    /// Messages are numbered in the order in which they are sent, so a number is an index.
    fn of(&mut self, sequence: u64) -> Option<&mut Observation> {
        self.seen.get_mut(usize::try_from(sequence).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_messages_are_seen_with_their_first_reply() {
        let at = Duration::from_millis;
        let mut observations = Observations::new(2);
        for sequence in 0..3 {
            observations.sent(sequence, at(sequence), at(10 + sequence));
            observations.confirmed(sequence, at(20 + sequence));
        }
        observations.replied(1, at(30));
        observations.replied(1, at(31));
        observations.replied(2, at(32));
        let seen = observations.take();
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].sent, seen[0].replied), (at(10), None));
        assert_eq!(
            (seen[1].confirmed, seen[1].replied),
            (Some(at(21)), Some(at(30)))
        );
    }
}
