//! What the host has to give: processor and memory in use.
//!
//! Only read: what a pool makes of it is its policy's affair.

use policy::HostUsage;
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// Reads the host's counters.
#[derive(Debug)]
pub struct Host {
    system: System,
}

/// Why the host can't be read.
#[derive(Debug, thiserror::Error)]
#[error("can't read the host's processor and memory use: {0}")]
pub struct HostError(#[from] sysinfo::Error);

impl Host {
    /// Takes a first look, which the first `refresh` is measured from.
    ///
    /// # Errors
    /// When the system gives no figures of itself.
    pub fn new() -> Result<Self, HostError> {
        let cpu = CpuRefreshKind::nothing().with_usage();
        let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(cpu))?;
        Ok(Self { system })
    }

    /// Looks again. Two looks within 200 ms of each other give the same processor use, because
    /// the kernel's counters are too coarse for less.
    pub fn refresh(&mut self) -> HostUsage {
        self.system.refresh_cpu_usage();
        self.system
            .refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        HostUsage {
            cpu_ratio: f64::from(self.system.global_cpu_usage() / 100.0).clamp(0.0, 1.0),
            memory_available_bytes: self.system.available_memory(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Host;

    #[test]
    fn a_look_at_the_host_is_within_what_is_possible() {
        let usage = Host::new().unwrap().refresh();

        assert!((0.0..=1.0).contains(&usage.cpu_ratio), "{usage:?}");
        assert!(usage.memory_available_bytes > 0, "{usage:?}");
    }
}
