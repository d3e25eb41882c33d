//! KEDA as a competent user sets it: polled every second, cooled down for 30 s, 30 s of down
//! stabilisation and up to ten times as many workers a sync; one trigger, QueueLength, V = 2C.
//!
//! The keys are those of "ScaledObject specification",
//! <https://keda.sh/docs/2.20/reference/scaledobject-spec/>, and of `behavior` in "Horizontal Pod
//! Autoscaling",
//! <https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/>.
//! `scaleUp.policies` of one's own replace the defaults, so the HPA's "4 pods in 15 s" is not among
//! them; it would change nothing, for 900 % of any number of pods is more than 4.

use std::time::Duration;

use super::hpa::Behavior;
use super::keda::{Keda, Timing, queue_length};
use crate::rival::Facts;

/// What both tuned KEDAs say about time.
pub(super) const TIMING: Timing = Timing {
    polling_interval: Duration::from_secs(1),
    cooldown: Duration::from_secs(30),
    behavior: Some(Behavior {
        down_window: Duration::from_secs(30),
        up_percent: 900.0,
    }),
};

pub(super) fn new(facts: &Facts) -> Keda {
    Keda::new(facts, vec![queue_length(facts)], TIMING)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, waiting};

    #[test]
    fn a_deep_backlog_is_met_with_1_10_100() {
        let facts = crate::rival::Facts {
            phase: 0.5,
            ..facts()
        };
        let mut keda = super::new(&facts);

        let changes = changes(&mut keda, 60.0, |_| waiting(1_000_000));

        assert_eq!(changes, [(0.5, 1), (7.5, 10), (22.5, 100)]);
    }

    #[test]
    fn it_is_down_to_one_after_30_s_and_to_none_after_the_cooldown() {
        let mut keda = super::new(&facts());

        let changes = changes(&mut keda, 200.0, |at| {
            waiting(if at <= 60.0 { 3_200 } else { 0 })
        });

        assert_eq!(changes, [(0.0, 4), (90.0, 1), (91.0, 0)]);
    }

    #[test]
    fn ten_percent_around_its_target_nothing_moves() {
        let mut keda = super::new(&facts());

        // 3 200 messages are 800 for each of 4 workers; 3 500 is 9.4 % more.
        let changes = changes(&mut keda, 120.0, |at| {
            waiting(if at < 30.0 { 3_200 } else { 3_500 })
        });

        assert_eq!(changes, [(0.0, 4)]);
    }
}
