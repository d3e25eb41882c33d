//! The families: their names, their helps, and the registry they stand in.

use policy::HostUsage;
use prometheus::core::Collector;
use prometheus::{
    Encoder, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::time::Duration;

/// Looks take from a tenth of a millisecond on a healthy broker to the timeout on a sick one.
const SAMPLE_DURATION_BUCKETS_SECONDS: [f64; 9] =
    [0.000_5, 0.001, 0.002_5, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

/// Every family of the controller.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    pub(super) ready_messages: IntGaugeVec,
    pub(super) in_flight_messages: IntGaugeVec,
    pub(super) count_queue_messages: IntGaugeVec,
    pub(super) arrivals_total: IntCounterVec,
    pub(super) arrival_gaps_total: IntCounterVec,
    pub(super) arrival_rate: GaugeVec,
    pub(super) worker_rate: GaugeVec,
    pub(super) consumers: IntGaugeVec,
    pub(super) workers: IntGaugeVec,
    pub(super) workers_demand: IntGaugeVec,
    pub(super) workers_desired: IntGaugeVec,
    pub(super) workers_min: IntGaugeVec,
    pub(super) workers_max: IntGaugeVec,
    pub(super) scale_actions_total: IntCounterVec,
    pub(super) worker_exits_total: IntCounterVec,
    pub(super) sample_failures_total: IntCounterVec,
    pub(super) sample_age_seconds: GaugeVec,
    pub(super) sample_duration_seconds: HistogramVec,
    pub(super) decisions_total: IntCounterVec,
    pub(super) worker_cpu_ratio: GaugeVec,
    pub(super) worker_memory_bytes: IntGaugeVec,
    pub(super) broker_connected: IntGaugeVec,
    host_cpu_ratio: GaugeVec,
    host_memory_available_bytes: IntGaugeVec,
}

impl Metrics {
    /// Registers everything on a new registry.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let build_info = int_gauge(
            &registry,
            "build_info",
            "Always 1; the version is in the label",
            &["version"],
        );
        build_info
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        let pool: &[&str] = &["pool"];
        Self {
            ready_messages: int_gauge(
                &registry,
                "ready_messages",
                "Messages waiting in the work queue",
                pool,
            ),
            in_flight_messages: int_gauge(
                &registry,
                "in_flight_messages",
                "Messages delivered to workers and not yet acknowledged, as the workers report",
                pool,
            ),
            count_queue_messages: int_gauge(
                &registry,
                "count_queue_messages",
                "Messages that the last purge of the count queue removed",
                pool,
            ),
            arrivals_total: counter(
                &registry,
                "arrivals_total",
                "Messages counted on their way into the work queue",
                pool,
            ),
            arrival_gaps_total: counter(
                &registry,
                "arrival_gaps_total",
                "Good samples without an arrival count, because the count queue had just been bound",
                pool,
            ),
            arrival_rate: gauge(
                &registry,
                "arrival_rate",
                "Messages per second entering the work queue, between the last two samples",
                pool,
            ),
            worker_rate: gauge(
                &registry,
                "worker_rate",
                "Messages per second that one busy worker is taken to complete",
                pool,
            ),
            consumers: int_gauge(
                &registry,
                "consumers",
                "Consumers of the work queue, whoever they belong to",
                pool,
            ),
            workers: int_gauge(
                &registry,
                "workers",
                "Workers by where they are in their life",
                &["pool", "state"],
            ),
            workers_demand: int_gauge(
                &registry,
                "workers_demand",
                "Workers that the strategy asks for, before limits",
                pool,
            ),
            workers_desired: int_gauge(
                &registry,
                "workers_desired",
                "Workers wanted, after limits",
                pool,
            ),
            workers_min: int_gauge(
                &registry,
                "workers_min",
                "Workers that are kept at the least",
                pool,
            ),
            workers_max: int_gauge(
                &registry,
                "workers_max",
                "Starting and ready workers that are allowed at the most",
                pool,
            ),
            scale_actions_total: counter(
                &registry,
                "scale_actions_total",
                "Decisions that started or drained workers, by direction and reason",
                &["pool", "direction", "reason"],
            ),
            worker_exits_total: counter(
                &registry,
                "worker_exits_total",
                "Workers that ended, by how",
                &["pool", "outcome"],
            ),
            sample_failures_total: counter(
                &registry,
                "sample_failures_total",
                "Looks at the queue that failed, by why",
                &["pool", "kind"],
            ),
            sample_age_seconds: gauge(
                &registry,
                "sample_age_seconds",
                "Time since the last good sample",
                pool,
            ),
            sample_duration_seconds: register(
                &registry,
                HistogramVec::new(
                    HistogramOpts::new(
                        "warren_sample_duration_seconds",
                        "Time that one look at the queue took, good or failed",
                    )
                    .buckets(SAMPLE_DURATION_BUCKETS_SECONDS.to_vec()),
                    pool,
                ),
            ),
            decisions_total: counter(
                &registry,
                "decisions_total",
                "Decisions, by what settled them",
                &["pool", "reason"],
            ),
            worker_cpu_ratio: gauge(
                &registry,
                "worker_cpu_ratio",
                "Processor time used by all workers of the pool together; 1 is one core",
                pool,
            ),
            worker_memory_bytes: int_gauge(
                &registry,
                "worker_memory_bytes",
                "Resident memory of all workers of the pool together",
                pool,
            ),
            broker_connected: int_gauge(
                &registry,
                "broker_connected",
                "1 while the pool's connection to the broker stands, else 0",
                pool,
            ),
            host_cpu_ratio: gauge(
                &registry,
                "host_cpu_ratio",
                "Share of all the host's processors in use, from 0 to 1",
                &[],
            ),
            host_memory_available_bytes: int_gauge(
                &registry,
                "host_memory_available_bytes",
                "Memory that the host can give to new processes",
                &[],
            ),
            registry,
        }
    }

    /// The host's figures, which have no series before the first call.
    pub fn set_host(&self, usage: HostUsage) {
        self.host_cpu_ratio
            .with_label_values::<&str>(&[])
            .set(usage.cpu_ratio);
        self.host_memory_available_bytes
            .with_label_values::<&str>(&[])
            .set(saturating(usage.memory_available_bytes));
    }

    /// How old the pool's last good sample is at this moment. Said at each scrape, because it grows
    /// while nothing happens.
    pub fn set_sample_age(&self, pool: &str, age: Duration) {
        self.sample_age_seconds
            .with_label_values(&[pool])
            .set(age.as_secs_f64());
    }

    /// Everything, as Prometheus reads it.
    ///
    /// # Errors
    /// When the registry holds a family that can't be written.
    pub fn render(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Prometheus' integers are signed; no queue holds half of them.
pub(super) fn saturating(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(format!("warren_{name}"), help)
}

fn gauge(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
    register(registry, GaugeVec::new(options(name, help), labels))
}

fn int_gauge(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    register(registry, IntGaugeVec::new(options(name, help), labels))
}

fn counter(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    register(registry, IntCounterVec::new(options(name, help), labels))
}

fn register<C: Collector + Clone + 'static>(
    registry: &Registry,
    family: Result<C, prometheus::Error>,
) -> C {
    let family = family.expect("names and labels are written here, and are well formed");
    registry
        .register(Box::new(family.clone()))
        .expect("each family is registered once");
    family
}
