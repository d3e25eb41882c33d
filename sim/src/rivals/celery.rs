//! Celery's `worker --autoscale=max,min`: up at once to what is reserved, down when nothing has
//! gone up for 30 s.
//!
//! Documented in "Workers Guide", autoscaling,
//! <https://docs.celeryq.dev/en/stable/userguide/workers.html>, and in celery 5.6,
//! `celery/worker/autoscale.py`: `maybe_scale` runs on every message received and every
//! `AUTOSCALE_KEEPALIVE` = 30 s; `qty` is the number of requests that are reserved, running ones
//! included; up to min(qty, max), down to max(qty, min) where the last step up is more than the
//! keepalive ago.
//!
//! What is reserved is bounded by the prefetch, 4 for each process of the maximum. Celery sees
//! messages as they come; here it looks every 0.1 s, which stands for that. It never kills a busy
//! process, and never goes below what runs. Where nothing can be seen it changes nothing.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// Stands for "on every message".
const LOOK: Duration = Duration::from_millis(100);

/// `AUTOSCALE_KEEPALIVE`.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// `worker_prefetch_multiplier`.
const PREFETCH_MULTIPLIER: u64 = 4;

/// A process that goes is idle, so this is never needed but for one that was busy a moment ago.
const GRACE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Celery {
    look: Rhythm,
    timer: Rhythm,
    min: u32,
    max: u32,
    processes: u32,
    last_scale_up_at: Option<Duration>,
    arrived_before: u64,
}

impl Celery {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            look: Rhythm::new(LOOK, facts.phase),
            timer: Rhythm::new(KEEPALIVE, facts.phase),
            min: facts.min,
            max: facts.max,
            processes: facts.min,
            last_scale_up_at: None,
            arrived_before: 0,
        }
    }

    fn maybe_scale(&mut self, now: Duration, reserved: u32) {
        let up_to = reserved.min(self.max);
        let down_to = reserved.max(self.min);
        if up_to > self.processes {
            self.last_scale_up_at = Some(now);
            self.processes = up_to;
        } else if down_to < self.processes
            && self
                .last_scale_up_at
                .is_some_and(|at| now.saturating_sub(at) > KEEPALIVE)
        {
            self.processes = down_to;
        }
    }
}

impl Rival for Celery {
    fn next_at(&self) -> Duration {
        self.look.next_at().min(self.timer.next_at())
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        let looks = self.look.strikes(now);
        let timer = self.timer.strikes(now);
        if let Some(queue) = seen.queue
            && (looks || timer)
        {
            let received = queue.ready > 0 || queue.arrived_total != self.arrived_before;
            self.arrived_before = queue.arrived_total;
            if received || timer {
                let prefetched = PREFETCH_MULTIPLIER * u64::from(self.max);
                let reserved = (queue.ready + u64::from(seen.workers.busy)).min(prefetched);
                self.maybe_scale(now, u32::try_from(reserved).unwrap_or(u32::MAX));
            }
        }
        self.processes
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::IdleFirst,
            grace: GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    #[test]
    fn it_goes_up_at_once_to_one_process_a_message() {
        let mut celery = Celery::new(&Facts { max: 10, ..facts() });

        let changes = changes(&mut celery, 2.0, |at| {
            waiting(if at < 0.95 { 3 } else { 1_000 })
        });

        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0], (0.0, 3));
        assert_eq!(changes[1].1, 10);
    }

    #[test]
    fn it_goes_down_when_nothing_went_up_for_more_than_30_s() {
        let mut celery = Celery::new(&facts());

        // Eight come at once at 1 s and are done by 2 s; nobody sends any more. The timer strikes
        // at 30 s, which is 29 s after the step up, and again at 60 s.
        let changes = changes(&mut celery, 100.0, |at| {
            let mut seen = waiting(if (1.0..2.0).contains(&at) { 8 } else { 0 });
            if let Some(queue) = seen.queue.as_mut() {
                queue.arrived_total = if at < 1.0 { 0 } else { 8 };
            }
            seen
        });

        assert_eq!(changes, [(1.0, 8), (60.0, 0)]);
    }

    #[test]
    fn a_message_is_an_occasion_to_go_down_too() {
        let mut celery = Celery::new(&facts());

        // Eight at 0 s, then one message a second that an idle process takes at once.
        let changes = changes(&mut celery, 40.0, |at| {
            let mut seen = waiting(if at < 0.5 { 8 } else { 0 });
            if let Some(queue) = seen.queue.as_mut() {
                queue.arrived_total = 8 + at as u64;
            }
            seen.workers.busy = u32::from(at >= 0.5);
            seen
        });

        assert_eq!(changes[0], (0.0, 8));
        assert_eq!(changes[1].1, 1);
        assert!((30.0..31.2).contains(&changes[1].0), "{changes:?}");
    }

    #[test]
    fn where_nothing_is_seen_nothing_changes() {
        let mut celery = Celery::new(&facts());
        celery.maybe_scale(Duration::ZERO, 5);

        assert_eq!(celery.workers(Duration::from_secs(90), &no_data()), 5);
    }
}
