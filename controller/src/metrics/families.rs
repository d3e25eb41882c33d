//! The registry, and the families that belong to no single pool's loop.

use policy::HostUsage;
use prometheus::core::Collector;
use prometheus::{Encoder, GaugeVec, IntGaugeVec, Opts, Registry, TextEncoder};
use std::time::Duration;

/// Every family of the controller.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) sample_age_seconds: GaugeVec,
    host_cpu_ratio: GaugeVec,
    host_memory_available_bytes: IntGaugeVec,
}

impl Metrics {
    /// A registry of its own. A pool's families come with its [`super::PoolMetrics`].
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let build_info = options("build_info", "Always 1; the version is in the label");
        register(&registry, IntGaugeVec::new(build_info, &["version"]))
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        let sample_age = options("sample_age_seconds", "Time since the last good sample");
        let cpu = options(
            "host_cpu_ratio",
            "Share of all the host's processors in use, from 0 to 1",
        );
        let memory = options(
            "host_memory_available_bytes",
            "Memory that the host can give to new processes",
        );
        Self {
            sample_age_seconds: register(&registry, GaugeVec::new(sample_age, &["pool"])),
            host_cpu_ratio: register(&registry, GaugeVec::new(cpu, &[])),
            host_memory_available_bytes: register(&registry, IntGaugeVec::new(memory, &[])),
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

pub(super) fn options(name: &str, help: &str) -> Opts {
    Opts::new(format!("warren_{name}"), help)
}

pub(super) fn register<C: Collector + Clone + 'static>(
    registry: &Registry,
    family: Result<C, prometheus::Error>,
) -> C {
    let family = family.expect("names and labels are written here, and are well formed");
    registry
        .register(Box::new(family.clone()))
        .expect("each family is registered once for each pool");
    family
}
