//! Messages that wait for an instant.

use crate::ack_window::Tag;
use std::collections::BTreeMap;
use std::time::Duration;

/// Messages by the instant at which something is to be done about them. Instants are durations since
/// any fixed origin.
#[derive(Debug)]
pub(super) struct Timed<T>(BTreeMap<(Duration, Tag), T>);

impl<T> Timed<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn insert(&mut self, due: Duration, tag: Tag, message: T) {
        self.0.insert((due, tag), message);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.0.first_key_value().map(|((due, _), _)| *due)
    }

    /// The next one whose instant has come, with that instant.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(Duration, Tag, T)> {
        let first = self.0.first_entry()?;
        let (due, tag) = *first.key();
        (due <= now).then(|| (due, tag, first.remove()))
    }

    /// From now on all of them are due.
    pub(super) fn make_due(&mut self) {
        let all = std::mem::take(&mut self.0).into_iter();
        let at_once = all.map(|((_, tag), message)| ((Duration::ZERO, tag), message));
        self.0 = at_once.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_when_they_are_due_and_in_that_order() {
        let at = Duration::from_secs;
        let mut timed = Timed::new();
        timed.insert(at(3), 1, "third");
        timed.insert(at(2), 2, "second");
        timed.insert(at(1), 3, "first");
        assert_eq!((timed.due(), timed.len()), (Some(at(1)), 3));
        assert_eq!(timed.take_due(at(0)), None);
        assert_eq!(timed.take_due(at(2)), Some((at(1), 3, "first")));
        assert_eq!(timed.take_due(at(2)), Some((at(2), 2, "second")));
        assert_eq!(timed.take_due(at(2)), None);
        timed.make_due();
        assert_eq!(timed.take_due(at(0)), Some((at(0), 1, "third")));
        assert_eq!(timed.due(), None);
    }
}
