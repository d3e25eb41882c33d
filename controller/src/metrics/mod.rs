//! What Prometheus can read of the controller; docs/metrics.md lists every family.
//!
//! All families stand on one registry of our own; a pool brings its series and takes them away when
//! it ends.
//! What is not known has no series: a number that nobody measured would be taken for a measured
//! one, so a gauge that a failed look leaves without a value is gone until the next good one.
//! The opposite, keeping the last value, would draw a straight line through every outage.

mod families;
mod pool;

pub use families::Metrics;
pub use pool::{Direction, PoolMetrics, WorkersUsage};

/// The content type of what [`Metrics::render`] gives.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;
