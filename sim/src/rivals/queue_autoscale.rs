//! cboxdk/laravel-queue-autoscale with its hybrid strategy: Little's law for the arrivals, and the
//! backlog against what is left of the promised pickup time.
//!
//! Documented in its own source, <https://github.com/cboxdk/laravel-queue-autoscale> (July 2026):
//! `src/Scaling/Strategies/HybridStrategy.php`, `src/Scaling/Calculators/`,
//! `src/Manager/AutoscaleManager.php`, the defaults of `config/queue-autoscale.php` and of its
//! `BalancedProfile`. Every 5 s: workers = ⌈max(λ·s, drain)⌉; one more where 90 % are busy and it
//! would not grow; down by one at a time while the throughput is steady, else by a quarter; no
//! change of direction within 60 s, but up when the promise is broken. `queue_arrivals.rs` has its
//! λ.
//!
//! Chosen for it: the promise is the workload's own, at least the second that its whole seconds
//! allow; the time of a job, s, is known (it takes jobs under 10 ms for a measuring error and falls
//! back on a configured time, which a user would set to s); it may go to `min` 0. On one host it
//! keeps no pickup times and no spawn latencies, so the oldest message's age, in whole seconds, and
//! its fallback of 2 s stand for them. Which worker goes is not documented: those that are idle.
//! Left out: retries, its failure fuse and its CPU and memory limits, for nothing here fails or
//! fills a host.

use std::collections::VecDeque;
use std::time::Duration;

use super::queue_arrivals::Arrivals;
use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, QueueSeen, Rival, Seen, Victims, WorkersSeen};

/// `manager.evaluation_interval_seconds`.
const EVALUATION_INTERVAL: Duration = Duration::from_secs(5);

/// `scaling.cooldown_seconds`.
const COOLDOWN: Duration = Duration::from_secs(60);

/// `scaling.breach_threshold`: below this share of the promise the backlog waits.
const BREACH_THRESHOLD: f64 = 0.5;

/// `spawn_compensation.fallback_seconds`.
const SPAWN_SECONDS: f64 = 2.0;

/// `workers.shutdown_timeout_seconds`.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// `TargetSmoother`: throughputs that it looks at, and how many it needs.
const THROUGHPUTS: usize = 10;
const THROUGHPUTS_NEEDED: usize = 3;

/// `TargetSmoother`: a coefficient of variation below this is steady.
const STEADY: f64 = 0.05;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

#[derive(Debug)]
pub(super) struct QueueAutoscale {
    evaluation: Rhythm,
    min: u32,
    max: u32,
    job_seconds: f64,
    promise_seconds: f64,
    arrivals: Arrivals,
    throughputs: VecDeque<f64>,
    target_before: Option<u32>,
    scaled: Option<(Duration, Direction)>,
    workers: u32,
}

impl QueueAutoscale {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            evaluation: Rhythm::new(EVALUATION_INTERVAL, facts.phase),
            min: facts.min,
            max: facts.max,
            job_seconds: 1.0 / facts.worker_rate,
            promise_seconds: facts.slo.as_secs_f64().round().max(1.0),
            arrivals: Arrivals::default(),
            throughputs: VecDeque::new(),
            target_before: None,
            scaled: None,
            workers: facts.min,
        }
    }

    fn evaluate(&mut self, now: Duration, queue: &QueueSeen, workers: &WorkersSeen) {
        let age_seconds = queue.oldest_age.as_secs() as f64;
        let arrivals = self
            .arrivals
            .estimate(now, queue, age_seconds, self.promise_seconds);
        let wanted = self.wanted(queue.ready as f64, age_seconds, arrivals.rate, workers);
        let target = self.smoothed(wanted, arrivals.throughput);
        let broken = age_seconds > 0.0 && age_seconds >= self.promise_seconds;
        self.scale(now, target, broken);
    }

    /// `HybridStrategy::calculateTargetWorkers`.
    fn wanted(&self, ready: f64, age_seconds: f64, rate: f64, workers: &WorkersSeen) -> u32 {
        let steady = rate * self.job_seconds;
        let mut wanted = steady.max(self.drain(ready, age_seconds));
        if ready > 0.0 && self.workers == 0 {
            wanted = wanted.max(1.0);
        }
        let active = f64::from(self.workers);
        let mostly_busy =
            workers.ready > 0 && f64::from(workers.busy) / f64::from(workers.ready) >= 0.9;
        if mostly_busy && wanted <= active {
            wanted = active + 1.0;
        }
        (wanted.ceil() as u32).clamp(self.min, self.max.max(self.min))
    }

    /// `BacklogDrainCalculator`: workers that clear the backlog in what is left of the promise,
    /// more of them the less is left.
    fn drain(&self, ready: f64, age_seconds: f64) -> f64 {
        if ready == 0.0 {
            return 0.0;
        }
        let promise = (self.promise_seconds - SPAWN_SECONDS).max(1.0);
        if age_seconds == 0.0 {
            return ready / (promise / self.job_seconds).max(1.0);
        }
        let progress = (age_seconds / promise).min(1.5);
        if progress < BREACH_THRESHOLD {
            return 0.0;
        }
        let left = promise - age_seconds;
        let workers = if left > 0.0 {
            ready / (left / self.job_seconds).max(1.0)
        } else {
            ready / self.job_seconds.max(0.1)
        };
        workers * (1.0 + 8.0 * (progress - 0.5).powi(2)).min(5.0)
    }

    /// `TargetSmoother`: while the throughput is steady, at most one less than the last time.
    fn smoothed(&mut self, wanted: u32, throughput: f64) -> u32 {
        self.throughputs.push_back(throughput);
        if self.throughputs.len() > THROUGHPUTS {
            self.throughputs.pop_front();
        }
        let target = match self.target_before {
            Some(before) if wanted < before && self.is_steady() => wanted.max(before - 1),
            _ => wanted,
        };
        self.target_before = Some(target);
        target
    }

    fn is_steady(&self) -> bool {
        let count = self.throughputs.len() as f64;
        let mean = self.throughputs.iter().sum::<f64>() / count;
        if self.throughputs.len() < THROUGHPUTS_NEEDED || mean <= 0.0 {
            return false;
        }
        let squares: f64 = self
            .throughputs
            .iter()
            .map(|throughput| (throughput - mean).powi(2))
            .sum();
        (squares / count).sqrt() / mean < STEADY
    }

    /// `AutoscaleManager::evaluateQueue`: the cooldown, then `ConservativeScaleDownPolicy`.
    fn scale(&mut self, now: Duration, target: u32, promise_broken: bool) {
        let direction = match target.cmp(&self.workers) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => Direction::Up,
            std::cmp::Ordering::Less => Direction::Down,
        };
        let turns = self
            .scaled
            .is_some_and(|(at, before)| now.saturating_sub(at) < COOLDOWN && before != direction);
        if turns && !(direction == Direction::Up && promise_broken) {
            return;
        }
        let at_least = self.workers - self.workers.div_ceil(4);
        self.workers = target.max(at_least);
        self.scaled = Some((now, direction));
    }
}

impl Rival for QueueAutoscale {
    fn next_at(&self) -> Duration {
        self.evaluation.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.evaluation.strikes(now)
            && let Some(queue) = &seen.queue
        {
            self.evaluate(now, queue, &seen.workers);
        }
        self.workers
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::IdleFirst,
            grace: SHUTDOWN_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, no_workers, waiting};
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// So many per second arrive and are completed at once, and so many wait for so long.
    fn flowing(at: f64, rate: f64, ready: u64, oldest_age: u64) -> Seen {
        let mut seen = waiting(ready);
        if let Some(queue) = seen.queue.as_mut() {
            queue.completed_total = (at * rate) as u64;
            queue.arrived_total = queue.completed_total + ready;
            queue.oldest_age = seconds(oldest_age);
        }
        seen
    }

    #[test]
    fn arrivals_get_what_little_s_law_says() {
        let mut rival = QueueAutoscale::new(&facts());

        // 2 000 per second at 5 ms each: 10 workers.
        let changes = changes(&mut rival, 60.0, |at| flowing(at, 2_000.0, 0, 0));

        assert_eq!(changes, [(5.0, 10)]);
    }

    #[test]
    fn a_backlog_waits_for_half_of_the_promise_and_is_urgent_afterwards() {
        let rival = QueueAutoscale::new(&facts());

        // Promised: 10 s, less 2 s to start up. Of no age: 8 000 in 8 s at 200 per second.
        assert_eq!(rival.drain(8_000.0, 0.0), 5.0);
        assert_eq!(rival.drain(8_000.0, 3.0), 0.0);
        // At half, 4 s are left; at three quarters, 2 s, and 1 + 8·0.25² = 1.5 times as many.
        assert_eq!(rival.drain(8_000.0, 4.0), 10.0);
        assert_eq!(rival.drain(8_000.0, 6.0), 30.0);
        // Broken: a worker for each 0.1 s of backlog, three times as many.
        assert_eq!(rival.drain(8_000.0, 8.0), 240_000.0);
    }

    #[test]
    fn one_message_and_nobody_there_is_one_worker() {
        let rival = QueueAutoscale::new(&facts());

        assert_eq!(rival.wanted(1.0, 0.0, 0.0, &no_workers()), 1);
    }

    #[test]
    fn busy_workers_get_one_more() {
        let mut rival = QueueAutoscale::new(&facts());
        rival.workers = 10;
        let mut workers = no_workers();
        workers.ready = 10;

        workers.busy = 8;
        assert_eq!(rival.wanted(0.0, 0.0, 1_000.0, &workers), 5);
        workers.busy = 9;
        assert_eq!(rival.wanted(0.0, 0.0, 1_000.0, &workers), 11);
    }

    #[test]
    fn a_quarter_goes_at_a_time_and_60_s_pass_before_it_turns() {
        let mut rival = QueueAutoscale::new(&facts());
        rival.scale(seconds(0), 16, false);
        assert_eq!(rival.workers, 16);

        rival.scale(seconds(55), 0, false);
        assert_eq!(rival.workers, 16);
        rival.scale(seconds(60), 0, false);
        assert_eq!(rival.workers, 12);
        rival.scale(seconds(65), 0, false);
        assert_eq!(rival.workers, 9);
        rival.scale(seconds(70), 20, false);
        assert_eq!(rival.workers, 9, "it went down 5 s ago");
        rival.scale(seconds(70), 20, true);
        assert_eq!(rival.workers, 20, "but a broken promise turns it at once");
    }

    #[test]
    fn steady_throughput_goes_down_by_one_at_a_time() {
        let mut rival = QueueAutoscale::new(&facts());
        for _ in 0..3 {
            assert_eq!(rival.smoothed(10, 100.0), 10);
        }

        assert_eq!(rival.smoothed(4, 101.0), 9);
        assert_eq!(rival.smoothed(4, 300.0), 4, "not steady any more");
    }

    #[test]
    fn a_queue_that_does_not_answer_changes_nothing() {
        let mut rival = QueueAutoscale::new(&facts());
        rival.workers = 5;

        assert_eq!(rival.workers(Duration::ZERO, &no_data()), 5);
    }
}
