//! What will happen, in order: by time, and at one time by who came first, so that a run is the same
//! whenever it is repeated.
//!
//! Nothing is ever taken out before its time. What has lost its meaning by then, such as the end of
//! a message whose worker was killed, is passed over by the part that it concerns.

use policy::WorkerId;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

/// One thing that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// The next message arrives.
    Arrival,
    /// No more messages will arrive.
    TrafficEnd,
    /// A worker that was started consumes from now on.
    Ready(WorkerId),
    /// A worker has finished the message it works on.
    Completed(WorkerId),
    /// A worker dies by itself.
    Crash(WorkerId),
    /// A worker may report again, and has something to say.
    ReportDue(WorkerId),
    /// A worker that was told to stop has had its time.
    GraceOver(WorkerId),
    /// What was seen now is kept for those who see it late.
    Snapshot,
    /// The broker's statistics are renewed.
    Statistics,
    /// The driver wanted to be woken.
    Alarm(Alarm),
    /// The run is at a moment of its series.
    Moment,
    /// The run has gone on for long enough.
    End,
}

/// What a driver wants to be woken for. An alarm whose number the driver no longer knows has been
/// replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// To look at the queue.
    Look(u64),
    /// Because the policy asked for it.
    Wake(u64),
    /// Because so many minutes have passed.
    Minute(u64),
}

/// Everything that will happen.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    sequence: u64,
}

#[derive(Debug)]
struct Entry {
    at: Duration,
    sequence: u64,
    happening: Happening,
}

impl Agenda {
    /// Something will happen at a time.
    pub(crate) fn add(&mut self, at: Duration, happening: Happening) {
        self.sequence += 1;
        self.entries.push(Reverse(Entry {
            at,
            sequence: self.sequence,
            happening,
        }));
    }

    /// Takes what happens next.
    pub(crate) fn next(&mut self) -> Option<(Duration, Happening)> {
        self.entries
            .pop()
            .map(|Reverse(entry)| (entry.at, entry.happening))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_earlier_comes_first_and_at_one_time_who_came_first() {
        let mut agenda = Agenda::default();
        let at = Duration::from_secs;
        agenda.add(at(2), Happening::Moment);
        agenda.add(at(1), Happening::Arrival);
        agenda.add(at(2), Happening::Statistics);
        agenda.add(at(1), Happening::End);
        let order: Vec<_> = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!(
            order,
            [
                (at(1), Happening::Arrival),
                (at(1), Happening::End),
                (at(2), Happening::Moment),
                (at(2), Happening::Statistics),
            ]
        );
    }
}
