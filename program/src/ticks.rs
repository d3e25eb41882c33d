//! A steady pace.

use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Ticks at once, and then this often. After one that came late the next comes a whole period later:
/// what was missed is not made up for. Must be called within a runtime.
#[must_use]
pub fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
