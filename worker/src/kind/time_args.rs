//! What `sleep` and `burn` share: how long each message takes, and how many at a time.

use super::times::{Distribution, Times};
use crate::identity::Identity;
use crate::pace::{MessageTime, Pace};
use clap::Args;
use std::hash::{DefaultHasher, Hash, Hasher};
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
    /// The same seed draws the same times; without one, each worker's id is its seed.
    #[arg(long, value_name = "N", help_heading = "Work")]
    pub seed: Option<u64>,
    /// Messages worked on at the same time.
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Work")]
    pub concurrency: NonZeroU16,
}

impl TimeArgs {
    /// The times that are drawn by this worker. Those of a fleet must not draw the same times in
    /// step.
    #[must_use]
    pub fn times(&self, worker: &Identity) -> Times {
        let seed = self.seed.unwrap_or_else(|| {
            let mut hasher = DefaultHasher::new();
            worker.worker.hash(&mut hasher);
            hasher.finish()
        });
        Times::new(self.time, self.distribution, seed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        time: TimeArgs,
    }

    fn drawn(flags: &[&str], worker: &str) -> Vec<Duration> {
        let line = ["", "--for", "1s", "--distribution", "exp"];
        let line = Line::parse_from(line.iter().chain(flags));
        let mut times = line.time.times(&Identity {
            program: "warren-worker",
            pool: "texts".to_owned(),
            worker: worker.to_owned(),
        });
        (0..10).map(|_| times.draw()).collect()
    }

    #[test]
    fn each_worker_draws_its_own_times_unless_it_is_given_a_seed() {
        assert_eq!(drawn(&[], "1"), drawn(&[], "1"));
        assert_ne!(drawn(&[], "1"), drawn(&[], "2"));
        assert_eq!(drawn(&["--seed", "7"], "1"), drawn(&["--seed", "7"], "2"));
    }
}
