//! What a fleet's processes use of processor and memory.
//!
//! The controller says it too, every other second; a cell may be shorter than that, so a sweep reads
//! the same counters itself, right before and right after each cell. The processes run on this very
//! machine: the sweep has started them. What a worker's own children use is not counted.

use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The counters of some processes at one moment, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Processor time since each was started.
    pub cpu: Duration,
    /// Resident memory now.
    pub memory_bytes: u64,
}

/// Reads the counters of these processes; nothing when one of them is gone, or where the system
/// does not tell.
#[must_use]
pub fn read(pids: &[u32]) -> Option<Usage> {
    let mut system = System::new().ok()?;
    let pids: Vec<Pid> = pids.iter().copied().map(Pid::from_u32).collect();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&pids),
        true,
        ProcessRefreshKind::nothing().with_cpu().with_memory(),
    );
    let mut usage = Usage {
        cpu: Duration::ZERO,
        memory_bytes: 0,
    };
    for pid in pids {
        let process = system.process(pid)?;
        usage.cpu += Duration::from_millis(process.accumulated_cpu_time());
        usage.memory_bytes += process.memory();
    }
    Some(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counters_of_all_processes_are_added_and_one_that_is_gone_makes_them_unknown() {
        let own = std::process::id();
        let usage = read(&[own]).unwrap();
        assert!(usage.memory_bytes > 1 << 16);
        // Above the kernel's largest possible pid, 2^22.
        assert_eq!(read(&[own, 1 << 23]), None);
        assert_eq!(read(&[]).unwrap().cpu, Duration::ZERO);
    }
}
