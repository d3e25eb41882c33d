//! The JSON of `/api/v1/pools`: keys may be added, none renamed.

use crate::fleet::WorkerUsage;
use crate::host::HostUsage;
use crate::metrics::labels;
use crate::snapshot::Snapshot;
use crate::source::Link;
use policy::{Activity, Decision, Health, Mode, WorkerRateSource, WorkerView};
use serde::Serialize;
use std::time::Duration;

/// The version of the answer's form.
pub const SCHEMA: u32 = 1;

/// What `/api/v1/pools` answers.
#[derive(Debug, Serialize)]
pub struct PoolsReport {
    schema: u32,
    version: &'static str,
    host: Option<HostReport>,
    pools: Vec<PoolReport>,
}

#[derive(Debug, Serialize)]
struct HostReport {
    cpu_ratio: f64,
    memory_available_bytes: u64,
}

/// What `/api/v1/pools/{name}` answers.
#[derive(Debug, Serialize)]
pub struct PoolReport {
    name: String,
    work_queue: String,
    state: PoolState,
    attention: &'static str,
    broker_connected: bool,
    sample_age_seconds: Option<f64>,
    ready: Option<u64>,
    in_flight: Option<u64>,
    backlog: Option<u64>,
    arrival_rate: Option<f64>,
    worker_rate: f64,
    worker_rate_source: Option<&'static str>,
    worker_rate_error_ratio: Option<f64>,
    start_up_seconds: Option<f64>,
    consumers: Option<u32>,
    foreign_consumers: u32,
    demand: u32,
    desired: u32,
    min: u32,
    max: u32,
    workers: WorkersReport,
    fleet: Vec<WorkerReport>,
    decision: Option<DecisionReport>,
    last_error: Option<String>,
    totals: TotalsReport,
}

/// What a pool is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum PoolState {
    Running,
    Degraded,
    BackingOff,
    Paused,
    Stopping,
    /// Its loop is gone.
    Ended,
}

#[derive(Debug, Serialize)]
struct WorkersReport {
    starting: u32,
    ready: u32,
    draining: u32,
}

#[derive(Debug, Serialize)]
struct WorkerReport {
    id: u64,
    pid: Option<u32>,
    state: &'static str,
    activity: Option<&'static str>,
    in_flight: Option<u64>,
    completed: Option<u64>,
    age_seconds: Option<f64>,
    cpu_ratio: Option<f64>,
    memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct DecisionReport {
    #[serde(flatten)]
    decision: Decision,
    explanation: String,
}

#[derive(Debug, Serialize)]
struct TotalsReport {
    arrivals: u64,
    arrival_gaps: u64,
    samples: u64,
    sample_failures: u64,
    scale_actions: u64,
    workers_moved: u64,
    workers_peak: u32,
    worker_seconds: f64,
}

/// What a pool is called and works with: what a snapshot does not hold, because it never changes.
#[derive(Clone, Debug)]
pub struct PoolFacts {
    /// Its name.
    pub name: String,
    /// The queue its workers consume.
    pub work_queue: String,
    /// μ as configured: what is shown before the first decision.
    pub worker_rate: f64,
}

/// Whether a pool's loop still turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopState {
    /// It does.
    Turning,
    /// It has ended.
    Gone,
}

impl PoolsReport {
    /// The answer for these pools; `host` where it has been looked at.
    #[must_use]
    pub fn new(host: Option<HostUsage>, pools: Vec<PoolReport>) -> Self {
        let host = host.map(|host| HostReport {
            cpu_ratio: host.cpu_ratio,
            memory_available_bytes: host.memory_available_bytes,
        });
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            host,
            pools,
        }
    }
}

impl PoolReport {
    /// The pool as of `snapshot`, with ages as of `now`.
    #[must_use]
    pub fn new(
        facts: &PoolFacts,
        snapshot: &Snapshot,
        loop_state: LoopState,
        now: Duration,
    ) -> Self {
        let Snapshot { view, totals, .. } = snapshot;
        let seen = view.observation;
        let decided = view.last_decision.as_ref();
        let basis = decided.map(|decision| decision.observation);
        Self {
            name: facts.name.clone(),
            work_queue: facts.work_queue.clone(),
            state: PoolState::of(view.mode, view.health, loop_state),
            attention: labels::attention(view.attention),
            broker_connected: snapshot.link == Link::Up,
            sample_age_seconds: snapshot.sampled_at.map(|at| age(at, now)),
            ready: seen.map(|seen| seen.ready),
            in_flight: seen.and_then(|seen| seen.in_flight),
            backlog: seen.map(|seen| seen.backlog),
            arrival_rate: seen
                .and_then(|seen| seen.arrival_rate)
                .map(policy::Rate::per_second),
            worker_rate: basis.map_or(facts.worker_rate, |basis| basis.worker_rate.per_second()),
            worker_rate_source: basis.map(|basis| labels::rate_source(basis.worker_rate_source)),
            worker_rate_error_ratio: basis.and_then(|basis| match basis.worker_rate_source {
                WorkerRateSource::Measured { error_ratio } => Some(error_ratio),
                WorkerRateSource::Given | WorkerRateSource::Prior => None,
            }),
            start_up_seconds: basis.and_then(|basis| Some(basis.start_up?.as_secs_f64())),
            consumers: snapshot.consumers,
            foreign_consumers: view.foreign_consumers,
            demand: view.demand,
            desired: view.desired,
            min: view.min,
            max: view.max,
            workers: WorkersReport {
                starting: view.starting,
                ready: view.ready,
                draining: view.draining,
            },
            fleet: view
                .workers
                .iter()
                .map(|worker| WorkerReport::new(worker, snapshot, now))
                .collect(),
            decision: decided.cloned().map(|decision| DecisionReport {
                explanation: decision.explain(),
                decision,
            }),
            last_error: snapshot.last_error.clone(),
            totals: TotalsReport {
                arrivals: totals.arrivals,
                arrival_gaps: totals.arrival_gaps,
                samples: totals.samples,
                sample_failures: totals.sample_failures,
                scale_actions: totals.scale_actions,
                workers_moved: totals.workers_moved,
                workers_peak: totals.workers_peak,
                worker_seconds: snapshot.worker_time(now).as_secs_f64(),
            },
        }
    }
}

impl WorkerReport {
    fn new(worker: &WorkerView, snapshot: &Snapshot, now: Duration) -> Self {
        let usage: Option<&WorkerUsage> = snapshot
            .usage
            .iter()
            .find(|usage| usage.worker == worker.worker);
        Self {
            id: worker.worker.0,
            pid: usage.map(|usage| usage.pid),
            state: labels::state(worker.state),
            activity: worker.status.map(|status| match status.activity {
                Activity::Idle => "idle",
                Activity::Busy => "busy",
            }),
            in_flight: worker.status.map(|status| status.in_flight),
            completed: worker.status.map(|status| status.completed),
            age_seconds: snapshot
                .born
                .get(&worker.worker)
                .map(|born| age(*born, now)),
            cpu_ratio: usage.and_then(|usage| usage.cpu_ratio),
            memory_bytes: usage.and_then(|usage| usage.memory_bytes),
        }
    }
}

impl PoolState {
    fn of(mode: Mode, health: Health, loop_state: LoopState) -> Self {
        if loop_state == LoopState::Gone {
            return Self::Ended;
        }
        match (mode, health) {
            (Mode::ShuttingDown | Mode::Done, _) => Self::Stopping,
            (Mode::Paused, _) => Self::Paused,
            (Mode::Auto | Mode::Overridden(_), Health::Degraded { .. }) => Self::Degraded,
            (Mode::Auto | Mode::Overridden(_), Health::BackingOff { .. }) => Self::BackingOff,
            (Mode::Auto | Mode::Overridden(_), Health::Healthy) => Self::Running,
        }
    }
}

fn age(at: Duration, now: Duration) -> f64 {
    now.saturating_sub(at).as_secs_f64()
}
