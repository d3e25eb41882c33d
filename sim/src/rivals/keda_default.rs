//! KEDA as it comes: nothing set but the trigger. Polled every 30 s, cooled down for 300 s, and no
//! `behavior` for the HPA, which then at most doubles every 15 s and keeps what any sync of the
//! last 300 s asked for.
//!
//! The defaults of "ScaledObject specification",
//! <https://keda.sh/docs/2.20/reference/scaledobject-spec/>. A trigger's `value` has no default,
//! and the documentation's examples can't know how fast our workers are: it gets the V = 2C of the
//! tuned one, so that the two differ in their timing alone.

use std::time::Duration;

use super::keda::{Keda, Timing, queue_length};
use crate::rival::Facts;

/// `pollingInterval`, `cooldownPeriod`, and no `behavior`.
const TIMING: Timing = Timing {
    polling_interval: Duration::from_secs(30),
    cooldown: Duration::from_secs(300),
    behavior: None,
};

pub(super) fn new(facts: &Facts) -> Keda {
    Keda::new(facts, vec![queue_length(facts)], TIMING)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, waiting};

    #[test]
    fn a_deep_backlog_is_met_with_1_4_8_16_32_64_100() {
        // Polls at 15 s, 45 s, …; syncs at 7.5 s, 22.5 s, 37.5 s, ….
        let facts = crate::rival::Facts {
            phase: 0.5,
            ..facts()
        };
        let mut keda = super::new(&facts);

        let changes = changes(&mut keda, 120.0, |_| waiting(1_000_000));

        assert_eq!(
            changes,
            [
                (15.0, 1),
                (22.5, 4),
                (37.5, 8),
                (52.5, 16),
                (67.5, 32),
                (82.5, 64),
                (97.5, 100)
            ]
        );
    }

    #[test]
    fn what_is_not_needed_any_more_is_kept_for_300_s() {
        let mut keda = super::new(&facts());

        // 3 200 messages, so 4 workers, until 60 s.
        let changes = changes(&mut keda, 700.0, |at| {
            waiting(if at <= 60.0 { 3_200 } else { 0 })
        });

        // The sync at 60 s is the last that asks for 4: 300 s later it is forgotten. The poll at
        // 60 s is the last active one, and 390 s is the first poll after its cooldown.
        assert_eq!(changes, [(0.0, 4), (360.0, 1), (390.0, 0)]);
    }
}
