//! What the kernel says of a process: its memory and the processor time it has used.

use anyhow::{Context, Result};
use std::fs;
use std::time::Duration;

/// Linux counts processor time for user space in hundredths of a second, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// The most memory that a process had resident so far, in megabytes of a million bytes.
pub(super) fn resident_peak_megabytes(pid: i32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let kibibytes: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("find VmHWM in {path}"))?
        .parse()
        .with_context(|| format!("read VmHWM of {path}"))?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// The processor time that a process has used, its own and the kernel's for it.
pub(super) fn processor_time(pid: i32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    // The second field is the name in parentheses, which may hold spaces; user and system time are
    // fields 14 and 15.
    let (_, fields) = text
        .rsplit_once(") ")
        .with_context(|| format!("read {path}"))?;
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>())
        .sum::<Result<_, _>>()
        .with_context(|| format!("read the times in {path}"))?;
    Ok(TICK * ticks)
}
