//! How many workers the host has room for: a ceiling on growth, from what was last measured of its
//! processors and its memory.
//!
//! - Processors busier than `cpu_limit` get nothing more to do.
//! - Memory has room for as many more as leave `memory_reserve` free. Where nobody knows what one
//!   worker takes, that is not foreseen: nothing is started once the reserve is touched.
//!
//! What is running is never ended for the host's sake, since the work would only wait longer, and
//! what else is running is not ours to judge. Nor is an unknown host a full one: without a fresh
//! measurement nothing is forbidden.

use crate::event::HostUsage;
use crate::settings::HostLimits;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A measurement that is older says nothing: five times as old as one ever gets while they are taken
/// at the reference's interval, and short enough that a dead one does not keep a queue waiting.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// What was last measured.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Host {
    pub(crate) usage: HostUsage,
    /// Memory that one of the pool's workers takes, on average; `None` where none could be measured.
    pub(crate) worker_memory_bytes: Option<u64>,
    pub(crate) measured_at: Duration,
    /// Workers that were ready by then. One that was still starting, or was started since, has not
    /// taken its memory from what was measured as free.
    pub(crate) ready: u32,
}

impl Host {
    /// No more than this, for whoever has `from` starting and ready workers; `None` where the host
    /// forbids nothing.
    ///
    /// With 10 ready, 1 GiB available, 256 MiB in reserve and 100 MiB a worker there is room for
    /// (1 024 − 256) / 100 = 7 more: 17.
    pub(crate) fn ceiling(&self, now: Duration, limits: &HostLimits, from: u32) -> Option<u32> {
        if now.saturating_sub(self.measured_at) > FRESH_FOR {
            return None;
        }
        let ceiling = match (self.cpu_is_busy(limits), self.memory_ceiling(limits, from)) {
            (true, _) => Some(from),
            (false, by_memory) => by_memory,
        };
        ceiling.map(|ceiling| ceiling.max(from))
    }

    /// A share that is no number is not known, and forbids nothing.
    fn cpu_is_busy(&self, limits: &HostLimits) -> bool {
        limits.cpu_limit < 1.0 && self.usage.cpu_ratio >= limits.cpu_limit
    }

    fn memory_ceiling(&self, limits: &HostLimits, from: u32) -> Option<u32> {
        let reserve = limits.memory_reserve_bytes;
        if reserve == 0 {
            return None;
        }
        let available = self.usage.memory_available_bytes;
        let room_bytes = available.saturating_sub(reserve);
        match self.worker_memory_bytes {
            None | Some(0) => (available < reserve).then_some(from),
            Some(each) => {
                let room = u32::try_from(room_bytes / each).unwrap_or(u32::MAX);
                Some(self.ready.saturating_add(room))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::event::HostUsage;
    use crate::settings::HostLimits;
    use std::time::Duration;

    const MIB: u64 = 1024 * 1024;

    /// As measured at the beginning, with ten workers ready.
    fn host(cpu_ratio: f64, memory_available_bytes: u64, worker_memory_bytes: Option<u64>) -> Host {
        Host {
            usage: HostUsage {
                cpu_ratio,
                memory_available_bytes,
            },
            worker_memory_bytes,
            measured_at: Duration::ZERO,
            ready: 10,
        }
    }

    fn ceiling(cpu_ratio: f64, available_mib: u64, each_mib: Option<u64>) -> Option<u32> {
        let host = host(
            cpu_ratio,
            available_mib * MIB,
            each_mib.map(|each| each * MIB),
        );
        let limits = HostLimits {
            cpu_limit: 0.9,
            memory_reserve_bytes: 256 * MIB,
        };
        host.ceiling(Duration::ZERO, &limits, 12)
    }

    #[test]
    fn memory_has_room_for_so_many_more_than_were_ready() {
        assert_eq!(ceiling(0.5, 1024, Some(100)), Some(17));
        assert_eq!(ceiling(0.5, 256 + 199, Some(100)), Some(12), "never lowers");
        assert_eq!(ceiling(0.5, 100, Some(100)), Some(12));
        assert_eq!(ceiling(0.5, u64::MAX / MIB, Some(1)), Some(u32::MAX));
    }

    #[test]
    fn without_the_size_of_a_worker_only_a_touched_reserve_forbids() {
        assert_eq!(ceiling(0.5, 256, None), None);
        assert_eq!(ceiling(0.5, 255, None), Some(12));
        assert_eq!(ceiling(0.5, 255, Some(0)), Some(12));
    }

    #[test]
    fn busy_processors_forbid_and_unknown_ones_do_not() {
        assert_eq!(ceiling(0.89, 256, None), None);
        assert_eq!(ceiling(0.9, 256, None), Some(12));
        assert_eq!(ceiling(0.9, 1024, Some(100)), Some(12));
        assert_eq!(ceiling(f64::NAN, 256, None), None);
    }

    #[test]
    fn what_is_off_never_forbids_and_an_old_measurement_neither() {
        let host = host(1.0, 0, Some(MIB));
        assert_eq!(host.ceiling(Duration::ZERO, &HostLimits::none(), 12), None);
        let limits = HostLimits {
            cpu_limit: 0.9,
            memory_reserve_bytes: 1,
        };
        let after = |seconds| host.ceiling(Duration::from_secs(seconds), &limits, 12);
        assert_eq!((after(10), after(11)), (Some(12), None));
    }
}
