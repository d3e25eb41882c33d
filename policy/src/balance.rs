//! λ without a count queue: what must have come in, by what is there and what was done.
//!
//! Where publishers use the default exchange nothing can be bound beside the work queue. But what
//! came in since the last look is either still there or was completed:
//!
//! ```text
//! λ·T = Δready + Δin flight + completed
//! ```
//!
//! over all workers, those that are gone by now included. A message that a worker dead-letters is
//! completed; one that goes back to the queue, because its worker gave it back or died, leaves the
//! one count and enters the other: a redelivery is not an arrival.
//! With 100 ready before and 700 now, in flight 40 before and 50 now, and 1,290 completed in 2 s:
//! 600 + 10 + 1,290 = 1,900 messages, 950 msg/s.
//!
//! It is known only where every ready worker reports. The first look, and the first after a gap in
//! what is known, has nothing to compare with.
//!
//! # How wrong it can be
//!
//! Reports are up to 0.2 s old: what a worker took up since then has left the queue and is nowhere
//! yet. That makes up to μ·0.2 s + 1 messages for each worker and look; where its hands just filled,
//! up to its prefetch more. What one look misses the next one finds, so over many looks λ is right,
//! and a look at interval T is wrong by up to N·(μ·0.2 s + 1)/T: a tenth of what the fleet can do at
//! T = 2 s, and two fifths at T = 0.5 s. The error grows with the rate; that of a count queue is none.
//!
//! - The last completions of a worker that is killed may never be heard of: as many are missing.
//! - What foreign consumers take is missing, too. λ is then what is left for the pool's own workers,
//!   which is what they have to keep up with.
//! - What expires, or is purged, counts against what came in. λ is never below zero for it.

use crate::count::Count;
use crate::event::WorkerStatus;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// More than this can't come in between two looks: a counter that says so is broken. It is where a
/// 64-bit float begins to leave numbers out.
const MESSAGES_MAX: u64 = 1 << 53;

/// What was there at the last look, and what was taken since.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Balance {
    before: Option<Before>,
    /// Messages that workers took from the queue since, less those that went back to it.
    taken: i64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Before {
    at: Duration,
    ready: u64,
}

impl Balance {
    /// A worker reported; `before` is what it reported before, or what it had when it started.
    /// Where neither is known, as of an adopted worker, this report is the first to count
    /// from, and is not told here.
    pub(crate) fn on_report(&mut self, before: WorkerStatus, status: WorkerStatus) {
        if status.completed < before.completed {
            // It began anew, and what became of what it held is not known.
            self.before = None;
            return;
        }
        self.take(status.completed, before.completed);
        self.take(status.in_flight, before.in_flight);
    }

    /// A worker is gone; what it held, as it last reported, goes back to the queue.
    pub(crate) fn on_exited(&mut self, last: WorkerStatus) {
        self.take(0, last.in_flight);
    }

    /// What came in since the look before; `None` where that can't be known.
    pub(crate) fn on_look(
        &mut self,
        taken_at: Duration,
        ready: u64,
        everyone_reports: bool,
    ) -> Option<Count> {
        let taken = std::mem::take(&mut self.taken);
        let now = Before {
            at: taken_at,
            ready,
        };
        let before = std::mem::replace(&mut self.before, everyone_reports.then_some(now))?;
        if !everyone_reports {
            return None;
        }
        let came = i128::from(ready) - i128::from(before.ready) + i128::from(taken);
        let messages = u64::try_from(came.clamp(0, MESSAGES_MAX.into())).unwrap_or_default();
        Count::new(messages, taken_at.saturating_sub(before.at))
    }

    fn take(&mut self, now: u64, before: u64) {
        let more = i128::from(now) - i128::from(before);
        let bounded = more.clamp(i64::MIN.into(), i64::MAX.into());
        let more = i64::try_from(bounded).unwrap_or_default();
        self.taken = self.taken.saturating_add(more);
    }
}

#[cfg(test)]
mod tests {
    use super::{Balance, Count};
    use crate::event::{Activity, WorkerStatus};
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn came(messages: u64, seconds: u64) -> Option<Count> {
        Count::new(messages, at(seconds))
    }

    fn status(completed: u64, in_flight: u64) -> WorkerStatus {
        WorkerStatus {
            activity: Activity::Busy,
            completed,
            busy: Duration::ZERO,
            in_flight,
        }
    }

    /// After a look at 100 ready messages, with so many in flight at a worker.
    fn after_a_look() -> Balance {
        let mut balance = Balance::default();
        assert_eq!(balance.on_look(at(0), 100, true), None, "the first look");
        balance
    }

    #[test]
    fn the_worked_example() {
        let mut balance = after_a_look();
        balance.on_report(status(500, 40), status(1_790, 50));
        assert_eq!(balance.on_look(at(2), 700, true), came(1_900, 2));
        assert_eq!(balance.on_look(at(3), 700, true), came(0, 1));
    }

    #[test]
    fn what_goes_back_to_the_queue_did_not_come_in() {
        let mut balance = after_a_look();
        balance.on_report(status(0, 0), status(0, 50));
        assert_eq!(balance.on_look(at(2), 50, true), came(0, 2));
        // It is given back, or the worker dies with it.
        balance.on_report(status(0, 50), status(0, 20));
        assert_eq!(balance.on_look(at(4), 80, true), came(0, 2));
        balance.on_exited(status(0, 20));
        assert_eq!(balance.on_look(at(6), 100, true), came(0, 2));
    }

    #[test]
    fn a_purge_is_not_an_arrival_below_zero() {
        let mut balance = after_a_look();
        assert_eq!(balance.on_look(at(2), 0, true), came(0, 2));
    }

    #[test]
    fn what_is_not_known_is_not_known_until_there_is_a_look_to_compare_with() {
        let mut balance = after_a_look();
        assert_eq!(balance.on_look(at(2), 200, false), None);
        assert_eq!(balance.on_look(at(4), 300, true), None);
        assert_eq!(balance.on_look(at(6), 400, true), came(100, 2));
        balance.on_report(status(9, 0), status(3, 0));
        assert_eq!(balance.on_look(at(8), 400, true), None);
        assert_eq!(balance.on_look(at(8), 400, true), None, "in no time");
    }

    #[test]
    fn absurd_counters_are_absurd_and_no_more() {
        let mut balance = after_a_look();
        balance.on_report(status(0, 0), status(u64::MAX, u64::MAX));
        let most = came(super::MESSAGES_MAX, 2);
        assert_eq!(balance.on_look(at(2), 100, true), most);
        balance.on_exited(status(0, u64::MAX));
        assert_eq!(balance.on_look(at(4), 0, true), came(0, 2));
    }
}
