//! A pool as its loop last left it: what the HTTP interface answers from.
//!
//! The loop publishes one of these after everything that happens, through a `watch` channel, so
//! that no reader ever waits for the loop nor the loop for a reader.

use crate::fleet::WorkerUsage;
use crate::source::Link;
use policy::{View, WorkerId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A pool at one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When the loop last turned, which is also when this was published.
    pub turned_at: Duration,
    pub view: View,
    pub noted: Noted,
    /// What last went wrong and still does.
    pub last_error: Option<String>,
}

/// What the loop has noted beside the policy. Cheap to clone: that is done after everything that
/// happens, and each worker reports five times a second.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// The connection to the broker.
    pub link: Link,
    /// When the last good sample was taken; `None` before the first.
    pub sampled_at: Option<Duration>,
    /// Consumers of the work queue at the last good sample, whoever they belong to.
    pub consumers: Option<u32>,
    /// What each worker uses of the host.
    pub usage: Arc<[WorkerUsage]>,
    /// Since when each worker is known.
    pub born: Arc<BTreeMap<WorkerId, Duration>>,
    /// Counts since the controller started.
    pub totals: Totals,
}

/// Counts of a pool since the controller started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Messages counted on their way into the work queue.
    pub arrivals: u64,
    /// Good samples that had no count of arrivals.
    pub arrival_gaps: u64,
    pub samples: u64,
    /// Looks that gave none.
    pub sample_failures: u64,
    /// Decisions that started or drained workers.
    pub scale_actions: u64,
    /// Workers started, and workers drained by decisions.
    pub workers_moved: u64,
    /// The most workers that were starting and ready at once.
    pub workers_peak: u32,
    /// Time lived by the workers that have ended.
    pub ended_worker_time: Duration,
}

impl Snapshot {
    /// Before anything has happened.
    #[must_use]
    pub fn new(view: View, now: Duration) -> Self {
        Self {
            turned_at: now,
            view,
            noted: Noted::default(),
            last_error: None,
        }
    }

    /// Time lived by all workers so far, ended ones and those alive.
    #[must_use]
    pub fn worker_time(&self, now: Duration) -> Duration {
        let Noted { born, totals, .. } = &self.noted;
        born.values()
            .map(|born| now.saturating_sub(*born))
            .fold(totals.ended_worker_time, |sum, age| sum + age)
    }
}
