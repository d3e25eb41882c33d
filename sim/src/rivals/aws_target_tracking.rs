//! AWS EC2 Auto Scaling with target tracking on the backlog of each instance.
//!
//! Documented in "Scaling policy based on Amazon SQS",
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html>, and "Target
//! tracking scaling policies for Amazon EC2 Auto Scaling",
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>. The target
//! is the acceptable backlog of an instance, latency / time of a message; the metric is the visible
//! messages for each instance in service. Three points in a row above the target:
//! ⌈in service · metric / target⌉. Fifteen in a row below 90 % of it, and no instance warming up: the
//! excess goes, rounded down so that the metric stays below its target.
//!
//! Chosen for it: points of 10 s, the shortest that high-resolution metrics give it, where the usual
//! one is a minute; the acceptable latency is what the workload promises; the visible messages are
//! counted at once. The metric needs an instance to divide by, so there is always one. Missing points
//! are insufficient data: nothing changes, and the counting in a row begins anew.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// A point of a high-resolution metric.
const POINT: Duration = Duration::from_secs(10);

/// The alarms' datapoints.
const POINTS_OUT: u32 = 3;
const POINTS_IN: u32 = 15;

/// The alarm for going in, as a share of the target.
const LOW: f64 = 0.9;

/// A lifecycle hook that lets an instance finish what it holds.
const GRACE: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(super) struct TargetTracking {
    point: Rhythm,
    target: f64,
    max: u32,
    min: u32,
    points_high: u32,
    points_low: u32,
    instances: u32,
}

impl TargetTracking {
    pub(super) fn new(facts: &Facts) -> Self {
        let min = facts.min.max(1);
        Self {
            point: Rhythm::new(POINT, facts.phase),
            target: facts.slo.as_secs_f64() * facts.worker_rate,
            max: facts.max.max(min),
            min,
            points_high: 0,
            points_low: 0,
            instances: min,
        }
    }

    fn on_point(&mut self, visible: f64, in_service: u32, warming: u32) {
        let metric = visible / f64::from(in_service.max(1));
        self.points_high = if metric > self.target {
            self.points_high + 1
        } else {
            0
        };
        self.points_low = if metric < LOW * self.target {
            self.points_low + 1
        } else {
            0
        };
        // As many as have the metric at its target: rounded up, more are never taken away than
        // would lift it above.
        let needed = (visible / self.target).ceil() as u32;
        let needed = needed.clamp(self.min, self.max);
        if self.points_high >= POINTS_OUT {
            self.instances = self.instances.max(needed);
        } else if self.points_low >= POINTS_IN && warming == 0 {
            self.instances = self.instances.min(needed);
        }
    }
}

impl Rival for TargetTracking {
    fn next_at(&self) -> Duration {
        self.point.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.point.strikes(now) {
            match seen.queue {
                Some(queue) => self.on_point(
                    queue.ready as f64,
                    seen.workers.ready,
                    seen.workers.starting,
                ),
                None => {
                    self.points_high = 0;
                    self.points_low = 0;
                }
            }
        }
        self.instances
    }

    /// The default termination policy looks at zones, launch templates and billing hours.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::Random,
            grace: GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    #[test]
    fn three_high_points_bring_what_the_backlog_needs() {
        let mut tracking = TargetTracking::new(&facts());

        // 10 s at 200 per second are 2 000 for each: 15 000 need 8.
        let changes = changes(&mut tracking, 60.0, |at| {
            waiting(if at < 5.0 { 0 } else { 15_000 })
        });

        assert_eq!(changes, [(0.0, 1), (30.0, 8)]);
    }

    #[test]
    fn fifteen_low_points_take_away_what_is_too_many() {
        let mut tracking = TargetTracking::new(&facts());
        tracking.instances = 8;

        // At 0 s none is in service yet; the points from 10 s to 150 s are fifteen.
        let changes = changes(&mut tracking, 300.0, |_| waiting(3_000));

        assert_eq!(changes.last(), Some(&(150.0, 2)));
    }

    #[test]
    fn between_90_and_100_percent_of_the_target_nothing_moves() {
        let mut tracking = TargetTracking::new(&facts());
        tracking.instances = 2;

        for _ in 0..20 {
            tracking.on_point(3_700.0, 2, 0);
        }

        assert_eq!(tracking.instances, 2);
    }

    #[test]
    fn a_missing_point_begins_the_row_anew() {
        let mut tracking = TargetTracking::new(&facts());

        let changes = changes(&mut tracking, 60.0, |at| {
            if at == 20.0 {
                no_data()
            } else {
                waiting(15_000)
            }
        });

        // Points at 0 s and 10 s, none at 20 s, then 30 s, 40 s, 50 s.
        assert_eq!(changes, [(0.0, 1), (50.0, 8)]);
    }

    #[test]
    fn while_one_is_warming_up_none_goes() {
        let mut tracking = TargetTracking::new(&facts());
        tracking.instances = 8;

        for _ in 0..20 {
            tracking.on_point(0.0, 7, 1);
        }

        assert_eq!(tracking.instances, 8);
    }
}
