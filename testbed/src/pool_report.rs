//! What the controller answers on `/api/v1/pools`, as far as a run reads it.
//!
//! Types of their own rather than the controller's, so that a renamed key fails here as it would
//! fail a user's script.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub struct PoolsReport {
    /// Absent until the first reading.
    pub host: Option<HostReport>,
    pub pools: Vec<PoolReport>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct HostReport {
    /// 0 to 1, over all CPUs.
    pub cpu_ratio: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PoolReport {
    pub name: String,
    /// `running`, `degraded`, `backing_off`, `paused`, `stopping` or `ended`.
    pub state: String,
    /// `idle`, `normal` or `fast`.
    pub polling: String,
    /// Whether the controller reaches the broker.
    pub broker_connected: bool,
    pub sample_age_seconds: Option<f64>,
    pub ready: Option<u64>,
    /// Messages delivered and not acknowledged.
    pub in_flight: Option<u64>,
    /// Messages per second.
    pub arrival_rate: Option<f64>,
    /// Workers that the strategy asks for, before any limit.
    pub demand: u32,
    pub desired: u32,
    pub workers: WorkersReport,
    pub fleet: Vec<WorkerReport>,
    /// What is wrong at the moment.
    pub last_error: Option<String>,
    /// Counted since the controller started.
    pub totals: TotalsReport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkersReport {
    /// Spawned, and not yet consuming.
    pub starting: u32,
    pub ready: u32,
    pub draining: u32,
}

impl WorkersReport {
    #[must_use]
    pub fn all(self) -> u32 {
        self.starting + self.ready + self.draining
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct WorkerReport {
    pub id: u64,
    pub pid: Option<i32>,
    /// `starting`, `ready` or `draining`.
    pub state: String,
    pub age_seconds: Option<f64>,
    pub memory_bytes: Option<u64>,
}

/// Counted since the controller started.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct TotalsReport {
    /// Messages counted on their way in.
    pub arrivals: u64,
    pub samples: u64,
    /// Decisions that started or drained workers.
    pub scale_actions: u64,
    /// Workers started and drained.
    pub workers_moved: u64,
    pub workers_peak: u32,
    /// Summed over all workers.
    pub worker_seconds: f64,
}
