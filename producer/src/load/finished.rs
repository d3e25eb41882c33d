//! What a run that went to its end hands over.

use super::observations::Observation;
use crate::report::{Measured, Report};
use program::Clock;

/// A run that went to its end.
#[derive(Debug)]
pub struct Finished {
    pub report: Report,
    /// What the instants of its observations count from.
    pub clock: Clock,
    /// What was measured, in full.
    pub measured: Measured,
    /// Whether all of the time series was written, where one was wanted.
    pub series: csv::Result<()>,
    /// The first messages one by one, as many as the plan asked for.
    pub observations: Vec<Observation>,
}
