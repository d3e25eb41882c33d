//! What came, what went, and how many workers there were, look by look while messages waited all the
//! time; and whether a larger fleet did more than a smaller one.
//!
//! # A worked example
//!
//! 1 000 msg/s come, and the host does 800. Five workers do 800, so each does 160. The law adds one
//! every 2 s. Once seven have settled they should do 320 more; they do 800.
//! Two windows of 2 s scatter by chance: 4·√(800/2 + 800/2) = 113 msg/s, which is less than 320, so
//! something can be said. The gain, 0, is less than a tenth of 320: in vain, five do as much.
//! Were it 15 workers and 16, the one that is added should bring 53 msg/s. That is within chance, and
//! nothing is said.
//!
//! What must not look like saturation, and does not:
//! - workers that have just become ready: before the rise every ready worker counts, after it only
//!   those that have settled, so that too little is expected rather than too much;
//! - a rise that answers heavier messages: the larger fleet is compared with every window of a
//!   smaller one within memory, the one after the messages became heavier included, and all of them
//!   have to say the same;
//! - arrivals that are no more than the workers do: at every look more has to wait than the workers
//!   take until the next, so that none of them was idle in between;
//! - new workers filling their prefetch: what they hold is part of the backlog.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Looks are remembered for so many windows: long enough for a rise to be ordered, carried out and
/// settled, and short enough for the messages to be of the same kind.
const MEMORY_WINDOWS: u32 = 8;
/// Looks closer to each other than this share of a window are merged.
const MERGED_PER_WINDOW: u32 = 8;
/// Looks remembered at the most, should windows shrink: twice what the two above come to.
const POINTS_MAX: usize = 128;
/// A rise that brought less than this share of what it should have was in vain.
const EFFECTIVE_FROM: f64 = 0.1;
/// Departures that are this many standard deviations apart are not apart by chance; four, since a
/// comparison is made at each look.
const BEYOND_CHANCE: f64 = 4.0;
/// A window shows a rate only where each worker finished so many messages in it; it is meant to hold
/// three.
const MESSAGES_EACH: f64 = 2.0;

/// What one good look showed while messages waited.
pub(super) struct Look {
    pub(super) at: Duration,
    /// Messages that wait.
    pub(super) messages: u64,
    /// Messages at the workers, where all of them are busy and have said so.
    pub(super) in_flight: Option<u64>,
    /// What arrived since the look before, where that is known.
    pub(super) counted: Option<u64>,
    pub(super) foreign_consumers: u32,
    /// Workers that are ready.
    pub(super) ready: u32,
    /// Of these, those that have been for long enough to count in full.
    pub(super) settled: u32,
}

/// What a rise has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing can be said.
    Unknown,
    /// More than a tenth of what it should have.
    Helped,
    /// Less.
    InVain {
        /// Workers before it.
        before: u32,
        /// Workers that would do as much.
        useful: u32,
    },
}

/// Looks, from the oldest to the newest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct History {
    arrived: u64,
    /// Time that workers were ready, over all of them; no less than it was.
    ready: Duration,
    /// Time that workers were ready and settled; no more than it was.
    settled: Duration,
    seen: Option<Seen>,
    points: VecDeque<Point>,
}

/// The last look.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Seen {
    at: Duration,
    ready: u32,
    settled: u32,
    foreign_consumers: u32,
}

/// Sums up to one look.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Point {
    at: Duration,
    /// Messages that wait.
    messages: u64,
    /// B, with what the workers hold.
    backlog: u64,
    /// Arrivals less the backlog: it grows by one with each message that is done.
    departed: i128,
    ready: Duration,
    settled: Duration,
}

/// What happened between two looks.
struct Window {
    seconds: f64,
    departures_per_second: f64,
    /// Workers on average, at the most and at the least.
    ready: f64,
    settled: f64,
    backlog_fell: bool,
}

impl History {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn on_look(&mut self, look: &Look, window: Duration) {
        let Some(counted) = look.counted else {
            return self.clear();
        };
        if let Some(seen) = self.seen {
            if seen.foreign_consumers != look.foreign_consumers || look.at <= seen.at {
                self.clear();
            } else {
                self.add(seen, look, counted);
            }
        }
        self.seen = Some(Seen {
            at: look.at,
            ready: look.ready,
            settled: look.settled,
            foreign_consumers: look.foreign_consumers,
        });
        if let Some(in_flight) = look.in_flight {
            self.enter(look, look.messages.saturating_add(in_flight), window);
        }
    }

    fn add(&mut self, seen: Seen, look: &Look, counted: u64) {
        let passed = look.at.saturating_sub(seen.at);
        let time_of = |workers| passed.saturating_mul(workers);
        self.arrived = self.arrived.saturating_add(counted);
        self.ready = self
            .ready
            .saturating_add(time_of(seen.ready.max(look.ready)));
        self.settled = self
            .settled
            .saturating_add(time_of(seen.settled.min(look.ready)));
    }

    fn enter(&mut self, look: &Look, backlog: u64, window: Duration) {
        let point = Point {
            at: look.at,
            messages: look.messages,
            backlog,
            departed: i128::from(self.arrived) - i128::from(backlog),
            ready: self.ready,
            settled: self.settled,
        };
        if self
            .points
            .back()
            .is_some_and(|last| point.departed - last.departed > i128::from(last.messages))
        {
            // The workers may have had nothing to do in between.
            self.points.clear();
        }
        let merged_within = window / MERGED_PER_WINDOW;
        if let Some(before_last) = self.points.len().checked_sub(2)
            && point.at - self.points[before_last].at < merged_within
        {
            self.points.pop_back();
        }
        self.points.push_back(point);
        let memory = window.saturating_mul(MEMORY_WINDOWS);
        while self.points.len() > POINTS_MAX
            || self
                .points
                .front()
                .is_some_and(|first| first.at.saturating_add(memory) < point.at)
        {
            self.points.pop_front();
        }
    }

    /// What the workers that came lately have brought, where each does `worker_rate` by itself.
    pub(super) fn finding(&self, window: Duration, worker_rate: f64) -> Finding {
        let newest = self.points.len().saturating_sub(1);
        let Some((began, present)) = self.window_until(newest, window) else {
            return Finding::Unknown;
        };
        if present.backlog_fell {
            return Finding::Unknown;
        }
        let mut finding = Finding::Unknown;
        for end in 0..=began {
            let Some((_, before)) = self.window_until(end, window) else {
                continue;
            };
            match present.compared_with(&before, worker_rate) {
                Finding::Unknown => {}
                Finding::Helped => return Finding::Helped,
                in_vain @ Finding::InVain { .. } if finding == Finding::Unknown => {
                    finding = in_vain;
                }
                Finding::InVain { .. } => {}
            }
        }
        finding
    }

    /// The shortest stretch that ends here and lasts for a window, and the look at which it began.
    fn window_until(&self, end: usize, window: Duration) -> Option<(usize, Window)> {
        let last = self.points.get(end)?;
        let began = (0..end)
            .rev()
            .find(|&index| last.at - self.points[index].at >= window)?;
        Some((began, Window::between(&self.points[began], last)))
    }
}

impl Window {
    fn between(first: &Point, last: &Point) -> Self {
        let seconds = (last.at - first.at).as_secs_f64();
        let mean = |first: Duration, last: Duration| (last - first).as_secs_f64() / seconds;
        Self {
            seconds,
            departures_per_second: (last.departed - first.departed) as f64 / seconds,
            ready: mean(first.ready, last.ready),
            settled: mean(first.settled, last.settled),
            backlog_fell: last.backlog < first.backlog,
        }
    }

    fn compared_with(&self, before: &Self, worker_rate: f64) -> Finding {
        let done_before = before.departures_per_second;
        // A worker that did less than it could has shown what it does. None is expected to do more.
        let each = worker_rate.min(done_before / before.ready);
        let shortest_seconds = self.seconds.min(before.seconds);
        if before.ready <= 0.0 || shortest_seconds * each < MESSAGES_EACH {
            return Finding::Unknown;
        }
        let expected = (self.settled - before.ready) * each;
        let variance =
            done_before / before.seconds + self.departures_per_second.max(0.0) / self.seconds;
        if expected <= BEYOND_CHANCE * variance.sqrt() {
            return Finding::Unknown;
        }
        let gain = self.departures_per_second - done_before;
        if gain >= EFFECTIVE_FROM * expected {
            return Finding::Helped;
        }
        // Casts from floats saturate.
        let workers_before = before.ready.ceil() as u32;
        let helped = (gain.max(0.0) / each).floor() as u32;
        Finding::InVain {
            before: workers_before,
            useful: workers_before.saturating_add(helped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Window};

    fn window(workers: f64, departures_per_second: f64, seconds: f64) -> Window {
        Window {
            seconds,
            departures_per_second,
            ready: workers,
            settled: workers,
            backlog_fell: false,
        }
    }

    fn in_vain(before: u32, useful: u32) -> Finding {
        Finding::InVain { before, useful }
    }

    #[test]
    fn a_rise_is_in_vain_where_it_brought_less_than_a_tenth() {
        let five = window(5.0, 800.0, 2.0);
        for (workers, departures_per_second, finding) in [
            (7.0, 800.0, in_vain(5, 5)),
            (7.0, 700.0, in_vain(5, 5)),
            (7.0, 831.0, in_vain(5, 5)),
            (7.0, 833.0, Finding::Helped),
            // Two workers more should do 320 more; one worker's work is within chance, 113.
            (5.7, 800.0, Finding::Unknown),
            (5.0, 800.0, Finding::Unknown),
            (3.0, 800.0, Finding::Unknown),
            // Of twenty more a tenth would be two.
            (25.0, 800.0 + 300.0, in_vain(5, 6)),
        ] {
            let after = window(workers, departures_per_second, 2.0);
            let found = after.compared_with(&five, 200.0);
            assert_eq!(found, finding, "{workers} workers: {departures_per_second}");
        }
    }

    #[test]
    fn few_messages_say_nothing() {
        // 15 workers and one more: 53 msg/s are within chance.
        let found = window(16.0, 800.0, 2.0).compared_with(&window(15.0, 800.0, 2.0), 200.0);
        assert_eq!(found, Finding::Unknown);
        // Tasks of 10 s that end in bunches, watched for 2 s.
        let bunch = window(1000.0, 500.0, 2.0);
        let found = window(1500.0, 0.0, 2.0).compared_with(&bunch, 0.1);
        assert_eq!(found, Finding::Unknown);
        // Nobody there, and nothing done.
        let found = window(10.0, 0.0, 2.0).compared_with(&window(0.0, 0.0, 2.0), 200.0);
        assert_eq!(found, Finding::Unknown);
        let found = window(10.0, 0.0, 2.0).compared_with(&window(5.0, 0.0, 2.0), 200.0);
        assert_eq!(found, Finding::Unknown);
    }

    #[test]
    fn a_worker_rate_that_is_set_too_high_does_not_raise_what_is_expected() {
        // Each does 20 msg/s, whatever the settings say, and five more do as much again.
        let found = window(10.0, 200.0, 2.0).compared_with(&window(5.0, 100.0, 2.0), 2_000.0);
        assert_eq!(found, Finding::Helped);
    }
}
