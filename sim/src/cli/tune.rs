//! `warren-sim tune`: which settings reach the most aims.

use crate::progress;
use crate::tune::{COMBINATIONS_MAX, Varied, best_first, combinations, one_at_a_time, table, tune};
use crate::workload::Workload;
use crate::workloads;
use clap::Args;
use program::{Failure, print};

#[derive(Args, Debug)]
#[command(after_help = "\
Each combination of the values runs on every workload, with and without the fast interval, and is
scored by the aims of docs/results.md; the shipped settings stand among them. The wait is the
geometric mean over the workloads, the cost the mean. The best come first; with --each, the order is
that of the values.

Example:
  warren-sim tune --vary hold=4s,10s,15s --vary headroom=0,0.3,0.5
  warren-sim tune --vary hold=2s,8s --vary headroom=0,0.5 --each
  warren-sim tune --vary dead_band_wait=100ms,300ms --workload sine --workload day --seeds 5")]
pub(super) struct Arguments {
    /// A setting and the values it is to take. Again for more
    #[arg(long, value_name = "KEY=VALUE,VALUE", required = true, value_parser = Varied::parse)]
    vary: Vec<Varied>,
    /// Each value alone, with everything else as it is shipped, instead of every combination
    #[arg(long)]
    each: bool,
    /// Only this workload. Again for more
    #[arg(long, value_name = "NAME")]
    workload: Vec<String>,
    /// What the randomness begins with
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// With so many seeds, one after another
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
}

pub(super) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let tried = if arguments.each {
        one_at_a_time(&arguments.vary)
    } else {
        combinations(&arguments.vary)
    };
    let combinations = tried.map_err(|count| {
        Failure::Usage(format!(
            "these are {count} combinations, and {COMBINATIONS_MAX} are tried at the most: \
             vary less at a time"
        ))
    })?;
    // Said once here, so that it can't fail below.
    chosen(&arguments.workload, arguments.seed)?;
    let seeds: Vec<u64> = (0..arguments.seeds)
        .map(|number| arguments.seed.wrapping_add(number))
        .collect();
    let workloads = |seed| chosen(&arguments.workload, seed).unwrap_or_default();
    let scores = progress::shown(|watch| tune(&combinations, workloads, &seeds, watch));
    let mut scores = scores.map_err(Failure::configuration)?;
    if !arguments.each {
        best_first(&mut scores);
    }
    print(&table(&scores))
}

fn chosen(names: &[String], seed: u64) -> Result<Vec<Workload>, Failure> {
    if names.is_empty() {
        return Ok(workloads::all(seed));
    }
    workloads::named_all(names, seed).map_err(Failure::configuration)
}
