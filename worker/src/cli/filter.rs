//! `filter`.

use super::WorkerArgs;
use crate::censor::{Folding, Matching};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

const FILTER_EXAMPLE: &str = "\
A flag wins over its WARREN_WORKER_ variable, and that over the pool's keys in the configuration.

Example, with the broker's URL in the environment, where no process list shows its password:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f \\
    warren-worker filter --queue texts --words insults.txt --results-queue clean";

/// `filter`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = FILTER_EXAMPLE)]
pub struct FilterArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,

    /// The words, one a line; blank lines and those that begin with # are passed over [default:
    /// seven built-in ones].
    #[arg(long, value_name = "FILE", help_heading = "Filter")]
    pub words: Option<PathBuf>,
    /// Follow the word list of the insult service of this name, and censor by its newest version.
    /// --words counts until the first one comes, for which the start waits 5 s.
    #[arg(
        long,
        value_name = "SERVICE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = crate::insults::service::REQUESTS,
        help_heading = "Filter"
    )]
    pub live_list: Option<String>,
    /// Where a listed word counts.
    #[arg(
        long = "match",
        value_enum,
        default_value_t = Matching::WholeWord,
        help_heading = "Filter"
    )]
    pub matching: Matching,
    /// Which differences in case are ignored.
    #[arg(long = "fold", value_enum, default_value_t = Folding::Ascii, help_heading = "Filter")]
    pub folding: Folding,
    /// Real waiting for each message, one at a time: stands for work [default: none].
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Filter"
    )]
    pub work_time: Option<Duration>,
}
