//! The Kubernetes HorizontalPodAutoscaler with external metrics: how KEDA goes from 1 to N and
//! back.
//!
//! Documented in "Horizontal Pod Autoscaling",
//! <https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/>, and in
//! kubernetes/kubernetes, `pkg/controller/podautoscaler/{horizontal,replica_calculator}.go`, as of
//! November 2026. Taken from there: a sync every 15 s; a target of type `AverageValue`; a tolerance
//! of 10 %; the largest proposal of several metrics; without `behavior`, at most `max(2·current,
//! 4)` at a sync and the largest recommendation of the last 300 s; with it, windows and a
//! percentage of one's own.
//!
//! Where there was a choice, the better one for the HPA was taken: pods exist as soon as they are
//! wanted, so that nothing is computed from a count that lags behind; a change is forgotten exactly
//! 15 s later, so that it does not count against the next sync. Left out, because an external
//! metric of type `AverageValue` uses none of it: pods' readiness, missing pods, CPU
//! initialisation.

use std::time::Duration;

use super::rhythm::Rhythm;

/// `--horizontal-pod-autoscaler-sync-period`.
const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// `--horizontal-pod-autoscaler-tolerance`: a metric this close to its target changes nothing.
const TOLERANCE: f64 = 0.1;

/// `--horizontal-pod-autoscaler-downscale-stabilization`, and the default of
/// `behavior.scaleDown.stabilizationWindowSeconds`.
const DOWN_WINDOW: Duration = Duration::from_secs(300);

/// The default of `periodSeconds` in a scaling policy.
const POLICY_PERIOD: Duration = Duration::from_secs(15);

/// Without `behavior`, a sync may always go up to this.
const UP_LIMIT_AT_LEAST: u32 = 4;

/// A metric as the metrics API answers, and what one pod is to have of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Metric {
    pub(super) value: f64,
    pub(super) average_target: f64,
}

impl Metric {
    /// `ceil(value / target)`, unless the pods that there are have about what they should.
    fn proposal(self, current: u32) -> u32 {
        let ratio = self.value / (self.average_target * f64::from(current));
        if (1.0 - ratio).abs() <= TOLERANCE {
            current
        } else {
            (self.value / self.average_target).ceil() as u32
        }
    }
}

/// `spec.behavior`, as far as a queue's user sets it. The policy for going down stays the default,
/// 100 % in 15 s, which is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Behavior {
    /// `scaleDown.stabilizationWindowSeconds`.
    pub(super) down_window: Duration,
    /// `scaleUp.policies`: one of type `Percent`, in 15 s.
    pub(super) up_percent: f64,
}

/// One HorizontalPodAutoscaler.
#[derive(Debug)]
pub(super) struct Hpa {
    sync: Rhythm,
    min: u32,
    max: u32,
    behavior: Option<Behavior>,
    /// When, and what the metrics asked for; never older than the window, so 20 at the most.
    recommendations: Vec<(Duration, u32)>,
    /// When, and by how many it changed; never older than [`POLICY_PERIOD`].
    changes: Vec<(Duration, i64)>,
}

impl Hpa {
    /// An HPA can't go below one: `min` 0 becomes 1, as KEDA writes it.
    pub(super) fn new(min: u32, max: u32, behavior: Option<Behavior>, phase: f64) -> Self {
        Self {
            sync: Rhythm::new(SYNC_PERIOD, phase),
            min: min.max(1),
            max,
            behavior,
            recommendations: Vec::new(),
            changes: Vec::new(),
        }
    }

    pub(super) fn next_at(&self) -> Duration {
        self.sync.next_at()
    }

    /// Whether a sync is due; if so, the next one is 15 s later.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        self.sync.strikes(now)
    }

    /// One sync: how many replicas from now on. A metric that could not be had is `None`.
    pub(super) fn replicas(
        &mut self,
        now: Duration,
        current: u32,
        metrics: &[Option<Metric>],
    ) -> u32 {
        if current == 0 {
            // Somebody scaled to zero: the HPA is disabled until somebody scales up again.
            return 0;
        }
        let replicas = if current > self.max {
            self.max
        } else if current < self.min {
            self.min
        } else if let Some(proposed) = largest_proposal(current, metrics) {
            match self.behavior {
                None => self.doubled_at_most(now, current, proposed),
                Some(behavior) => self.by_behavior(now, current, proposed, behavior),
            }
        } else {
            current
        };
        self.note_change(now, current, replicas);
        replicas
    }

    fn doubled_at_most(&mut self, now: Duration, current: u32, proposed: u32) -> u32 {
        let stable = self.largest_since(now, DOWN_WINDOW, proposed);
        let up_limit = current.saturating_mul(2).max(UP_LIMIT_AT_LEAST);
        self.bounded(stable, up_limit)
    }

    fn by_behavior(
        &mut self,
        now: Duration,
        current: u32,
        proposed: u32,
        behavior: Behavior,
    ) -> u32 {
        // Up has a window of 0 s, which holds nothing but the proposal itself.
        let down_to = self.largest_since(now, behavior.down_window, proposed);
        let stable = current.max(proposed).min(down_to);

        self.changes
            .retain(|(at, _)| now.saturating_sub(*at) < POLICY_PERIOD);
        let changed: i64 = self.changes.iter().map(|(_, change)| change).sum();
        let period_start = (i64::from(current) - changed).max(0) as f64;
        let up_limit = (period_start * (1.0 + behavior.up_percent / 100.0)).ceil() as u32;
        self.bounded(stable, up_limit.max(current))
    }

    /// The largest of what was recommended less than `window` ago and of `proposed`, which is
    /// remembered.
    fn largest_since(&mut self, now: Duration, window: Duration, proposed: u32) -> u32 {
        self.recommendations
            .retain(|(at, _)| now.saturating_sub(*at) < window);
        self.recommendations.push((now, proposed));
        self.recommendations
            .iter()
            .map(|(_, recommended)| *recommended)
            .max()
            .unwrap_or(proposed)
    }

    fn bounded(&self, wanted: u32, up_limit: u32) -> u32 {
        wanted.max(self.min).min(up_limit.min(self.max))
    }

    fn note_change(&mut self, now: Duration, from: u32, to: u32) {
        if self.behavior.is_some() && from != to {
            self.changes.push((now, i64::from(to) - i64::from(from)));
        }
    }
}

/// The largest proposal. A metric that is missing may hide a need: then nothing goes down, and
/// where all are missing nothing changes at all.
fn largest_proposal(current: u32, metrics: &[Option<Metric>]) -> Option<u32> {
    let proposed = metrics
        .iter()
        .flatten()
        .map(|metric| metric.proposal(current))
        .max()?;
    let all_known = metrics.iter().all(Option::is_some);
    (all_known || proposed >= current).then_some(proposed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: f64 = 800.0;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn metric(value: f64) -> [Option<Metric>; 1] {
        [Some(Metric {
            value,
            average_target: TARGET,
        })]
    }

    /// Replicas after each sync, from `current` on, with one value a sync.
    fn walk(hpa: &mut Hpa, mut current: u32, values: impl IntoIterator<Item = f64>) -> Vec<u32> {
        values
            .into_iter()
            .enumerate()
            .map(|(sync, value)| {
                let now = SYNC_PERIOD * u32::try_from(sync).unwrap();
                current = hpa.replicas(now, current, &metric(value));
                current
            })
            .collect()
    }

    fn tuned() -> Option<Behavior> {
        Some(Behavior {
            down_window: seconds(30),
            up_percent: 900.0,
        })
    }

    #[test]
    fn a_deep_backlog_goes_up_1_4_8_16_32_64_100() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);

        let replicas = walk(&mut hpa, 1, [1e6; 7]);

        assert_eq!(replicas, [4, 8, 16, 32, 64, 100, 100]);
    }

    #[test]
    fn it_goes_down_300_s_after_the_last_time_that_more_was_needed() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);
        let (busy, idle) = (3_200.0, 0.0);

        // The sync at 0 s is the last that needs 4; 20 syncs later it is 300 s old.
        let values = std::iter::once(busy).chain(std::iter::repeat_n(idle, 21));
        let replicas = walk(&mut hpa, 4, values);

        assert_eq!(replicas[19], 4);
        assert_eq!(replicas[20], 1, "never to zero: that is KEDA's");
    }

    #[test]
    fn what_was_recommended_goes_on_pulling_up_without_a_behavior() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);

        // The backlog of the first sync asked for 16; it is gone at the second.
        assert_eq!(walk(&mut hpa, 1, [12_800.0, 0.0, 0.0]), [4, 8, 16]);
    }

    #[test]
    fn ten_percent_off_the_target_is_on_target() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);

        // 10 pods, 8 000 messages to have; 8 800 would be 10 % more.
        assert_eq!(walk(&mut hpa, 10, [8_799.0]), [10]);
        assert_eq!(walk(&mut hpa, 10, [8_801.0]), [12]);
    }

    #[test]
    fn a_missing_metric_changes_nothing() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);

        assert_eq!(hpa.replicas(seconds(0), 7, &[None]), 7);
    }

    #[test]
    fn with_one_of_two_metrics_it_goes_up_and_never_down() {
        let mut hpa = Hpa::new(0, 100, tuned(), 0.0);
        let [high] = metric(8_000.0);
        let [low] = metric(800.0);

        assert_eq!(hpa.replicas(seconds(0), 5, &[high, None]), 10);
        assert_eq!(hpa.replicas(seconds(600), 10, &[low, None]), 10);
        assert_eq!(hpa.replicas(seconds(615), 10, &[low, high]), 10);
    }

    #[test]
    fn nine_hundred_percent_more_a_sync_is_ten_times_as_many() {
        let mut hpa = Hpa::new(0, 100, tuned(), 0.0);

        assert_eq!(walk(&mut hpa, 1, [1e6; 3]), [10, 100, 100]);
    }

    #[test]
    fn a_window_of_30_s_goes_down_at_the_second_sync_and_never_up() {
        let mut hpa = Hpa::new(0, 100, tuned(), 0.0);

        assert_eq!(walk(&mut hpa, 10, [12_800.0, 0.0, 0.0]), [16, 16, 1]);
        // What was recommended pulls nothing up where there is a behavior.
        let mut hpa = Hpa::new(0, 100, tuned(), 0.0);
        assert_eq!(walk(&mut hpa, 1, [1e6, 0.0, 0.0]), [10, 10, 1]);
    }

    #[test]
    fn at_zero_it_is_disabled() {
        let mut hpa = Hpa::new(0, 100, None, 0.0);

        assert_eq!(hpa.replicas(seconds(0), 0, &metric(1e6)), 0);
    }

    #[test]
    fn its_bounds_are_kept() {
        let mut hpa = Hpa::new(3, 5, None, 0.0);

        assert_eq!(walk(&mut hpa, 3, [1e6, 1e6]), [5, 5]);
        assert_eq!(hpa.replicas(seconds(60), 9, &metric(0.0)), 5);
        assert_eq!(hpa.replicas(seconds(75), 1, &metric(0.0)), 3);
    }
}
