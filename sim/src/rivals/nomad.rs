//! The Nomad Autoscaler with the strategy `target-value` and two checks: the backlog of each worker
//! at V = 2C, and its arrivals at 80 % of what it can do.
//!
//! Documented in "Scaling policies" and "Target value strategy plugin",
//! <https://developer.hashicorp.com/nomad/tools/autoscaling/policy> and
//! <https://developer.hashicorp.com/nomad/tools/autoscaling/plugins/strategy/target-value>. Every 10 s,
//! for each check: factor = metric / target; nothing where it is within 1 % of one; else
//! ⌈count · factor⌉, or ⌈factor⌉ from none. Of the checks the safest counts: up before none before
//! down, and of two that agree the larger.
//!
//! Chosen for it, as a competent user would: cooldowns of 30 s after going down and none after going
//! up, where the default is 5 minutes after either; per-worker metrics that count none as one, so that
//! it can start from nothing; statistics at most 5 s old, without a scrape interval on top. A metric
//! that is missing skips the evaluation.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Statistics, Victims};

/// `default_evaluation_interval`.
const EVALUATION_INTERVAL: Duration = Duration::from_secs(10);

/// `threshold` of the strategy: a factor this close to one changes nothing.
const THRESHOLD: f64 = 0.01;

/// `cooldown`; `cooldown_on_scale_up` is none.
const COOLDOWN: Duration = Duration::from_secs(30);

/// Of a worker's rate: how much of it arrivals are to use.
const UTILISATION: f64 = 0.8;

/// A task's `kill_timeout` as a user sets it; the default of 5 s would kill long work.
const KILL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Nomad {
    evaluation: Rhythm,
    backlog_target: f64,
    rate_target: f64,
    min: u32,
    max: u32,
    count: u32,
    went_down_at: Option<Duration>,
}

impl Nomad {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            evaluation: Rhythm::new(EVALUATION_INTERVAL, facts.phase),
            backlog_target: 2.0 * facts.capacity,
            rate_target: UTILISATION * facts.worker_rate,
            min: facts.min,
            max: facts.max.max(facts.min),
            count: facts.min,
            went_down_at: None,
        }
    }

    fn evaluate(&mut self, now: Duration, statistics: &Statistics) {
        if self
            .went_down_at
            .is_some_and(|at| now.saturating_sub(at) < COOLDOWN)
        {
            return;
        }
        let messages = (statistics.ready + statistics.unacknowledged) as f64;
        let count = self
            .proposal(messages, self.backlog_target)
            .max(self.proposal(statistics.publish_rate, self.rate_target))
            .clamp(self.min, self.max);
        if count < self.count {
            self.went_down_at = Some(now);
        }
        self.count = count;
    }

    /// `target-value` for a metric of all workers together. The larger of two proposals is the
    /// safest: what goes up is above what stays, which is above what goes down.
    fn proposal(&self, total: f64, target: f64) -> u32 {
        let count = f64::from(self.count.max(1));
        let factor = total / count / target;
        if self.count > 0 && (factor - 1.0).abs() <= THRESHOLD {
            self.count
        } else {
            (count * factor).ceil() as u32
        }
    }
}

impl Rival for Nomad {
    fn next_at(&self) -> Duration {
        self.evaluation.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.evaluation.strikes(now)
            && let Some(statistics) = &seen.statistics
        {
            self.evaluate(now, statistics);
        }
        self.count
    }

    /// Nomad lowers a group's count by stopping the allocations of the highest index, which are
    /// the newest.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::NewestFirst,
            grace: KILL_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    #[test]
    fn from_nothing_it_is_at_its_target_in_one_step() {
        let mut nomad = Nomad::new(&Facts {
            phase: 0.5,
            ..facts()
        });

        // 8 000 messages at 800 for each.
        assert_eq!(changes(&mut nomad, 60.0, |_| waiting(8_000)), [(5.0, 10)]);
    }

    #[test]
    fn one_percent_off_its_target_it_stays_and_two_percent_off_it_moves() {
        let mut nomad = Nomad::new(&facts());
        nomad.count = 10;

        assert_eq!(nomad.proposal(8_070.0, 800.0), 10);
        assert_eq!(nomad.proposal(8_160.0, 800.0), 11);
    }

    #[test]
    fn the_safest_of_two_checks_counts() {
        let mut nomad = Nomad::new(&facts());

        // Nothing waits, which asks for none; 1 000 per second at 160 for each ask for 7.
        let changes = changes(&mut nomad, 60.0, |_| {
            let mut seen = waiting(0);
            if let Some(statistics) = seen.statistics.as_mut() {
                statistics.publish_rate = 1_000.0;
            }
            seen
        });

        assert_eq!(changes, [(0.0, 7)]);
    }

    #[test]
    fn after_going_down_it_waits_for_30_s_in_either_direction() {
        let mut nomad = Nomad::new(&facts());

        let changes = changes(&mut nomad, 60.0, |at| {
            waiting(if at == 10.0 { 3_200 } else { 8_000 })
        });

        assert_eq!(changes, [(0.0, 10), (10.0, 4), (40.0, 10)]);
    }

    #[test]
    fn statistics_that_are_missing_change_nothing() {
        let mut nomad = Nomad::new(&facts());
        nomad.count = 5;

        assert_eq!(nomad.workers(Duration::ZERO, &no_data()), 5);
    }
}
