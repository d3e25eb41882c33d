//! How far from the right number of workers Warren is, two looks after a step up of the rate.
//!
//! The right number is what the law asks for with the backlog and the arrival rate as they truly are
//! at that instant, ⌈(B + λ·Tr) / C⌉, and no more than `max`. The first look after a step may come
//! within a millisecond of it, so the second one is held to it. Looks that show nothing do not count.
//!
//! Where a message takes longer than a drain time the law asks for several workers a message, of
//! which all but one would do nothing: there is no right number by it, and none is compared.

use crate::workload::Workload;
use std::collections::VecDeque;
use std::time::Duration;

/// Compared at this look after a step.
const LOOK: u32 = 2;

/// What the law asks for is no larger for what floating point adds to a whole number.
const ROUNDING: f64 = 1e-12;

/// The steps of a workload's rate, and what came of those that have been.
#[derive(Debug)]
pub(crate) struct Steps {
    /// Still to come.
    ahead: VecDeque<Duration>,
    /// Looks since the last one, until it has been compared.
    looks: Option<u32>,
    /// Workers above the right number, or below it: where it was furthest from it.
    furthest: Option<i64>,
}

impl Steps {
    pub(crate) fn of(workload: &Workload) -> Self {
        let points = workload.rate.points().windows(2);
        let up = points.filter(|pair| pair[0].at == pair[1].at && pair[0].rate < pair[1].rate);
        Self {
            ahead: up.map(|pair| pair[0].at).collect(),
            looks: None,
            furthest: None,
        }
    }

    /// So many workers are wanted after a look at this backlog.
    pub(crate) fn on_look(
        &mut self,
        now: Duration,
        workload: &Workload,
        drain_time: Duration,
        backlog: u64,
        desired: u32,
    ) {
        while self.ahead.front().is_some_and(|&step| step < now) {
            self.ahead.pop_front();
            self.looks = Some(0);
        }
        let Some(looks) = &mut self.looks else { return };
        *looks += 1;
        if *looks < LOOK {
            return;
        }
        self.looks = None;
        let Some(right) = right(now, workload, drain_time, backlog) else {
            return;
        };
        let gap = i64::from(desired) - i64::from(right);
        if self
            .furthest
            .is_none_or(|furthest| furthest.abs() < gap.abs())
        {
            self.furthest = Some(gap);
        }
    }

    /// `None` where there was nothing to compare.
    pub(crate) fn furthest(&self) -> Option<i64> {
        self.furthest
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float saturates, and no backlog is negative"
)]
fn right(now: Duration, workload: &Workload, drain_time: Duration, backlog: u64) -> Option<u32> {
    let drain_seconds = drain_time.as_secs_f64();
    let capacity = workload.worker_rate() * drain_seconds;
    let to_do = backlog as f64 + workload.rate.rate_at(now) * drain_seconds;
    let asked = (to_do / capacity * (1.0 - ROUNDING)).ceil() as u32;
    (capacity >= 1.0).then_some(asked.min(workload.max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    const TR: Duration = Duration::from_secs(2);

    fn workload(name: &str) -> Workload {
        workloads::named(name, 1).unwrap().remove(0)
    }

    #[test]
    fn the_second_look_after_a_step_up_is_held_to_the_law() {
        // From 100 to 500 msg/s at 60 s; C = 40.
        let square = workload("square");
        let mut steps = Steps::of(&square);
        let mut look = |seconds: f64, backlog, desired| {
            let now = Duration::from_secs_f64(seconds);
            steps.on_look(now, &square, TR, backlog, desired);
            steps.furthest()
        };
        assert_eq!(look(59.9, 10, 3), None);
        assert_eq!(look(60.1, 50, 3), None);
        // (210 + 1000) / 40 = 30.25, so 31.
        assert_eq!(look(60.6, 210, 29), Some(-2));
        assert_eq!(look(61.1, 210, 3), Some(-2));
        // The step down at 120 s asks for nothing; the next one up is at 180 s.
        assert_eq!(look(121.0, 0, 25), Some(-2));
        assert_eq!(look(180.5, 0, 3), Some(-2));
        assert_eq!(look(181.0, 0, 28), Some(3));
    }

    #[test]
    fn what_is_asked_for_is_no_more_than_max() {
        let square = workload("square");
        assert_eq!(right(TR, &square, TR, 1_000_000), Some(square.max));
    }

    #[test]
    fn without_a_step_or_with_messages_longer_than_a_drain_time_nothing_is_compared() {
        assert!(Steps::of(&workload("sine")).ahead.is_empty());
        assert!(!Steps::of(&workload("long-tasks")).ahead.is_empty());
        assert_eq!(right(TR, &workload("long-tasks"), TR, 10), None);
    }
}
