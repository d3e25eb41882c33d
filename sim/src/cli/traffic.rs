//! Which workload: a shipped one, or the user's own traffic.

use crate::trace;
use crate::workload::Workload;
use crate::workloads;
use clap::Args;
use program::Failure;
use std::path::PathBuf;

/// A worker that does this many messages per second or fewer takes a day for one.
const WORKER_RATE_MIN: f64 = 1.0 / 86_400.0;
/// No process takes a million messages a second from a queue.
const WORKER_RATE_MAX: f64 = 1e6;

/// The traffic that the policies have to deal with.
#[derive(Args, Debug)]
pub(super) struct Traffic {
    /// A CSV file of your own traffic, with the columns seconds,rate (messages per second; linear
    /// between rows)
    #[arg(long, value_name = "FILE", group = "traffic")]
    trace: Option<PathBuf>,
    /// What one busy worker completes per second, with --trace; without it, what the shipped
    /// configuration has
    #[arg(long, value_name = "N", value_parser = worker_rate)]
    worker_rate: Option<f64>,
    /// What all randomness begins with
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
}

fn worker_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (WORKER_RATE_MIN..=WORKER_RATE_MAX).contains(&rate) => Ok(rate),
        Ok(_) => Err(format!(
            "a worker does between one message a day and {WORKER_RATE_MAX} messages a second"
        )),
        Err(_) => Err("is no number".to_owned()),
    }
}

impl Traffic {
    /// That no argument is given for nothing. clap would not say so here: it asks for no argument
    /// that conflicts with another one that is given.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match (self.worker_rate, &self.trace) {
            (Some(_), None) => Err(Failure::Usage(
                "--worker-rate goes with --trace: a shipped workload has its own".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// The trace, or else the shipped workloads of these names.
    pub(super) fn workloads(&self, names: &[String]) -> Result<Vec<Workload>, Failure> {
        if let Some(path) = &self.trace {
            let rate = self.worker_rate.unwrap_or_else(shipped_worker_rate);
            let workload = trace::load(path, rate).map_err(Failure::configuration)?;
            return Ok(vec![workload]);
        }
        workloads::named_all(names, self.seed).map_err(Failure::configuration)
    }
}

fn shipped_worker_rate() -> f64 {
    let shipped = config::Config::default();
    let settings = &shipped.pools[0].scaling;
    settings.configured_worker_rate().per_second()
}
