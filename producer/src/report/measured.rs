//! What was measured, in full.

use super::durations::Durations;
use super::series::History;

/// What was measured, in full: the report has its percentiles, and charts are drawn of it.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// What happened in each second.
    pub history: History,
    /// From when a message was due to its reply.
    pub waits: Durations,
    /// From when a message was due to when it was handed over.
    pub lag: Durations,
    /// From when a message was first handed over to its confirmation.
    pub confirm_latency: Durations,
}
