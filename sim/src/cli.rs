//! The command line. Each command has a file of its own.

mod changes;
mod compare;
mod lists;
mod results;
mod run;
mod swarm;
mod traffic;
mod tune;

use crate::replay;
use clap::{Parser, Subcommand};
use program::{Failure, print};

/// Shows what every policy would have done, in virtual time: no broker, no clock
#[derive(Debug, Parser)]
#[command(
    name = "warren-sim",
    version,
    after_help = "\
Example:
  warren-sim compare --workload bursts
  warren-sim compare --trace rates.csv --svg rates.svg
  warren-sim run --workload spike --policy warren --set max=20 --decisions

The same workload, policy and seed give the same result, to the last digit.

Exit codes: 0 done, 1 failed, 2 usage, 64 a workload, policy, trace or setting that can't be used."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Puts one policy before one workload
    Run(run::Arguments),
    /// Puts every policy before a workload, and shows them side by side
    Compare(compare::Arguments),
    /// Puts a recorded run before the policy again, as it was or with other settings
    Replay(replay::Arguments),
    /// Lists the workloads that are shipped
    Workloads(lists::Arguments),
    /// Lists the policies that are compared
    Policies(lists::Arguments),
    /// Prints docs/results.md: every policy on every workload, and which aims that meets
    Results(results::Arguments),
    /// Tries combinations of settings on every workload, and shows which reach the most aims
    Tune(tune::Arguments),
    /// Checks what must always hold, with random policies on random workloads
    Swarm(swarm::Arguments),
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// With why it could not be done.
    pub fn execute(self) -> Result<(), Failure> {
        match self.command {
            Command::Run(arguments) => run::execute(&arguments),
            Command::Compare(arguments) => compare::execute(&arguments),
            Command::Replay(arguments) => print(&replay::replay(&arguments)?),
            Command::Workloads(arguments) => lists::workloads(&arguments),
            Command::Policies(arguments) => lists::policies(&arguments),
            Command::Results(arguments) => results::execute(&arguments),
            Command::Tune(arguments) => tune::execute(&arguments),
            Command::Swarm(arguments) => swarm::execute(&arguments),
        }
    }
}
