//! A process that was started: what it is told, and what the kernel says of its memory and of the
//! processor time it has used.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::time::Duration;
use tokio::process::Child;

/// Linux counts processor time for user space in hundredths of a second, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// The id of a child that has not ended.
pub fn pid(child: &Child) -> Result<i32> {
    let pid = child.id().map(u32::cast_signed);
    pid.context("a process that is to run has ended")
}

/// Sends a signal to a child that has not ended.
pub fn signal(child: &Child, signal: Signal) -> Result<()> {
    signal_pid(pid(child)?, signal)
}

/// Sends a signal to a process that may be another's child.
pub fn signal_pid(pid: i32, signal: Signal) -> Result<()> {
    kill(Pid::from_raw(pid), signal).with_context(|| format!("send {signal} to process {pid}"))
}

/// The most memory that a process had resident so far, in megabytes of a million bytes.
pub fn resident_peak_megabytes(pid: i32) -> Result<f64> {
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
pub fn processor_time(pid: i32) -> Result<Duration> {
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
