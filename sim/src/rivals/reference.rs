//! The coursework that Warren grew from: N = ⌈(B + rate·2) / 1000⌉ every 2 s.
//!
//! Its source is `P1/Dynamic/MasterV1.py` of the coursework. Its rate is what arrived in the last 2
//! s, not per second, so that a steady λ counts four times: once for each of its 2 s, and all of
//! that twice. Its C is 1000 whatever a worker can do, its B leaves out what workers hold, and it
//! has no minimum, no smoothing and no memory.
//!
//! Better here than in the field: its comparison allows one process more than its maximum, where
//! the simulator clamps to the maximum; its workers acknowledge on delivery and are killed, oldest
//! first, so that whatever they hold is lost (28 to 31 % of a burst), where here they may finish; a
//! broker that does not answer ends it, where here it goes on with what it had and counts afresh
//! afterwards.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// The sleep between its two looks at the count queue.
const INTERVAL: Duration = Duration::from_secs(2);

/// C, in its unit: messages.
const CAPACITY: f64 = 1000.0;

/// What it multiplies its rate by.
const DRAIN_TIME_SECONDS: f64 = 2.0;

/// Time to finish, which the real one does not give.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Reference {
    look: Rhythm,
    arrived_before: Option<u64>,
    workers: u32,
}

impl Reference {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            look: Rhythm::new(INTERVAL, facts.phase),
            arrived_before: None,
            workers: 0,
        }
    }
}

impl Rival for Reference {
    fn next_at(&self) -> Duration {
        self.look.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if !self.look.strikes(now) {
            return self.workers;
        }
        let Some(queue) = seen.queue else {
            self.arrived_before = None;
            return self.workers;
        };
        if let Some(before) = self.arrived_before.replace(queue.arrived_total) {
            let rate = queue.arrived_total.saturating_sub(before) as f64;
            let load = queue.ready as f64 + rate * DRAIN_TIME_SECONDS;
            self.workers = (load / CAPACITY).ceil() as u32;
        }
        self.workers
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::OldestFirst,
            grace: GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    /// So many have arrived ever, and so many wait.
    fn seen(arrived_total: u64, ready: u64) -> Seen {
        let mut seen = waiting(ready);
        if let Some(queue) = seen.queue.as_mut() {
            queue.arrived_total = arrived_total;
        }
        seen
    }

    #[test]
    fn its_rate_is_what_arrived_in_2_s_and_counts_twice() {
        let mut reference = Reference::new(&facts());

        // 800 per second, kept up with: 1 600 in 2 s, twice that is 3 200, so 4 workers at 1000.
        let changes = changes(&mut reference, 10.0, |at| seen((at * 800.0) as u64, 0));

        assert_eq!(changes, [(2.0, 4)]);
    }

    #[test]
    fn a_backlog_counts_and_nothing_is_smoothed() {
        let mut reference = Reference::new(&facts());

        let changes = changes(&mut reference, 8.0, |at| {
            seen(60_000, if at < 5.0 { 40_001 } else { 0 })
        });

        assert_eq!(changes, [(2.0, 41), (6.0, 0)]);
    }

    #[test]
    fn after_a_broker_that_did_not_answer_it_counts_afresh() {
        let mut reference = Reference::new(&facts());

        // 800 per second; nothing is seen at 4 s and 6 s.
        let changes = changes(&mut reference, 12.0, |at| {
            if (3.0..7.0).contains(&at) {
                no_data()
            } else {
                seen((at * 800.0) as u64, 0)
            }
        });

        assert_eq!(changes, [(2.0, 4)], "never 6 s of arrivals at once");
    }
}
