//! Knative's pod autoscaler, the KPA: concurrency averaged over 60 s, and over 6 s when it panics.
//!
//! Documented in "Additional autoscaling configuration for Knative Pod Autoscaler",
//! <https://knative.dev/docs/serving/autoscaling/kpa-specific/>, "Configuring concurrency",
//! <https://knative.dev/docs/serving/autoscaling/concurrency/>, and knative/serving,
//! `pkg/autoscaler/scaling/autoscaler.go` (commit 00a4a55c) and `pkg/autoscaler/config/config.go`.
//! Taken from there: a tick every 2 s; desired = ⌈concurrency / (1 · 70 %)⌉; panic once the 6 s
//! average wants twice the workers that are ready, until that has not been so for 60 s; while it
//! panics nothing goes down; otherwise at most halved at a tick; up at most by a factor of 1000.
//!
//! It is made for requests, not for queues. A message that waits or is worked on is to it a request
//! that is open, so its concurrency is what is ready and the workers that are busy. The better for
//! it: both are counted at once, where unacknowledged messages would be 5 s old; what a worker has
//! prefetched does not count; the first message wakes it in 0.1 s, as its activator would; seconds
//! in which nothing could be seen are left out of the averages instead of counting as none, and
//! without any in the last 6 s nothing changes.

use std::collections::VecDeque;
use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// How often concurrency is recorded: the granularity of its windows.
const BUCKET: Duration = Duration::from_secs(1);

/// `tick-interval`.
const TICK: Duration = Duration::from_secs(2);

/// `stable-window`.
const STABLE_WINDOW: Duration = Duration::from_secs(60);

/// `panic-window-percentage` 10.
const PANIC_WINDOW: Duration = Duration::from_secs(6);

/// `panic-threshold-percentage` 200.
const PANIC_THRESHOLD: f64 = 2.0;

/// Target concurrency 1 at `container-concurrency-target-percentage` 70.
const TARGET: f64 = 0.7;

/// `max-scale-up-rate` and `max-scale-down-rate`.
const UP_RATE: f64 = 1000.0;
const DOWN_RATE: f64 = 2.0;

/// While there is no worker: how soon the activator's word of a first request is there.
const WAKE: Duration = Duration::from_millis(100);

/// `timeoutSeconds` of a revision, which is its pods' grace.
const GRACE: Duration = Duration::from_secs(300);

/// Its largest demand while panicking, and when panic was last called for.
#[derive(Clone, Copy, Debug)]
struct Panic {
    at: Duration,
    workers: u32,
}

#[derive(Debug)]
pub(super) struct Knative {
    bucket: Rhythm,
    tick: Rhythm,
    wake: Rhythm,
    /// When, and how many messages were open; never older than the stable window.
    concurrency: VecDeque<(Duration, f64)>,
    panic: Option<Panic>,
    workers: u32,
}

impl Knative {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            bucket: Rhythm::new(BUCKET, facts.phase),
            tick: Rhythm::new(TICK, facts.phase),
            wake: Rhythm::new(WAKE, facts.phase),
            concurrency: VecDeque::new(),
            panic: None,
            workers: facts.min,
        }
    }

    fn record(&mut self, now: Duration, open: f64) {
        self.concurrency.push_back((now, open));
        while self
            .concurrency
            .front()
            .is_some_and(|(at, _)| now.saturating_sub(*at) >= STABLE_WINDOW)
        {
            self.concurrency.pop_front();
        }
    }

    fn average(&self, now: Duration, window: Duration) -> Option<f64> {
        let recent = self
            .concurrency
            .iter()
            .filter(|(at, _)| now.saturating_sub(*at) < window);
        let (count, sum) = recent.fold((0_u32, 0.0), |(count, sum), (_, open)| {
            (count + 1, sum + open)
        });
        (count > 0).then(|| sum / f64::from(count))
    }

    fn decide(&mut self, now: Duration, ready: u32) {
        let (Some(stable), Some(panicking)) = (
            self.average(now, STABLE_WINDOW),
            self.average(now, PANIC_WINDOW),
        ) else {
            return;
        };
        let ready = f64::from(ready.max(1));
        let most = (UP_RATE * ready).ceil();
        let least = (ready / DOWN_RATE).floor();
        let for_stable = (stable / TARGET).ceil();
        let for_panic = (panicking / TARGET).ceil();
        let bounded = |workers: f64| workers.max(least).min(most) as u32;

        if for_panic / ready >= PANIC_THRESHOLD {
            let workers = self.panic.map_or(0, |panic| panic.workers);
            self.panic = Some(Panic { at: now, workers });
        } else if self
            .panic
            .is_some_and(|panic| now > panic.at + STABLE_WINDOW)
        {
            self.panic = None;
        }

        self.workers = bounded(for_stable);
        if let Some(panic) = &mut self.panic {
            panic.workers = panic.workers.max(self.workers).max(bounded(for_panic));
            self.workers = panic.workers;
        }
    }
}

impl Rival for Knative {
    fn next_at(&self) -> Duration {
        let next_at = self.bucket.next_at().min(self.tick.next_at());
        if self.workers == 0 {
            next_at.min(self.wake.next_at())
        } else {
            next_at
        }
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        let bucket = self.bucket.strikes(now);
        let tick = self.tick.strikes(now);
        let asleep = self.wake.strikes(now) && self.workers == 0;
        let open = seen
            .queue
            .map(|queue| queue.ready as f64 + f64::from(seen.workers.busy));
        let woken = asleep && open.is_some_and(|open| open > 0.0);
        if let Some(open) = open
            && (bucket || woken)
        {
            self.record(now, open);
        }
        if tick || woken {
            self.decide(now, seen.workers.ready);
        }
        self.workers
    }

    /// Its pods are a ReplicaSet's: those that are not ready go first, then those created last.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::NewestFirst,
            grace: GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    #[test]
    fn steady_concurrency_gets_a_worker_for_each_0_7() {
        let mut knative = Knative::new(&facts());

        // Seven open messages for ever: ⌈7 / 0.7⌉ = 10.
        assert_eq!(changes(&mut knative, 300.0, |_| waiting(7)), [(0.0, 10)]);
    }

    #[test]
    fn a_message_that_is_worked_on_is_open() {
        let mut knative = Knative::new(&facts());

        let changes = changes(&mut knative, 10.0, |_| {
            let mut seen = waiting(3);
            seen.workers.busy = 4;
            seen
        });

        assert_eq!(changes, [(0.0, 10)]);
    }

    #[test]
    fn the_first_message_wakes_it_at_once() {
        let mut knative = Knative::new(&facts());

        let changes = changes(&mut knative, 10.0, |at| waiting(u64::from(at > 4.25)));

        assert!((4.25..4.4).contains(&changes[0].0), "{changes:?}");
        assert_eq!(changes[0].1, 1);
    }

    #[test]
    fn a_burst_makes_it_panic_and_panic_lasts_60_s() {
        let mut knative = Knative::new(&facts());

        // One open message for 60 s, 20 for 10 s, then one again.
        let changes = changes(&mut knative, 200.0, |at| {
            waiting(if (60.0..70.0).contains(&at) { 20 } else { 1 })
        });

        // 60 s: (5·1 + 20) / 6 = 4.2 over 6 s is 6 workers, three times the 2 there are: panic.
        assert_eq!(changes[..2], [(0.0, 2), (60.0, 6)]);
        // 66 s: all of the 6 s are at 20, which is 29 workers; that is as many as it gets. Panic
        // was called for last at 62 s, when 15 were wanted where 6 were ready.
        let peak = changes.iter().map(|(_, workers)| *workers).max();
        assert_eq!(peak, Some(29));
        // So it is over at the first tick after 122 s; then at most half goes at a tick.
        assert_eq!(changes[5..7], [(124.0, 14), (126.0, 7)]);
    }

    #[test]
    fn none_for_the_whole_stable_window_is_what_lets_the_last_worker_go() {
        let mut knative = Knative::new(&facts());

        let changes = changes(&mut knative, 200.0, |at| waiting(u64::from(at <= 10.0)));

        // The second at 10 s leaves the window at 70 s. Two for one open message, one for its
        // average.
        assert_eq!(changes.first(), Some(&(0.0, 2)));
        assert_eq!(changes.last(), Some(&(70.0, 0)));
    }

    #[test]
    fn seconds_that_nobody_saw_are_not_zero() {
        let mut knative = Knative::new(&facts());

        let changes = changes(&mut knative, 50.0, |at| {
            if (10.0..40.0).contains(&at) {
                no_data()
            } else {
                waiting(7)
            }
        });

        assert_eq!(changes, [(0.0, 10)]);
    }
}
