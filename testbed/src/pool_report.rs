//! What the controller answers on `/api/v1/pools`, as far as a run reads it.
//!
//! Types of their own rather than the controller's, so that a renamed key fails here as it would
//! fail a user's script.

use serde::Deserialize;

/// The whole answer.
#[derive(Clone, Debug, Deserialize)]
pub struct PoolsReport {
    /// The machine; nothing before it has first been looked at.
    pub host: Option<HostReport>,
    /// Every pool.
    pub pools: Vec<PoolReport>,
}

/// The machine.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct HostReport {
    /// Of all its CPUs, 0 to 1.
    pub cpu_ratio: f64,
}

/// One pool.
#[derive(Clone, Debug, Deserialize)]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// `running`, `degraded`, `backing_off`, `paused`, `stopping` or `ended`.
    pub state: String,
    /// `rest`, `calm` or `alert`.
    pub attention: String,
    /// Whether the controller reaches the broker.
    pub broker_connected: bool,
    /// How old the last good sample is.
    pub sample_age_seconds: Option<f64>,
    /// Messages waiting.
    pub ready: Option<u64>,
    /// Messages delivered and not acknowledged.
    pub in_flight: Option<u64>,
    /// Messages per second.
    pub arrival_rate: Option<f64>,
    /// What the strategy asks for.
    pub demand: u32,
    /// The number of workers wanted.
    pub desired: u32,
    /// Workers by state.
    pub workers: WorkersReport,
    /// Every worker.
    pub fleet: Vec<WorkerReport>,
    /// What is wrong at the moment.
    pub last_error: Option<String>,
    /// Counts since the controller started.
    pub totals: TotalsReport,
}

/// Workers by state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkersReport {
    /// Spawned.
    pub starting: u32,
    /// Consuming.
    pub ready: u32,
    /// Told to stop.
    pub draining: u32,
}

impl WorkersReport {
    /// Every process.
    #[must_use]
    pub fn all(self) -> u32 {
        self.starting + self.ready + self.draining
    }
}

/// One worker.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkerReport {
    /// Its number.
    pub id: u64,
    /// Its process.
    pub pid: Option<i32>,
    /// `starting`, `ready` or `draining`.
    pub state: String,
    /// How long it has been there.
    pub age_seconds: Option<f64>,
    /// Resident memory.
    pub memory_bytes: Option<u64>,
}

/// Counts since the controller started.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct TotalsReport {
    /// Messages counted on their way in.
    pub arrivals: u64,
    /// Good samples.
    pub samples: u64,
    /// Decisions that moved workers.
    pub scale_actions: u64,
    /// Workers started and drained.
    pub workers_moved: u64,
    /// The most at once.
    pub workers_peak: u32,
    /// Time lived by all workers.
    pub worker_seconds: f64,
}
