//! One pool's series: set from what the pool's loop knows, removed when the loop ends.

use super::families::{Metrics, saturating};
use super::labels::{
    DIRECTIONS, Direction, FAILURES, OUTCOMES, REASONS, STATES, direction, failure, outcome,
    reason, state,
};
use crate::source::Link;
use policy::{Arrivals, Decision, Exit, RateSource, SampleFailure, View, WorkerState};
use prometheus::core::{MetricVec, MetricVecBuilder};
use prometheus::{GaugeVec, IntGaugeVec};
use std::time::Duration;

/// The series of one pool. They go away with it.
#[derive(Debug)]
pub struct PoolMetrics {
    pool: String,
    families: Metrics,
}

/// What the workers of a pool use of the host; `None` where it could not be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkersUsage {
    /// Processor time, in cores.
    pub cpu_ratio: Option<f64>,
    /// Resident memory.
    pub memory_bytes: Option<u64>,
}

impl PoolMetrics {
    /// Opens the pool's counters at zero; gauges appear with their first value.
    #[must_use]
    pub fn new(families: Metrics, pool: &str) -> Self {
        let name = &[pool];
        families.arrivals_total.with_label_values(name);
        families.arrival_gaps_total.with_label_values(name);
        families.sample_duration_seconds.with_label_values(name);
        for each in REASONS {
            families
                .decisions_total
                .with_label_values(&[pool, reason(each)]);
            for way in DIRECTIONS {
                families.scale_actions_total.with_label_values(&[
                    pool,
                    direction(way),
                    reason(each),
                ]);
            }
        }
        for each in FAILURES {
            families
                .sample_failures_total
                .with_label_values(&[pool, failure(each)]);
        }
        for each in OUTCOMES {
            families.worker_exits_total.with_label_values(&[pool, each]);
        }
        Self {
            pool: pool.to_owned(),
            families,
        }
    }

    /// A look at the queue ended, well or not.
    pub fn looked(&self, took: Duration, link: Link) {
        self.families
            .sample_duration_seconds
            .with_label_values(&[&self.pool])
            .observe(took.as_secs_f64());
        self.set(
            &self.families.broker_connected,
            Some(u64::from(link == Link::Up)),
        );
    }

    /// A look gave a sample.
    pub fn sampled(&self, consumers: u32, arrivals: Arrivals) {
        let name = &[&self.pool];
        self.set(&self.families.consumers, Some(u64::from(consumers)));
        match arrivals {
            Arrivals::Counted { messages, .. } | Arrivals::AtLeast { messages, .. } => {
                self.families
                    .arrivals_total
                    .with_label_values(name)
                    .inc_by(messages);
                self.set(&self.families.count_queue_messages, Some(messages));
            }
            Arrivals::Balance => self.set(&self.families.count_queue_messages, None),
            Arrivals::Unknown => {
                self.families
                    .arrival_gaps_total
                    .with_label_values(name)
                    .inc();
                self.set(&self.families.count_queue_messages, None);
            }
        }
    }

    /// A look gave none: what only a look can tell is not known.
    pub fn sample_failed(&self, kind: SampleFailure) {
        self.families
            .sample_failures_total
            .with_label_values(&[&self.pool, failure(kind)])
            .inc();
        self.set(&self.families.consumers, None);
        self.set(&self.families.count_queue_messages, None);
    }

    /// Something was decided.
    pub fn decided(&self, decision: &Decision) {
        self.families
            .decisions_total
            .with_label_values(&[&self.pool, reason(decision.reason)])
            .inc();
    }

    /// A decision moved the fleet.
    pub fn scaled(&self, way: Direction, decision: &Decision) {
        self.families
            .scale_actions_total
            .with_label_values(&[self.pool.as_str(), direction(way), reason(decision.reason)])
            .inc();
    }

    /// A worker ended.
    pub fn worker_exited(&self, exit: Exit) {
        self.families
            .worker_exits_total
            .with_label_values(&[self.pool.as_str(), outcome(exit)])
            .inc();
    }

    /// The pool as it is; `seen` is what the last look showed, `None` where it can't be trusted.
    pub fn show(
        &self,
        view: &View,
        worker_rate: f64,
        seen: Option<&policy::Observation>,
        usage: WorkersUsage,
    ) {
        let families = &self.families;
        self.set(&families.ready_messages, seen.map(|seen| seen.ready));
        self.set(
            &families.in_flight_messages,
            seen.and_then(|seen| seen.in_flight),
        );
        // A rate that is only remembered was not measured.
        let arrival_rate = seen.and_then(|seen| match seen.arrival_rate_source {
            RateSource::Counted | RateSource::AtLeast | RateSource::Balance => seen.arrival_rate,
            RateSource::LastKnown => None,
        });
        self.set_float(
            &families.arrival_rate,
            arrival_rate.map(policy::Rate::per_second),
        );
        self.set_float(&families.worker_rate, Some(worker_rate));
        for each in STATES {
            let count = match each {
                WorkerState::Starting => view.starting,
                WorkerState::Ready => view.ready,
                WorkerState::Draining => view.draining,
            };
            families
                .workers
                .with_label_values(&[self.pool.as_str(), state(each)])
                .set(i64::from(count));
        }
        let decided = view.last_decision.as_ref();
        self.set(
            &families.workers_demand,
            decided.map(|_| u64::from(view.demand)),
        );
        self.set(
            &families.workers_desired,
            decided.map(|_| u64::from(view.desired)),
        );
        self.set(&families.workers_min, Some(u64::from(view.min)));
        self.set(&families.workers_max, Some(u64::from(view.max)));
        self.set_float(&families.worker_cpu_ratio, usage.cpu_ratio);
        self.set(&families.worker_memory_bytes, usage.memory_bytes);
    }

    fn set(&self, family: &IntGaugeVec, value: Option<u64>) {
        match value {
            Some(value) => family
                .with_label_values(&[&self.pool])
                .set(saturating(value)),
            None => remove(family, &[&self.pool]),
        }
    }

    fn set_float(&self, family: &GaugeVec, value: Option<f64>) {
        match value {
            Some(value) => family.with_label_values(&[&self.pool]).set(value),
            None => remove(family, &[&self.pool]),
        }
    }
}

impl Drop for PoolMetrics {
    fn drop(&mut self) {
        let families = &self.families;
        let name = &[self.pool.as_str()];
        for family in [
            &families.ready_messages,
            &families.in_flight_messages,
            &families.count_queue_messages,
            &families.consumers,
            &families.workers_demand,
            &families.workers_desired,
            &families.workers_min,
            &families.workers_max,
            &families.worker_memory_bytes,
            &families.broker_connected,
        ] {
            remove(family, name);
        }
        for family in [
            &families.arrival_rate,
            &families.worker_rate,
            &families.sample_age_seconds,
            &families.worker_cpu_ratio,
        ] {
            remove(family, name);
        }
        remove(&families.arrivals_total, name);
        remove(&families.arrival_gaps_total, name);
        remove(&families.sample_duration_seconds, name);
        for each in STATES {
            remove(&families.workers, &[&self.pool, state(each)]);
        }
        for each in REASONS {
            remove(&families.decisions_total, &[&self.pool, reason(each)]);
            for way in DIRECTIONS {
                remove(
                    &families.scale_actions_total,
                    &[&self.pool, direction(way), reason(each)],
                );
            }
        }
        for each in FAILURES {
            remove(
                &families.sample_failures_total,
                &[&self.pool, failure(each)],
            );
        }
        for each in OUTCOMES {
            remove(&families.worker_exits_total, &[&self.pool, each]);
        }
    }
}

/// Takes a series away; one that is not there is what was wanted.
fn remove<T: MetricVecBuilder>(family: &MetricVec<T>, labels: &[&str]) {
    family.remove_label_values(labels).ok();
}
