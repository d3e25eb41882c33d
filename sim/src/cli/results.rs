//! `warren-sim results`: prints docs/results.md.

use crate::progress;
use crate::results;
use clap::Args;
use program::{Failure, print};

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-sim results > docs/results.md")]
pub(super) struct Arguments {}

pub(super) fn execute(Arguments {}: &Arguments) -> Result<(), Failure> {
    let outcomes = progress::shown(|watch| results::outcomes(watch));
    print(&results::page(&outcomes))
}
