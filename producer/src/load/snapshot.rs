//! How far a run is, for progress and the time series.

use super::accounts::Counts;
use crate::report::durations::Durations;
use std::time::Duration;

/// What was measured since the last look, where totals can't tell it.
#[derive(Debug, Default)]
pub struct Recent {
    /// From when a message was due to its reply.
    pub waits: Durations,
    pub lag_max: Duration,
}

/// How far a run is: totals, as of an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Since the run's start.
    pub now: Duration,
    /// Messages that were due so far.
    pub due: u64,
    /// What became of them.
    pub counts: Counts,
    /// Messages of which something is still awaited.
    pub open: u64,
    /// Messages handed over late.
    pub late: u64,
    /// Connections that broke.
    pub outages: u64,
    /// Whether the broker reads nothing at the moment.
    pub blocked: bool,
}
