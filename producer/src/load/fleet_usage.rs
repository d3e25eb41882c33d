//! What the workers use, as their controller knows it: asked once a second while a run goes on,
//! beside the sending and never in its way.
//!
//! A controller that does not answer makes the figures unknown, and nothing else.

use crate::report::FleetSummary;
use api::{Controller, Error, PoolReport, Url, WorkerReport, WorkersReport};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// How often the controller is asked. It knows its workers' states at once, and what they use as of
/// its last look, every 2 s.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A controller answers within milliseconds; later than this its answer is of no use any more.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// What a pool's workers use at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetUsage {
    /// Workers that do not consume yet.
    pub starting: u32,
    /// Workers that consume.
    pub ready: u32,
    /// Workers that finish what they hold.
    pub draining: u32,
    /// What all of them use together, where it is known of each that is ready; 1 is one CPU.
    pub cpu_ratio: Option<f64>,
    /// What all of them use together.
    pub memory_bytes: Option<u64>,
}

/// Asks a controller about one pool.
#[derive(Clone, Debug)]
pub struct Fleet {
    controller: Controller,
    pool: String,
}

impl Fleet {
    /// The pool of that name at the controller whose address is `controller`.
    #[must_use]
    pub fn new(controller: Url, pool: &str) -> Self {
        Self {
            controller: Controller::new(controller, ANSWER_WITHIN),
            pool: pool.to_owned(),
        }
    }

    /// What the pool's workers use now.
    pub async fn usage(&self) -> Result<FleetUsage, Error> {
        let PoolReport { workers, fleet, .. } = self.controller.pool(&self.pool).await?;
        Ok(FleetUsage::of(workers, &fleet))
    }

    /// Asks once a second from now on. An error if there is no answer to begin with.
    pub async fn watch(self) -> Result<FleetWatch, Error> {
        let (sender, latest) = watch::channel(Some(self.usage().await?));
        let asking = tokio::spawn(async move {
            let mut tick = program::ticks(ASK_EVERY);
            // The first tick comes at once, and its answer is here already.
            tick.tick().await;
            loop {
                tick.tick().await;
                let usage = self.usage().await;
                if let (Err(error), true) = (&usage, sender.borrow().is_some()) {
                    tracing::debug!(%error, "what the workers use is unknown for a while");
                }
                if sender.send(usage.ok()).is_err() {
                    return;
                }
            }
        });
        Ok(FleetWatch {
            latest,
            asking: AbortOnDropHandle::new(asking),
        })
    }
}

/// What the workers use, kept up to date until it is dropped.
#[derive(Debug)]
pub struct FleetWatch {
    latest: watch::Receiver<Option<FleetUsage>>,
    #[expect(dead_code, reason = "held so that asking ends with this")]
    asking: AbortOnDropHandle<()>,
}

impl FleetWatch {
    /// What the last answer said; nothing while the controller does not answer.
    #[must_use]
    pub fn latest(&self) -> Option<FleetUsage> {
        *self.latest.borrow()
    }
}

/// Adds up what the workers used at several moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct FleetTally {
    count: Tally,
    cpu_ratio: Tally,
    memory_bytes: Tally,
    count_peak: u32,
}

/// The mean and the largest of some numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    samples: u64,
    sum: f64,
    max: f64,
}

impl Tally {
    fn add(&mut self, value: f64) {
        self.samples += 1;
        self.sum += value;
        self.max = self.max.max(value);
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn mean(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum / self.samples as f64)
    }

    fn peak(&self) -> Option<f64> {
        (self.samples > 0).then_some(self.max)
    }
}

impl FleetTally {
    pub fn add(&mut self, usage: &FleetUsage) {
        let count = usage.starting + usage.ready + usage.draining;
        self.count.add(f64::from(count));
        self.count_peak = self.count_peak.max(count);
        if let Some(cpu_ratio) = usage.cpu_ratio {
            self.cpu_ratio.add(cpu_ratio);
        }
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
        if let Some(memory_bytes) = usage.memory_bytes {
            self.memory_bytes.add(memory_bytes as f64);
        }
    }

    /// The mean and the peak of all moments; nothing where there were none.
    #[must_use]
    pub fn summary(&self) -> Option<FleetSummary> {
        Some(FleetSummary {
            samples: self.count.samples,
            count_peak: self.count_peak,
            count_mean: self.count.mean()?,
            cpu_ratio_mean: self.cpu_ratio.mean(),
            cpu_ratio_peak: self.cpu_ratio.peak(),
            memory_bytes_mean: self.memory_bytes.mean(),
            memory_bytes_peak: self.memory_bytes.peak(),
        })
    }
}

impl FleetUsage {
    fn of(workers: WorkersReport, fleet: &[WorkerReport]) -> Self {
        // A worker that was started a moment ago has not been measured yet: the others' sum stands.
        // A fleet of which nothing is known uses an unknown amount, and no fleet uses nothing.
        let known = |any: bool| any || fleet.is_empty();
        let cpu_ratio: Vec<f64> = fleet.iter().filter_map(|one| one.cpu_ratio).collect();
        let memory_bytes: Vec<u64> = fleet.iter().filter_map(|one| one.memory_bytes).collect();
        Self {
            starting: workers.starting,
            ready: workers.ready,
            draining: workers.draining,
            cpu_ratio: known(!cpu_ratio.is_empty()).then(|| cpu_ratio.iter().sum()),
            memory_bytes: known(!memory_bytes.is_empty()).then(|| memory_bytes.iter().sum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(cpu_ratio: Option<f64>, memory_bytes: Option<u64>) -> WorkerReport {
        WorkerReport {
            cpu_ratio,
            memory_bytes,
            ..WorkerReport::default()
        }
    }

    fn one_that_starts_and_two_that_are_ready() -> FleetUsage {
        let workers = WorkersReport {
            starting: 1,
            ready: 2,
            draining: 0,
        };
        let fleet = [
            worker(Some(0.5), Some(1000)),
            worker(Some(0.25), Some(2000)),
            worker(None, None),
        ];
        FleetUsage::of(workers, &fleet)
    }

    #[test]
    fn what_the_workers_use_is_summed() {
        let expected = FleetUsage {
            starting: 1,
            ready: 2,
            draining: 0,
            cpu_ratio: Some(0.75),
            memory_bytes: Some(3000),
        };
        assert_eq!(one_that_starts_and_two_that_are_ready(), expected);
    }

    #[test]
    fn no_workers_use_nothing_and_unmeasured_ones_an_unknown_amount() {
        let none = FleetUsage::of(WorkersReport::default(), &[]);
        assert_eq!(none.cpu_ratio, Some(0.0));
        let new = FleetUsage::of(WorkersReport::default(), &[worker(None, None)]);
        assert_eq!((new.cpu_ratio, new.memory_bytes), (None, None));
    }

    #[test]
    fn a_summary_has_means_and_peaks() {
        let mut tally = FleetTally::default();
        assert_eq!(tally.summary(), None);
        let one = one_that_starts_and_two_that_are_ready();
        tally.add(&one);
        tally.add(&FleetUsage {
            ready: 5,
            cpu_ratio: Some(1.25),
            memory_bytes: None,
            ..one
        });
        let expected = FleetSummary {
            samples: 2,
            count_peak: 6,
            count_mean: 4.5,
            cpu_ratio_mean: Some(1.0),
            cpu_ratio_peak: Some(1.25),
            memory_bytes_mean: Some(3000.0),
            memory_bytes_peak: Some(3000.0),
        };
        assert_eq!(tally.summary(), Some(expected));
    }
}
