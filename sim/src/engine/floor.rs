//! The clairvoyant that cost is measured against: it knows the rate of every instant to come, and
//! keeps the ⌈λ/μ⌉ workers that keep up with it, and no more.
//!
//! Workers are ordered `start_up` ahead, so that they are ready when they are needed, and a worker
//! that is needed again within that time is kept. Idle ones go first. Where none is needed, one
//! stays while messages are left. It does nothing about a backlog, so its waits are long: it is the
//! floor for cost, not for waits.

use crate::rival::{Departure, Rival, Seen, Victims};
use crate::workload::{Workload, workers_for};
use std::time::Duration;
use traffic::RateSeries;

/// How often it looks whether messages are left.
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// It waits for the end of every message, which takes a day at the longest.
const GRACE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// The clairvoyant: it knows the whole rate beforehand.
#[derive(Debug)]
pub(crate) struct Floor {
    /// So many workers are needed from each time until the next.
    needs: Vec<(Duration, u32)>,
    start_up: Duration,
    /// Which of the needs holds now, and which is the last that is seen from now.
    first: usize,
    last: usize,
    next_at: Duration,
}

impl Floor {
    pub(crate) fn new(workload: &Workload) -> Self {
        Self {
            needs: needs(&workload.rate, workload.service.mean, workload.max),
            start_up: workload.start_up,
            first: 0,
            last: 0,
            next_at: Duration::ZERO,
        }
    }

    /// When the need after this one begins.
    fn after(&self, index: usize) -> Option<Duration> {
        self.needs.get(index + 1).map(|&(from, _)| from)
    }
}

impl Rival for Floor {
    fn next_at(&self) -> Duration {
        self.next_at
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        while self.after(self.first).is_some_and(|from| from <= now) {
            self.first += 1;
        }
        let foreseen = now + self.start_up;
        while self.after(self.last).is_some_and(|from| from <= foreseen) {
            self.last += 1;
        }
        let needed = self.needs.get(self.first..=self.last).unwrap_or_default();
        let needed = needed.iter().map(|&(_, workers)| workers).max();
        let changes_at = [
            self.after(self.first),
            self.after(self.last).map(|from| from - self.start_up),
        ];
        let changes_at = changes_at.into_iter().flatten().min();
        let are_left = seen.queue.is_some_and(|queue| queue.ready > 0) || seen.workers.busy > 0;
        let workers = needed.unwrap_or(0).max(are_left.into());
        let looks_at = (workers > 0 || changes_at.is_none()).then_some(now + LOOKS_EVERY);
        self.next_at = changes_at
            .into_iter()
            .chain(looks_at)
            .min()
            .unwrap_or(now + LOOKS_EVERY);
        workers
    }

    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::IdleFirst,
            grace: GRACE,
        }
    }
}

/// How many workers keep up from when on. Between two points the rate is a line, which passes each
/// whole number of workers once: at 200 msg/s each, a ramp from 100 to 500 msg/s within 4 s needs
/// one worker, a second from 1 s on, and a third from 3 s on.
fn needs(rate: &RateSeries, service_mean: Duration, max: u32) -> Vec<(Duration, u32)> {
    let worker_rate = 1.0 / service_mean.as_secs_f64();
    let mut needs = vec![(Duration::ZERO, 0)];
    let mut need = |from: Duration, workers: u32| {
        if needs.last().is_none_or(|&(_, before)| before != workers) {
            needs.push((from, workers));
        }
    };
    for pair in rate.points().windows(2) {
        let (since, until) = (pair[0].at, pair[1].at);
        let (from, to) = (pair[0].rate.per_second(), pair[1].rate.per_second());
        if since == until {
            continue;
        }
        let workers_at = |rate| workers_for(rate, service_mean).min(max);
        let (at_first, at_last) = (workers_at(from), workers_at(to));
        let passes_at = |workers: u32| {
            let passed = f64::from(workers) * worker_rate;
            let share = ((passed - from) / (to - from)).clamp(0.0, 1.0);
            since + (until - since).mul_f64(share)
        };
        need(since, at_first);
        for workers in at_first..at_last {
            need(passes_at(workers), workers + 1);
        }
        for workers in (at_last..at_first).rev() {
            need(passes_at(workers), workers);
        }
    }
    need(rate.end(), 0);
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_passes_each_number_of_workers_once() {
        let points = vec![
            (0.0, 100.0),
            (4.0, 500.0),
            (4.0, 0.0),
            (6.0, 0.0),
            (7.0, 200.0),
        ];
        let rate = RateSeries::try_new(points).unwrap();
        let seconds = Duration::from_secs;
        assert_eq!(
            needs(&rate, Duration::from_millis(5), 10),
            [
                (seconds(0), 0),
                (seconds(0), 1),
                (seconds(1), 2),
                (seconds(3), 3),
                (seconds(4), 0),
                (seconds(6), 1),
                (seconds(7), 0),
            ]
        );
    }

    #[test]
    fn a_fall_needs_fewer_as_it_passes_and_the_bound_holds() {
        let rate = RateSeries::try_new(vec![(0.0, 800.0), (4.0, 0.0)]).unwrap();
        let seconds = Duration::from_secs;
        assert_eq!(
            needs(&rate, Duration::from_millis(5), 3),
            [
                (seconds(0), 0),
                (seconds(0), 3),
                (seconds(2), 2),
                (seconds(3), 1),
                (seconds(4), 0),
            ]
        );
    }
}
