//! How often the queue is to be sampled: quickly while something moves, at leisure while it does
//! not, and at the first message where there is nothing, since that message tells of itself.
//!
//! - **Idle**: no worker, nothing wanted, and the last sample showed no message and no arrival. Only
//!   a sample can show that, so one that failed ends it, and never begins it.
//! - **Fast**: something moves, or did within `NORMAL_AFTER`. Only where there is a fast interval.
//! - **Normal**: everything else, and wherever the strategy does not decide: a quick sample changes
//!   nothing while the number is fixed, paused or ending.
//!
//! While samples fail, nothing is known to have calmed down: what was fast stays so.
//!
//! What moves is judged against chance. Arrivals that are independent of each other make counts that
//! scatter by their square root (Poisson): 100 messages in one interval and 125 in the next are the
//! same traffic, 100 and 150 are not. Regular batches pass for movement; that costs quick samples and
//! nothing else. What is to be done about it is not decided here.

use crate::action::Polling;
use crate::count::{BEYOND_CHANCE, Count};
use crate::decision::{Observation, RateSource};
use crate::event::{Arrivals, Sample};
use crate::quantity::Rate;
use crate::roster::Roster;
use crate::settings::{FastInterval, Settings};
use crate::view::PoolMode;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// From the last movement until polling is normal again: two samples at the reference's interval, so
/// that what pauses for one sample between two steps is watched through.
const NORMAL_AFTER: Duration = Duration::from_secs(4);

/// What was seen of the queue lately, as far as it says how often to sample it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PollingState {
    current: Polling,
    /// The last good one.
    look: Option<Look>,
    /// No sample since was good.
    has_no_data: bool,
    moved_at: Option<Duration>,
    /// The number that was wanted after the event before.
    desired: u32,
}

/// What one good look showed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Look {
    taken_at: Duration,
    ready: u64,
    in_flight: Option<u64>,
    backlog: u64,
    arrival_rate: Option<Rate>,
    /// Arrivals, where all of them were counted.
    counted: Option<Count>,
    /// It is known that nothing has arrived.
    nothing_arrived: bool,
    worker_rate: Rate,
}

impl PollingState {
    /// Normal: that is what a caller takes for granted until it is told.
    pub(crate) fn new() -> Self {
        Self {
            current: Polling::Normal,
            look: None,
            has_no_data: false,
            moved_at: None,
            desired: 0,
        }
    }

    pub(crate) fn current(&self) -> Polling {
        self.current
    }

    /// The queue was sampled, and what was seen can be true.
    pub(crate) fn on_look(&mut self, now: Duration, sample: &Sample, observation: &Observation) {
        let look = Look::of(sample, observation);
        let came_to_life = self.current == Polling::Idle && !look.is_empty();
        if came_to_life || self.look.is_some_and(|before| look.differs_from(&before)) {
            self.moved_at = Some(now);
        }
        self.look = Some(look);
        self.has_no_data = false;
    }

    /// It could not be sampled, or what was seen can't be true, or came too late.
    pub(crate) fn on_no_look(&mut self) {
        self.has_no_data = true;
    }

    /// How to poll from now on, where that has changed.
    pub(crate) fn turn(
        &mut self,
        now: Duration,
        mode: PoolMode,
        desired: u32,
        roster: &Roster,
        settings: &Settings,
    ) -> Option<Polling> {
        if self.moves(desired, roster, settings) {
            self.moved_at = Some(now);
        }
        self.desired = desired;
        let fitting = if mode == PoolMode::Auto {
            self.fitting(now, roster, settings)
        } else {
            Polling::Normal
        };
        let has_changed = fitting != self.current;
        self.current = fitting;
        has_changed.then_some(fitting)
    }

    fn fitting(&self, now: Duration, roster: &Roster, settings: &Settings) -> Polling {
        let saw_nothing = self.look.is_some_and(|look| look.is_empty());
        if saw_nothing && !self.has_no_data && self.desired == 0 && roster.is_empty() {
            return Polling::Idle;
        }
        let moved_lately = self
            .moved_at
            .is_some_and(|at| now < at.saturating_add(NORMAL_AFTER));
        let stays_fast = self.has_no_data && self.current == Polling::Fast;
        match settings.fast_interval {
            FastInterval::Every(_) if moved_lately || stays_fast => Polling::Fast,
            FastInterval::Every(_) | FastInterval::Off => Polling::Normal,
        }
    }

    /// Whether something moves right now, beside what one sample after another shows.
    fn moves(&self, desired: u32, roster: &Roster, settings: &Settings) -> bool {
        let counts = roster.counts();
        desired != self.desired
            || counts.starting > 0
            || self.look.is_some_and(|look| {
                let wait = settings.limits.dead_band.wait;
                look.waits_longer_than(wait, counts.ready) || (look.ready > 0 && roster.all_busy())
            })
            || roster.hands_are_full(settings.prefetch)
    }
}

impl Look {
    fn of(sample: &Sample, observation: &Observation) -> Self {
        let counted = sample.arrivals.counted();
        // The rate of an observation may be one over several looks; what was counted is this look's.
        let nothing_arrived = match (sample.arrivals, counted) {
            (_, Some(count)) => count.messages == 0,
            // Counting has just begun, before an empty queue: the first message will call.
            (Arrivals::Unknown, None) => true,
            (_, None) => {
                observation.arrival_rate_source == RateSource::Balance
                    && observation.arrival_rate == Some(Rate::ZERO)
            }
        };
        Self {
            taken_at: sample.taken_at,
            ready: sample.ready,
            in_flight: observation.in_flight,
            backlog: observation.backlog,
            arrival_rate: observation.arrival_rate,
            counted,
            nothing_arrived,
            worker_rate: observation.worker_rate,
        }
    }

    /// No message anywhere, and none on its way.
    fn is_empty(&self) -> bool {
        self.ready == 0 && self.in_flight == Some(0) && self.nothing_arrived
    }

    /// More waits than so many workers take up within `wait`.
    fn waits_longer_than(&self, wait: Duration, workers: u32) -> bool {
        let taken_up = f64::from(workers) * self.worker_rate.per_second() * wait.as_secs_f64();
        self.ready as f64 > taken_up
    }

    /// By more than chance.
    fn differs_from(&self, before: &Self) -> bool {
        self.rate_differs_from(before) || self.backlog_differs_from(before)
    }

    fn rate_differs_from(&self, before: &Self) -> bool {
        match (self.counted, before.counted) {
            (Some(count), Some(before)) => count.differs_from(before),
            _ => false,
        }
    }

    /// Arrivals raise the backlog and departures lower it, each by a count that scatters by its
    /// square root. Of A arrivals and a change of Δ, A − Δ departed: σ² = 2A − Δ. It is never below
    /// |Δ|, which so many messages at the least have made.
    ///
    /// At 1 000 msg/s and looks 0.5 s apart, a change by up to 3·√1000 ≈ 95 messages is chance.
    fn backlog_differs_from(&self, before: &Self) -> bool {
        // Where what the workers hold came to be known, the backlog jumps and nothing has moved.
        if self.in_flight.is_some() != before.in_flight.is_some() {
            return false;
        }
        let seconds = self.taken_at.saturating_sub(before.taken_at).as_secs_f64();
        let arrivals = self.arrival_rate.map_or(0.0, Rate::per_second) * seconds;
        let change = self.backlog as f64 - before.backlog as f64;
        let variance = (2.0 * arrivals - change).max(change.abs());
        change.abs() > BEYOND_CHANCE * variance.sqrt()
    }
}
