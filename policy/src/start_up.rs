//! How long a worker takes from the order to start it until it consumes, and what that means for
//! the backlog.
//!
//! Measured for each pool, from [`Action::Start`](crate::Action::Start) until the worker says that
//! it is ready or the broker shows its consumer. A worker that is only assumed to be ready has shown
//! nothing: it is measured when it does. Where workers report nothing, the broker shows them at the
//! next sample, so what is measured is up to one interval too long.
//!
//! What is expected of the next worker is the median of the last [`REMEMBERED`] start-ups, so one that
//! was out of the ordinary moves nothing once it is over; and never less than the age of the oldest
//! worker that is starting now: a first start-up of 30 s is known to be long while it lasts. The cost
//! of that is that one that hangs counts as long as it does, until `ready_after`.
//! The cost of the median is that a new command is believed after eight workers where it takes longer
//! to start, and after nine where it is quicker.

use crate::quantity::Rate;
use crate::roster::Roster;
use crate::worker::Worker;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Start-ups remembered: enough that seven that were out of the ordinary do not matter, few enough
/// that a change is believed within one scale-up of a middling fleet.
const REMEMBERED: usize = 16;

/// The start-ups that were measured last, from the oldest to the newest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StartUp {
    measured: VecDeque<Duration>,
}

/// What the workers there are can do until one that is ordered now is ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meanwhile {
    /// S: how long that is. Zero where nothing is known of it.
    pub(crate) start_up: Duration,
    /// Workers that are ready.
    pub(crate) ready: u32,
    /// For each worker that is starting, from the oldest to the newest, the time that it can work by
    /// then: one that was ordered some time ago has `S - age` left to start, and so works for
    /// `min(S, age)`.
    pub(crate) starting: Vec<Duration>,
}

impl StartUp {
    /// A worker showed itself so long after it was ordered.
    pub(crate) fn on_measured(&mut self, start_up: Duration) {
        if self.measured.len() == REMEMBERED {
            self.measured.pop_front();
        }
        self.measured.push_back(start_up);
    }

    /// S: what a worker that is ordered now is expected to take; `None` before anything is known.
    pub(crate) fn expected(&self, now: Duration, roster: &Roster) -> Option<Duration> {
        let oldest = roster.iter().filter_map(|worker| age(worker, now)).max();
        self.median().max(oldest)
    }

    /// What the workers there are can do until one that is ordered now is ready.
    pub(crate) fn meanwhile(&self, now: Duration, roster: &Roster) -> Meanwhile {
        let start_up = self.expected(now, roster).unwrap_or_default();
        let ages = roster.iter().filter_map(|worker| age(worker, now));
        Meanwhile {
            start_up,
            ready: roster.counts().ready,
            starting: ages.map(|age| age.min(start_up)).collect(),
        }
    }

    /// The upper one where there are two: to start late costs more than to start early.
    fn median(&self) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.measured.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

impl Meanwhile {
    /// The backlog that is left when workers ordered now are ready:
    ///
    /// ```text
    /// B_S = max(0, B + λ·S − μ·(ready·S + Σ min(S, age)))
    /// ```
    ///
    /// With S = 10 s, B = 1,000 messages, λ = 950 msg/s, and μ = 200 msg/s at three ready workers and
    /// two that were ordered 4 s ago: 1,000 + 9,500 − 200·(30 + 8) = 2,900.
    pub(crate) fn backlog(&self, backlog: u64, arrival_rate: Rate, worker_rate: Rate) -> f64 {
        let arrived = arrival_rate.per_second() * self.start_up.as_secs_f64();
        let by_ready = self.start_up.saturating_mul(self.ready);
        let worked = self
            .starting
            .iter()
            .copied()
            .fold(by_ready, Duration::saturating_add);
        let done = worker_rate.per_second() * worked.as_secs_f64();
        (backlog as f64 + arrived - done).max(0.0)
    }
}

/// How long ago a starting worker was ordered; `None` for any other.
fn age(worker: &Worker, now: Duration) -> Option<Duration> {
    Some(now.saturating_sub(worker.starting_since()?))
}

#[cfg(test)]
mod tests {
    use super::{Meanwhile, REMEMBERED, StartUp};
    use crate::quantity::Rate;
    use crate::roster::Roster;
    use std::time::Duration;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn measured(start_ups: impl IntoIterator<Item = u64>) -> StartUp {
        let mut start_up = StartUp::default();
        for seconds in start_ups {
            start_up.on_measured(at(seconds));
        }
        start_up
    }

    #[test]
    fn nothing_is_known_before_the_first_worker_is_ordered() {
        let start_up = StartUp::default();
        let roster = Roster::default();
        assert_eq!(start_up.expected(at(100), &roster), None);
        assert_eq!(start_up.meanwhile(at(100), &roster), Meanwhile::default());
    }

    #[test]
    fn a_first_start_up_is_known_to_be_long_while_it_lasts() {
        let mut roster = Roster::default();
        roster.ask_for_one(at(100));
        roster.ask_for_one(at(110));
        let start_up = StartUp::default();
        assert_eq!(start_up.expected(at(125), &roster), Some(at(25)));
        let meanwhile = start_up.meanwhile(at(125), &roster);
        assert_eq!(meanwhile.start_up, at(25));
        assert_eq!(meanwhile.starting, [at(25), at(15)]);
    }

    #[test]
    fn seven_start_ups_out_of_the_ordinary_change_nothing() {
        let roster = Roster::default();
        let usual = [2; 9];
        let start_up = measured([600; 7].into_iter().chain(usual));
        assert_eq!(start_up.expected(at(0), &roster), Some(at(2)));
        let start_up = measured(usual.into_iter().chain([0; 7]));
        assert_eq!(start_up.expected(at(0), &roster), Some(at(2)));
    }

    #[test]
    fn the_last_ones_are_remembered_in_bounded_memory() {
        let start_up = measured((0..1000).map(|_| 30).chain([2; REMEMBERED]));
        assert_eq!(start_up.measured.len(), REMEMBERED);
        assert_eq!(start_up.expected(at(0), &Roster::default()), Some(at(2)));
    }

    #[test]
    fn the_worked_example_of_the_backlog_meanwhile() {
        let start_up = measured([10]);
        let mut roster = Roster::default();
        for _ in 0..3 {
            let id = roster.ask_for_one(at(50));
            roster.get_mut(id).unwrap().on_shown(at(60));
        }
        roster.ask_for_one(at(96));
        roster.ask_for_one(at(96));
        let meanwhile = start_up.meanwhile(at(100), &roster);
        assert_eq!((meanwhile.start_up, meanwhile.ready), (at(10), 3));
        assert_eq!(meanwhile.starting, [at(4), at(4)]);
        let rate = |per_second| Rate::try_new(per_second).unwrap();
        let backlog = |waiting| meanwhile.backlog(waiting, rate(950.0), rate(200.0));
        assert_eq!(backlog(1_000), 2_900.0);
        assert_eq!(backlog(0), 1_900.0);
        let calm = meanwhile.backlog(1_000, rate(100.0), rate(200.0));
        assert_eq!(calm, 0.0, "what can be done beyond it does not count");
    }
}
