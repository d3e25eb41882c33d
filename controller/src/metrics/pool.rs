//! One pool's series: set from what the pool's loop knows, gone with the loop.

use super::families::{Metrics, options, register, saturating};
use crate::source::Link;
use policy::{Arrivals, Decision, Exit, RateSource, Reason, SampleFailure, View, WorkerState};
use prometheus::{
    GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Registry,
};
use std::time::Duration;

/// Looks take from a tenth of a millisecond on a healthy broker to the timeout on a sick one.
const SAMPLE_DURATION_BUCKETS_SECONDS: [f64; 9] =
    [0.000_5, 0.001, 0.002_5, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

/// The pool's families, each named once: `warren_` and its name, what it is, its labels beside
/// `pool`, and its help. Each carries the pool as a constant label, so all pools share the families
/// of one registry, and a pool's series leave it with the pool.
macro_rules! families {
    ($($family:ident: $kind:ident $labels:tt $help:literal;)+) => {
        #[derive(Debug)]
        struct Families {
            $($family: $kind,)+
        }

        impl Families {
            fn register(registry: &Registry, pool: &str) -> Self {
                Self {
                    $($family: {
                        let options = options(stringify!($family), $help).const_label("pool", pool);
                        register(registry, family!($kind, options, $labels))
                    },)+
                }
            }

            fn unregister(&self, registry: &Registry) {
                // One that is not there is what was wanted.
                $(registry.unregister(Box::new(self.$family.clone())).ok();)+
            }
        }
    };
}

/// A gauge that may be absent is a vector, with or without further labels.
macro_rules! family {
    (IntCounter, $options:expr, []) => {
        IntCounter::with_opts($options)
    };
    (Histogram, $options:expr, []) => {
        Histogram::with_opts(
            HistogramOpts::from($options).buckets(SAMPLE_DURATION_BUCKETS_SECONDS.to_vec()),
        )
    };
    ($kind:ident, $options:expr, $labels:tt) => {
        $kind::new($options, &$labels)
    };
}

families! {
    ready_messages: IntGaugeVec [] "Messages waiting in the work queue";
    in_flight_messages: IntGaugeVec []
        "Messages delivered to workers and not yet acknowledged, as the workers report";
    count_queue_messages: IntGaugeVec []
        "Messages that the last purge of the count queue removed";
    arrivals_total: IntCounter [] "Messages counted on their way into the work queue";
    arrival_gaps_total: IntCounter []
        "Good samples without an arrival count, because the count queue had just been bound";
    arrival_rate: GaugeVec []
        "Messages per second entering the work queue, between the last two samples";
    worker_rate: GaugeVec [] "Messages per second that one busy worker is taken to complete";
    consumers: IntGaugeVec [] "Consumers of the work queue, whoever they belong to";
    workers: IntGaugeVec ["state"] "Workers by where they are in their life";
    workers_demand: IntGaugeVec [] "Workers that the strategy asks for, before limits";
    workers_desired: IntGaugeVec [] "Workers wanted, after limits";
    workers_min: IntGaugeVec [] "Workers that are kept at the least";
    workers_max: IntGaugeVec [] "Starting and ready workers that are allowed at the most";
    scale_actions_total: IntCounterVec ["direction", "reason"]
        "Decisions that started or drained workers, by direction and reason";
    worker_exits_total: IntCounterVec ["outcome"] "Workers that ended, by how";
    sample_failures_total: IntCounterVec ["kind"] "Looks at the queue that failed, by why";
    sample_duration_seconds: Histogram [] "Time that one look at the queue took, good or failed";
    decisions_total: IntCounterVec ["reason"] "Decisions, by what settled them";
    worker_cpu_ratio: GaugeVec []
        "Processor time used by all workers of the pool together; 1 is one core";
    worker_memory_bytes: IntGaugeVec [] "Resident memory of all workers of the pool together";
    broker_connected: IntGaugeVec [] "1 while the pool's connection to the broker stands, else 0";
}

/// The series of one pool. They go away with it.
#[derive(Debug)]
pub struct PoolMetrics {
    pool: String,
    metrics: Metrics,
    families: Families,
}

/// Which way a decision moved the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// What the workers of a pool use of the host; `None` where it could not be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkersUsage {
    /// Processor time, in cores.
    pub cpu_ratio: Option<f64>,
    pub memory_bytes: Option<u64>,
}

impl PoolMetrics {
    /// Opens every counter at zero: one that appears together with its first count hides that count
    /// from `rate()`. Gauges appear with their first value.
    #[must_use]
    pub fn new(metrics: Metrics, pool: &str) -> Self {
        let families = Families::register(&metrics.registry, pool);
        for reason in Reason::ALL {
            let reason = reason.as_str();
            families.decisions_total.with_label_values(&[reason]);
            for direction in [Direction::Up, Direction::Down] {
                families
                    .scale_actions_total
                    .with_label_values(&[direction.as_str(), reason]);
            }
        }
        for failure in SampleFailure::ALL {
            families
                .sample_failures_total
                .with_label_values(&[failure.as_str()]);
        }
        for exit in [Exit::Code(0), Exit::Code(1), Exit::Signal(9), Exit::Unseen] {
            families
                .worker_exits_total
                .with_label_values(&[outcome(exit)]);
        }
        Self {
            pool: pool.to_owned(),
            metrics,
            families,
        }
    }

    /// A look at the queue ended, well or not.
    pub fn looked(&self, took: Duration, link: Link) {
        let families = &self.families;
        families.sample_duration_seconds.observe(took.as_secs_f64());
        set(
            &families.broker_connected,
            Some(u64::from(link == Link::Up)),
        );
    }

    /// A look gave a sample.
    pub fn sampled(&self, consumers: u32, arrivals: Arrivals) {
        let families = &self.families;
        set(&families.consumers, Some(u64::from(consumers)));
        let counted = match arrivals {
            Arrivals::Counted { messages, .. } | Arrivals::AtLeast { messages, .. } => {
                families.arrivals_total.inc_by(messages);
                Some(messages)
            }
            Arrivals::Balance => None,
            Arrivals::Unknown => {
                families.arrival_gaps_total.inc();
                None
            }
        };
        set(&families.count_queue_messages, counted);
    }

    /// A look gave none: what only a look can tell is not known.
    pub fn sample_failed(&self, kind: SampleFailure) {
        let families = &self.families;
        families
            .sample_failures_total
            .with_label_values(&[kind.as_str()])
            .inc();
        set(&families.consumers, None);
        set(&families.count_queue_messages, None);
    }

    pub fn decided(&self, decision: &Decision) {
        self.families
            .decisions_total
            .with_label_values(&[decision.reason.as_str()])
            .inc();
    }

    /// A decision moved the fleet.
    pub fn scaled(&self, direction: Direction, decision: &Decision) {
        self.families
            .scale_actions_total
            .with_label_values(&[direction.as_str(), decision.reason.as_str()])
            .inc();
    }

    pub fn worker_exited(&self, exit: Exit) {
        self.families
            .worker_exits_total
            .with_label_values(&[outcome(exit)])
            .inc();
    }

    /// The pool as it is; `seen` is what the last look showed, `None` where it can't be trusted.
    pub fn show(&self, view: &View, seen: Option<&policy::Observation>, usage: WorkersUsage) {
        let families = &self.families;
        set(&families.ready_messages, seen.map(|seen| seen.ready));
        set(
            &families.in_flight_messages,
            seen.and_then(|seen| seen.in_flight),
        );
        // A rate that is only remembered was not measured.
        let arrival_rate = seen.and_then(|seen| match seen.arrival_rate_source {
            RateSource::Counted | RateSource::AtLeast | RateSource::Balance => seen.arrival_rate,
            RateSource::LastKnown => None,
        });
        set_float(
            &families.arrival_rate,
            arrival_rate.map(policy::Rate::per_second),
        );
        set_float(&families.worker_rate, Some(view.worker_rate.per_second()));
        for state in WorkerState::ALL {
            let count = match state {
                WorkerState::Starting => view.starting,
                WorkerState::Ready => view.ready,
                WorkerState::Draining => view.draining,
            };
            families
                .workers
                .with_label_values(&[state.as_str()])
                .set(i64::from(count));
        }
        let decided = view.last_decision.as_ref();
        set(
            &families.workers_demand,
            decided.map(|_| u64::from(view.demand)),
        );
        set(
            &families.workers_desired,
            decided.map(|_| u64::from(view.desired)),
        );
        set(&families.workers_min, Some(u64::from(view.min)));
        set(&families.workers_max, Some(u64::from(view.max)));
        set_float(&families.worker_cpu_ratio, usage.cpu_ratio);
        set(&families.worker_memory_bytes, usage.memory_bytes);
    }
}

impl Drop for PoolMetrics {
    fn drop(&mut self) {
        self.families.unregister(&self.metrics.registry);
        // Set from outside, at each scrape; there may never have been one.
        self.metrics
            .sample_age_seconds
            .remove_label_values(&[&self.pool])
            .ok();
    }
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }
}

fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Code(0) => "ok",
        Exit::Code(_) => "error",
        Exit::Signal(_) => "signal",
        Exit::Unseen => "unseen",
    }
}

fn set(family: &IntGaugeVec, value: Option<u64>) {
    match value {
        Some(value) => family.with_label_values::<&str>(&[]).set(saturating(value)),
        None => family.reset(),
    }
}

fn set_float(family: &GaugeVec, value: Option<f64>) {
    match value {
        Some(value) => family.with_label_values::<&str>(&[]).set(value),
        None => family.reset(),
    }
}
