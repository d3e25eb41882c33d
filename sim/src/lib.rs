//! What every policy would have done: a queue, its workers and its traffic in virtual time, driving
//! the very [`policy::Pool`] that the daemon runs, and rivals beside it.
//!
//! No broker, no clock, no randomness but what a seed gives: the same workload, policy and seed give
//! the same summary, to the last digit.

pub mod checks;
pub mod cli;
pub mod comparison;
mod engine;
pub mod perception;
pub mod policies;
mod progress;
mod replay;
pub mod report;
pub mod results;
pub mod rival;
pub mod rivals;
pub mod run;
pub mod series;
pub mod summary;
pub mod swarm;
pub mod trace;
pub mod tune;
mod warren;
pub mod workload;
pub mod workloads;
