//! A run over time, a moment each second or more seldom: what charts are drawn from.

/// A run at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Since the beginning of the run.
    pub seconds: f64,
    /// Messages per second that the workload sends.
    pub arrival_rate: f64,
    /// Messages that wait and that workers hold.
    pub backlog: u64,
    /// Processes alive: starting, ready and draining.
    pub workers: u32,
    /// Workers wanted.
    pub desired: u32,
}
