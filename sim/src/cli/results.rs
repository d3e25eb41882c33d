//! `warren-sim results`: prints docs/results.md.

use crate::progress::Progress;
use crate::results;
use clap::Args;
use program::{Failure, print};

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-sim results > docs/results.md")]
pub(super) struct Arguments {}

pub(super) fn execute(Arguments {}: &Arguments) -> Result<(), Failure> {
    let mut progress = Progress::start();
    let outcomes = results::outcomes(|advance| progress.show(advance));
    progress.finish();
    print(&results::page(&outcomes))
}
