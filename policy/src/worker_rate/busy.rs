//! What workers say they completed, and how long they were busy.
//!
//! Each report counts by its difference to the worker's one before. So a first report counts nothing
//! (the worker may have been at it for hours), and counters that went back begin anew.
//! A worker that says it is busy is busy until it says otherwise: at each look its busy time is
//! carried forward to now, and the next report is counted from there. Otherwise the first reports of
//! a hundred workers with long messages would be those of the shortest ones, and the fleet look fast.
//!
//! # What is assumed
//!
//! Busy time is the time in which a worker has work in hand, however many messages at once: with
//! concurrency it may well be all the time, and the rate is the whole worker's. A worker that adds up
//! the times of its concurrent messages instead makes itself look slower by as many.
//! A worker that completes messages in no time at all does not measure it: it counts as silent.

use crate::event::{Activity, WorkerStatus};
use crate::quantity::WorkerId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Messages, and the worker time that they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) messages: f64,
    pub(crate) busy_seconds: f64,
}

impl Work {
    pub(crate) fn rate(&self) -> f64 {
        self.messages / self.busy_seconds
    }
}

/// How far each worker's reports are counted. Bounded by the workers that are alive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Busy {
    workers: BTreeMap<WorkerId, Counted>,
    since_last_look: Work,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Counted {
    status: WorkerStatus,
    /// Busy time that is counted already: what was reported, and what was carried forward since.
    busy: Duration,
    /// When that was.
    at: Duration,
}

impl Busy {
    pub(crate) fn on_report(&mut self, now: Duration, worker: WorkerId, status: WorkerStatus) {
        if status.completed > 0 && status.busy.is_zero() {
            self.workers.remove(&worker);
            return;
        }
        let counted = Counted {
            status,
            busy: status.busy,
            at: now,
        };
        let Some(before) = self.workers.insert(worker, counted) else {
            return;
        };
        if status.completed < before.status.completed || status.busy < before.status.busy {
            return;
        }
        let messages = status.completed - before.status.completed;
        self.since_last_look.messages += messages as f64;
        // Less than nothing where the worker had become idle before that was heard.
        self.since_last_look.busy_seconds += status.busy.as_secs_f64() - before.busy.as_secs_f64();
    }

    pub(crate) fn on_exited(&mut self, worker: WorkerId) {
        self.workers.remove(&worker);
    }

    /// Whether this worker reports its busy time.
    pub(crate) fn times(&self, worker: WorkerId) -> bool {
        self.workers.contains_key(&worker)
    }

    /// What was done since this was last asked.
    pub(crate) fn since_last_look(&mut self, now: Duration) -> Work {
        let busy = self
            .workers
            .values_mut()
            .filter(|worker| worker.status.activity == Activity::Busy);
        for worker in busy {
            let more = now.saturating_sub(worker.at);
            worker.busy = worker.busy.saturating_add(more);
            worker.at = now;
            self.since_last_look.busy_seconds += more.as_secs_f64();
        }
        std::mem::take(&mut self.since_last_look)
    }
}

#[cfg(test)]
mod tests {
    use super::{Busy, Work};
    use crate::event::{Activity, WorkerStatus};
    use crate::quantity::WorkerId;
    use std::time::Duration;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn report(busy: &mut Busy, now: u64, activity: Activity, completed: u64, busy_seconds: u64) {
        let status = WorkerStatus {
            activity,
            completed,
            busy: at(busy_seconds),
            in_flight: 0,
        };
        busy.on_report(at(now), WorkerId(1), status);
    }

    fn work(messages: f64, busy_seconds: f64) -> Work {
        Work {
            messages,
            busy_seconds,
        }
    }

    #[test]
    fn a_report_counts_by_its_difference_and_a_first_one_not_at_all() {
        let mut busy = Busy::default();
        report(&mut busy, 0, Activity::Idle, 500, 100);
        assert_eq!(busy.since_last_look(at(0)), work(0.0, 0.0));
        report(&mut busy, 60, Activity::Idle, 510, 102);
        assert_eq!(busy.since_last_look(at(60)), work(10.0, 2.0));
        // An hour of nothing is nothing.
        assert_eq!(busy.since_last_look(at(3_660)), work(0.0, 0.0));
    }

    #[test]
    fn counters_that_go_back_begin_anew() {
        let mut busy = Busy::default();
        report(&mut busy, 0, Activity::Idle, 500, 100);
        report(&mut busy, 1, Activity::Idle, 3, 101);
        report(&mut busy, 2, Activity::Idle, 4, 1);
        assert_eq!(busy.since_last_look(at(2)), work(0.0, 0.0));
        report(&mut busy, 4, Activity::Idle, 6, 2);
        assert_eq!(busy.since_last_look(at(4)), work(2.0, 1.0));
    }

    #[test]
    fn what_is_under_way_counts_as_it_goes() {
        let mut busy = Busy::default();
        report(&mut busy, 0, Activity::Busy, 0, 0);
        assert_eq!(busy.since_last_look(at(4)), work(0.0, 4.0));
        assert_eq!(busy.since_last_look(at(8)), work(0.0, 4.0));
        // It was done at second 7, as is heard now.
        report(&mut busy, 10, Activity::Idle, 1, 7);
        assert_eq!(busy.since_last_look(at(12)), work(1.0, -1.0));
    }

    #[test]
    fn a_worker_that_measures_nothing_counts_as_silent() {
        let mut busy = Busy::default();
        report(&mut busy, 0, Activity::Busy, 0, 0);
        assert!(busy.times(WorkerId(1)));
        report(&mut busy, 1, Activity::Busy, 10, 0);
        assert!(!busy.times(WorkerId(1)));
        assert_eq!(busy.since_last_look(at(2)), work(0.0, 0.0));
        busy.on_exited(WorkerId(1));
        assert!(busy.workers.is_empty());
    }
}
