//! Processor and memory use of single processes.

use super::WorkerUsage;
use policy::WorkerId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Reads the counters of the processes it is asked for, and of no other.
#[derive(Debug)]
pub(crate) struct UsageMeter {
    system: System,
    last: BTreeMap<WorkerId, Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    pid: u32,
    cpu_milliseconds: u64,
    at: Instant,
}

impl UsageMeter {
    pub(crate) fn new() -> Result<Self, sysinfo::Error> {
        Ok(Self {
            system: System::new()?,
            last: BTreeMap::new(),
        })
    }

    /// What these processes use, and have used of the processor since the last call.
    pub(crate) fn read(&mut self, workers: &[(WorkerId, u32)]) -> Vec<WorkerUsage> {
        // Those of the last call are asked for too: the ones that are gone are dropped by that.
        let before = self.last.values().map(|reading| reading.pid);
        // Each once: sysinfo takes one that is listed twice for gone.
        let pids: BTreeSet<u32> = workers.iter().map(|(_, pid)| *pid).chain(before).collect();
        let pids: Vec<Pid> = pids.into_iter().map(Pid::from_u32).collect();
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&pids),
            true,
            ProcessRefreshKind::nothing().with_cpu().with_memory(),
        );
        let at = Instant::now();
        let last = std::mem::take(&mut self.last);
        workers
            .iter()
            .map(|&(worker, pid)| {
                let process = self.system.process(Pid::from_u32(pid));
                let reading = process.map(|process| Reading {
                    pid,
                    cpu_milliseconds: process.accumulated_cpu_time(),
                    at,
                });
                self.last.extend(reading.map(|reading| (worker, reading)));
                WorkerUsage {
                    worker,
                    pid,
                    cpu_ratio: reading.and_then(|now| ratio(*last.get(&worker)?, now)),
                    memory_bytes: process.map(sysinfo::Process::memory),
                }
            })
            .collect()
    }
}

fn ratio(before: Reading, now: Reading) -> Option<f64> {
    let used = now.cpu_milliseconds.checked_sub(before.cpu_milliseconds)?;
    let passed = now.at.duration_since(before.at).as_secs_f64();
    // Milliseconds of processor time stay far below where a double loses whole numbers.
    (passed > 0.0).then(|| used as f64 / 1000.0 / passed)
}

#[cfg(test)]
mod tests {
    use super::{Reading, UsageMeter, ratio};
    use policy::WorkerId;
    use std::time::{Duration, Instant};

    #[test]
    fn this_process_uses_memory_and_one_that_is_gone_uses_nothing_known() {
        let mut meter = UsageMeter::new().unwrap();
        let own = (WorkerId(1), std::process::id());
        // Above the kernel's largest possible pid, 2^22.
        let gone = (WorkerId(2), 1 << 23);

        let first = meter.read(&[own, gone]);
        let second = meter.read(&[own]);

        assert!(first[0].memory_bytes.is_some_and(|bytes| bytes > 1 << 16));
        assert_eq!((first[0].cpu_ratio, first[1].memory_bytes), (None, None));
        assert!(second[0].cpu_ratio.is_some_and(|ratio| ratio >= 0.0));
    }

    #[test]
    fn half_a_second_of_processor_in_two_seconds_is_a_quarter_of_a_core() {
        let at = Instant::now();
        let reading = |cpu_milliseconds, seconds| Reading {
            pid: 1,
            cpu_milliseconds,
            at: at + Duration::from_secs(seconds),
        };

        assert_eq!(ratio(reading(1000, 0), reading(1500, 2)), Some(0.25));
        assert_eq!(ratio(reading(1000, 0), reading(1500, 0)), None);
    }
}
