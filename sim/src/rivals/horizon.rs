//! Laravel Horizon's auto balancing of one queue: one process more every 3 s while messages wait,
//! one less every 3 s while none does.
//!
//! Documented in "Laravel Horizon", balancing strategies, <https://laravel.com/docs/12.x/horizon>,
//! and in laravel/horizon 5.x, `src/AutoScaler.php`. With a single queue all the time to clear is
//! that queue's, so it is due `maxProcesses` as soon as one message waits, and `minProcesses`
//! otherwise; `balanceMaxShift` 1 and `balanceCooldown` 3 turn that into the steps. `minProcesses`
//! is at least 1.
//!
//! Processes that are finishing count, as in its `totalProcessCount`: one that takes long to leave
//! keeps the next one from being told to. Horizon reads Redis; here it reads RabbitMQ, at once and
//! for nothing. A queue that does not answer changes nothing.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// `balanceCooldown`.
const COOLDOWN: Duration = Duration::from_secs(3);

/// `balanceMaxShift`.
const MAX_SHIFT: u32 = 1;

/// A supervisor's `timeout`: what a process may take to finish.
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Horizon {
    balance: Rhythm,
    min: u32,
    max: u32,
    workers: u32,
}

impl Horizon {
    pub(super) fn new(facts: &Facts) -> Self {
        let min = facts.min.max(1);
        Self {
            balance: Rhythm::new(COOLDOWN, facts.phase),
            min,
            max: facts.max.max(min),
            workers: min,
        }
    }
}

impl Rival for Horizon {
    fn next_at(&self) -> Duration {
        self.balance.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.balance.strikes(now)
            && let Some(queue) = seen.queue
        {
            let due = if queue.ready > 0 { self.max } else { self.min };
            let total = self.workers + seen.workers.draining;
            if due > total {
                self.workers = due.min(total + MAX_SHIFT);
            } else if due < total {
                self.workers = due.max(total - MAX_SHIFT).min(self.max);
            }
        }
        self.workers
    }

    /// `ProcessPool` marks the first of its processes for termination, which are the oldest.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::OldestFirst,
            grace: TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    #[test]
    fn ten_processes_take_27_s() {
        let mut horizon = Horizon::new(&Facts { max: 10, ..facts() });

        let changes = changes(&mut horizon, 60.0, |at| waiting(u64::from(at > 0.0)));

        assert_eq!(changes[..3], [(0.0, 1), (3.0, 2), (6.0, 3)]);
        assert_eq!(changes.last(), Some(&(27.0, 10)));
    }

    #[test]
    fn an_empty_queue_costs_one_every_3_s_down_to_one() {
        let mut horizon = Horizon::new(&facts());

        let changes = changes(&mut horizon, 60.0, |at| waiting(u64::from(at <= 6.0)));

        assert_eq!(
            changes,
            [(0.0, 2), (3.0, 3), (6.0, 4), (9.0, 3), (12.0, 2), (15.0, 1)]
        );
    }

    #[test]
    fn one_that_is_still_finishing_keeps_the_next_from_leaving() {
        let mut horizon = Horizon::new(&facts());
        horizon.workers = 5;
        let mut seen = waiting(0);
        seen.workers.draining = 1;

        assert_eq!(horizon.workers(Duration::ZERO, &seen), 5);
    }

    #[test]
    fn a_queue_that_does_not_answer_changes_nothing() {
        let mut horizon = Horizon::new(&facts());
        horizon.workers = 5;

        assert_eq!(horizon.workers(Duration::ZERO, &no_data()), 5);
    }
}
