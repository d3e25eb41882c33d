//! What a run is measured by, from its first event to its last.

use super::fleet::Counts;
use super::queue::Message;
use super::steps::Steps;
use super::worker::Worker;
use crate::summary::Summary;
use crate::workload::{Workload, workers_for};
use hdrhistogram::Histogram;
use std::time::Duration;

/// Waits above this are all the same: a day.
const WAIT_MAX_MICROSECONDS: u64 = 24 * 60 * 60 * 1_000_000;

/// Waits are known to three digits.
const WAIT_DIGITS: u8 = 3;

#[derive(Debug)]
pub(crate) struct Meter {
    waits: Histogram<u64>,
    wait_sum_seconds: f64,
    wait_max: Duration,
    over_slo: u64,
    slo: Duration,
    pub(crate) completed: u64,
    pub(crate) worker_seconds: f64,
    pub(crate) workers_peak: u32,
    pub(crate) workers_moved: u64,
    pub(crate) scale_actions: u64,
    pub(crate) busy_killed: u64,
    pub(crate) busy_drained: u64,
    pub(crate) steps: Steps,
    first_arrival: Option<Duration>,
    enough_after: Option<Duration>,
}

impl Meter {
    pub(crate) fn new(workload: &Workload) -> Self {
        Self {
            waits: Histogram::new_with_bounds(1, WAIT_MAX_MICROSECONDS, WAIT_DIGITS)
                .expect("from a microsecond to a day, with three digits, is a histogram"),
            wait_sum_seconds: 0.0,
            wait_max: Duration::ZERO,
            over_slo: 0,
            slo: workload.slo,
            completed: 0,
            worker_seconds: 0.0,
            workers_peak: 0,
            workers_moved: 0,
            scale_actions: 0,
            busy_killed: 0,
            busy_drained: 0,
            steps: Steps::of(workload),
            first_arrival: None,
            enough_after: None,
        }
    }

    /// A message was done that a worker had begun with at this time.
    pub(crate) fn on_completed(&mut self, message: Message, began_at: Duration) {
        self.completed += 1;
        self.note_wait(began_at.saturating_sub(message.arrived_at));
    }

    /// A message that was never done has waited until it was begun with, or until the end.
    pub(crate) fn note_wait(&mut self, wait: Duration) {
        let microseconds = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.waits.saturating_record(microseconds);
        self.wait_sum_seconds += wait.as_secs_f64();
        self.wait_max = self.wait_max.max(wait);
        if wait > self.slo {
            self.over_slo += 1;
        }
    }

    /// A worker is gone, or the run ends with it.
    pub(crate) fn note_worker(&mut self, worker: &Worker, now: Duration) {
        self.worker_seconds += now.saturating_sub(worker.started_at).as_secs_f64();
    }

    pub(crate) fn on_arrival(&mut self, now: Duration) {
        self.first_arrival.get_or_insert(now);
    }

    /// Looks whether there are enough workers by now.
    pub(crate) fn note_workers(&mut self, now: Duration, counts: Counts, workload: &Workload) {
        self.workers_peak = self.workers_peak.max(counts.wanted());
        if let (Some(first), None) = (self.first_arrival, self.enough_after) {
            let rate = workload.rate.rate_at(now);
            let needed = workers_for(rate, workload.service.mean);
            // In a pause, none are needed, which says nothing of those that were.
            if needed > 0 && counts.ready >= needed {
                self.enough_after = Some(now - first);
            }
        }
    }

    /// The numbers in the end. A run that measured no message waited for nothing.
    pub(crate) fn summary(
        &self,
        workload: &Workload,
        policy: &str,
        seed: u64,
        floor_worker_seconds: f64,
        messages: u64,
    ) -> Summary {
        let wait_at = |quantile| self.waits.value_at_quantile(quantile) as f64 / 1e6;
        let share = |count: f64| match self.waits.len() {
            0 => 0.0,
            waits => count / waits as f64,
        };
        Summary {
            workload: workload.name.clone(),
            policy: policy.to_owned(),
            seed,
            messages,
            wait_mean_seconds: share(self.wait_sum_seconds),
            wait_p50_seconds: wait_at(0.5),
            wait_p99_seconds: wait_at(0.99),
            wait_max_seconds: self.wait_max.as_secs_f64(),
            over_slo_ratio: share(self.over_slo as f64),
            worker_seconds: self.worker_seconds,
            floor_worker_seconds,
            workers_peak: self.workers_peak,
            workers_moved: self.workers_moved,
            scale_actions: self.scale_actions,
            enough_workers_seconds: self.enough_after.map(|after| after.as_secs_f64()),
            busy_killed: self.busy_killed,
            busy_drained: self.busy_drained,
            unfinished: messages - self.completed,
            step_gap_workers: self.steps.furthest(),
        }
    }
}
