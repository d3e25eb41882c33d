//! What `sleep` and `burn` share: how long each message takes, and how many at a time.

use crate::kind::{Distribution, MessageTime, Pace, Times};
use clap::Args;
use std::num::NonZeroU16;
use std::time::Duration;

/// How long each message takes, and how many are worked on at a time.
#[derive(Args, Clone, Debug)]
pub struct TimeArgs {
    /// How long a message takes; on average, where it is drawn.
    #[arg(
        long = "for",
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Work"
    )]
    pub time: Duration,
    /// How it is drawn: fixed, exponential, or lognormal:SIGMA (such as lognormal:0.5).
    #[arg(
        long,
        value_name = "KIND",
        default_value = "fixed",
        help_heading = "Work"
    )]
    pub distribution: Distribution,
    /// The same seed draws the same times.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Work")]
    pub seed: u64,
    /// Messages worked on at the same time.
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Work")]
    pub concurrency: NonZeroU16,
}

impl TimeArgs {
    /// The times that are drawn.
    #[must_use]
    pub fn times(&self) -> Times {
        Times::new(self.time, self.distribution, self.seed)
    }

    /// So many at a time.
    #[must_use]
    pub fn pace(&self) -> Pace {
        let time = MessageTime {
            time: self.time,
            flag: "--for",
        };
        Pace::Abreast(self.concurrency, time)
    }
}
