//! The answers of `/api/v1/pools` from what a pool's loop publishes.

use crate::fleet::WorkerUsage;
use crate::snapshot::{Noted, Snapshot};
use crate::source::Link;
use api::{
    DecisionReport, HostReport, PoolReport, PoolState, PoolsReport, TotalsReport, WorkerRateKind,
    WorkerReport, WorkersReport,
};
use policy::{Health, HostUsage, PoolMode, WorkerRateSource, WorkerView};
use std::time::Duration;

/// What a pool is called and works with: what a snapshot does not hold, because it never changes.
#[derive(Clone, Debug)]
pub struct PoolFacts {
    pub name: String,
    /// The queue its workers consume.
    pub work_queue: String,
}

/// Whether a pool's loop still turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopState {
    Turning,
    Gone,
}

/// Every pool; `host` where it has been looked at.
pub(crate) fn of_all(host: Option<HostUsage>, pools: Vec<PoolReport>) -> PoolsReport {
    PoolsReport {
        schema: api::SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: host.map(|host| HostReport {
            cpu_ratio: host.cpu_ratio,
            memory_available_bytes: host.memory_available_bytes,
        }),
        pools,
    }
}

/// The pool as of `snapshot`, with ages as of `now`.
pub(crate) fn of_pool(
    facts: &PoolFacts,
    snapshot: &Snapshot,
    loop_state: LoopState,
    now: Duration,
) -> PoolReport {
    let Snapshot { view, noted, .. } = snapshot;
    let totals = &noted.totals;
    let seen = view.observation;
    let decided = view.last_decision.as_ref();
    let basis = decided.map(|decision| decision.observation);
    let rate_source = basis.map(|basis| basis.worker_rate_source);
    PoolReport {
        name: facts.name.clone(),
        work_queue: facts.work_queue.clone(),
        state: state(view.mode, view.health, loop_state),
        polling: view.polling,
        broker_connected: noted.link == Link::Up,
        sample_age_seconds: noted.sampled_at.map(|at| age(at, now)),
        ready: seen.map(|seen| seen.ready),
        in_flight: seen.and_then(|seen| seen.in_flight),
        backlog: seen.map(|seen| seen.backlog),
        arrival_rate: seen
            .and_then(|seen| seen.arrival_rate)
            .map(policy::Rate::per_second),
        worker_rate: view.worker_rate.per_second(),
        worker_rate_source: rate_source.map(|source| match source {
            WorkerRateSource::Given => WorkerRateKind::Given,
            WorkerRateSource::Prior => WorkerRateKind::Prior,
            WorkerRateSource::Measured { .. } => WorkerRateKind::Measured,
        }),
        worker_rate_error_ratio: rate_source.and_then(|source| match source {
            WorkerRateSource::Measured { error_ratio } => Some(error_ratio),
            WorkerRateSource::Given | WorkerRateSource::Prior => None,
        }),
        start_up_seconds: basis.and_then(|basis| Some(basis.start_up?.as_secs_f64())),
        consumers: noted.consumers,
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
            .map(|worker| of_worker(worker, noted, now))
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

fn of_worker(worker: &WorkerView, noted: &Noted, now: Duration) -> WorkerReport {
    let mut usage = noted.usage.iter();
    let usage: Option<&WorkerUsage> = usage.find(|usage| usage.worker == worker.worker);
    WorkerReport {
        id: worker.worker.0,
        pid: usage.map(|usage| usage.pid),
        state: worker.state,
        activity: worker.status.map(|status| status.activity),
        in_flight: worker.status.map(|status| status.in_flight),
        completed: worker.status.map(|status| status.completed),
        age_seconds: noted.born.get(&worker.worker).map(|born| age(*born, now)),
        cpu_ratio: usage.and_then(|usage| usage.cpu_ratio),
        memory_bytes: usage.and_then(|usage| usage.memory_bytes),
    }
}

fn state(mode: PoolMode, health: Health, loop_state: LoopState) -> PoolState {
    if loop_state == LoopState::Gone {
        return PoolState::Ended;
    }
    match (mode, health) {
        (PoolMode::ShuttingDown | PoolMode::Done, _) => PoolState::Stopping,
        (PoolMode::Paused, _) => PoolState::Paused,
        (PoolMode::Auto | PoolMode::Overridden(_), Health::Degraded { .. }) => PoolState::Degraded,
        (PoolMode::Auto | PoolMode::Overridden(_), Health::BackingOff { .. }) => {
            PoolState::BackingOff
        }
        (PoolMode::Auto | PoolMode::Overridden(_), Health::Healthy) => PoolState::Running,
    }
}

fn age(at: Duration, now: Duration) -> f64 {
    now.saturating_sub(at).as_secs_f64()
}
