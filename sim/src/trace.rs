//! A user's own traffic, recorded in a CSV file (see [`RateSeries::load`]), as a workload.
//!
//! What a recording does not say, such as how long a message takes, is what the shipped workloads
//! have in common, but for μ.

use crate::workload::{MESSAGES_MAX, Workload, workers_for};
use crate::workloads::ordinary;
use std::path::Path;
use std::time::Duration;
use traffic::{Playback, RateSeries, RecordingError};

/// More workers than this are no pool: config.toml takes no larger `max`.
const WORKERS_MAX: u32 = 1000;

/// Why a file is no workload.
#[derive(Debug, thiserror::Error)]
#[error("trace {0}")]
pub enum TraceError {
    /// It is no recording.
    NoRecording(RecordingError),
    /// It would take hours to simulate.
    #[error(
        "trace {path}: its rates come to {messages:.0} messages, and more than {MESSAGES_MAX:.0} \
         are not simulated"
    )]
    TooManyMessages { path: String, messages: f64 },
    /// No pool is so large.
    #[error(
        "trace {path}: its peak of {peak} msg/s needs {workers} workers at {worker_rate} msg/s \
         each, and a pool has {WORKERS_MAX} at the most: is --worker-rate right?"
    )]
    TooManyWorkers {
        path: String,
        peak: f64,
        workers: u32,
        worker_rate: f64,
    },
}

/// The trace in a file as a workload whose workers do `worker_rate` messages per second each.
///
/// # Errors
/// When the file is no recording, or when its traffic is more than can be simulated.
pub fn load(path: &Path, worker_rate: f64) -> Result<Workload, TraceError> {
    let rate = RateSeries::load(path, Playback::RECORDED).map_err(TraceError::NoRecording)?;
    let messages = rate.messages();
    let shown = path.display().to_string();
    if messages > MESSAGES_MAX {
        let path = shown;
        return Err(TraceError::TooManyMessages { path, messages });
    }
    let mean = Duration::from_secs_f64(1.0 / worker_rate);
    let peak = rate.peak().per_second();
    let workers = workers_for(peak, mean);
    if workers > WORKERS_MAX {
        return Err(TraceError::TooManyWorkers {
            path: shown,
            peak,
            workers,
            worker_rate,
        });
    }
    let name = path.file_stem().unwrap_or(path.as_os_str());
    let about = format!(
        "{messages:.0} messages within {:.0} s, from {shown}",
        rate.end().as_secs_f64()
    );
    let ordinary = ordinary(&name.to_string_lossy(), &about, rate).taking(mean);
    Ok(Workload {
        max: ordinary.max.clamp(1, WORKERS_MAX),
        ..ordinary
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_a_workload_of_its_own_worker_rate() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("monday.csv");
        std::fs::write(&path, "seconds,rate\n0,100\n60,900\n").unwrap();
        let workload = load(&path, 200.0).unwrap();
        assert_eq!(workload.name, "monday");
        assert_eq!(workload.worker_rate(), 200.0);
        // 900 msg/s at 200 each need 5 workers.
        assert_eq!(workload.max, 10);

        std::fs::write(&path, "seconds,rate\n0,1e8\n60,1e8\n").unwrap();
        let error = load(&path, 200.0).unwrap_err().to_string();
        assert!(error.ends_with("monday.csv: its rates come to 6000000000 messages, and more than 1000000000 are not simulated"), "{error}");
    }
}
