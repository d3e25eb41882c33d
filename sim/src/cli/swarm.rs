//! `warren-sim swarm`: random policies on random workloads, with everything checked that must hold.

use crate::comparison::Advance;
use crate::progress;
use crate::swarm::swarm;
use clap::Args;
use program::{Failure, print};

#[derive(Args, Debug)]
#[command(after_help = "\
Each run is its seed: the workload, the policy and its settings are all drawn from it. A run that
fails ends the swarm and prints the command that runs it again.

Example:
  warren-sim swarm --seed 7 --runs 1000")]
pub(super) struct Arguments {
    /// The first run's seed; each next run has the next one
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    runs: u64,
}

pub(super) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let &Arguments { seed, runs } = arguments;
    let outcome =
        progress::shown(|watch| swarm(seed, runs, |done| watch(Advance { done, total: runs })));
    outcome.map_err(anyhow::Error::from)?;
    print(&format!(
        "{runs} runs from seed {seed} on: all that must hold holds\n"
    ))
}
