//! How closely the queue is to be watched: quickly while something moves, at leisure while it does
//! not, and not at all for as long as there is nothing, since the first message then says so itself.
//!
//! - **Rest**: no worker, nothing wanted, and the last look showed no message and no arrival. Only a
//!   look can show that, so a look that failed ends a rest, and never begins one.
//! - **Alert**: something moves, or did within `CALM_AFTER`. Only where there is a fast interval.
//! - **Calm**: everything else, and wherever the strategy does not decide: a quick look changes
//!   nothing while the number is fixed, paused or ending.
//!
//! While looks fail, nothing is known to have become calm: what was alert stays so.
//!
//! What moves is judged against chance. Arrivals that are independent of each other make counts that
//! scatter by their square root (Poisson): 100 messages in one interval and 125 in the next are the
//! same traffic, 100 and 150 are not. Regular batches pass for movement; that costs quick looks and
//! nothing else. What is to be done about it is not decided here.

use crate::action::{Action, Attention};
use crate::decision::{Observation, RateSource};
use crate::event::{Activity, Arrivals, Sample};
use crate::pool::Pool;
use crate::quantity::Rate;
use crate::settings::FastInterval;
use crate::view::{Mode, WorkerState};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// From the last movement until it is calm: two looks at the reference's interval, so that what
/// pauses for one look between two steps is watched through.
const CALM_AFTER: Duration = Duration::from_secs(4);

/// A change by more than so many standard deviations is not chance: one look in 370 is mistaken.
const BEYOND_CHANCE: f64 = 3.0;

/// What was seen of the queue lately, as far as it says how closely to watch it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lookout {
    attention: Attention,
    /// The last good one.
    look: Option<Look>,
    /// No look since was good.
    is_blind: bool,
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
    counted: Option<Count>,
    /// It is known that nothing has arrived.
    nothing_arrived: bool,
    worker_rate: Rate,
}

/// Arrivals, all of them counted.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Count {
    messages: u64,
    over: Duration,
}

impl Lookout {
    /// Calm: that is what a caller takes for granted until it is told.
    pub(crate) fn new() -> Self {
        Self {
            attention: Attention::Calm,
            look: None,
            is_blind: false,
            moved_at: None,
            desired: 0,
        }
    }

    pub(crate) fn attention(&self) -> Attention {
        self.attention
    }

    /// The queue was looked at, and what was seen can be true.
    pub(crate) fn on_look(&mut self, now: Duration, sample: &Sample, observation: &Observation) {
        let look = Look::of(sample, observation);
        let came_to_life = self.attention == Attention::Rest && !look.is_empty();
        if came_to_life || self.look.is_some_and(|before| look.differs_from(&before)) {
            self.moved_at = Some(now);
        }
        self.look = Some(look);
        self.is_blind = false;
    }

    /// It could not be looked at, or what was seen can't be true, or came too late.
    pub(crate) fn on_no_look(&mut self) {
        self.is_blind = true;
    }
}

impl Pool {
    /// Says how closely to watch the queue, where that has changed.
    pub(crate) fn attend(&mut self, actions: &mut Vec<Action>) {
        if self.moves() {
            self.lookout.moved_at = Some(self.now);
        }
        self.lookout.desired = self.desired;
        let attention = self.fitting_attention();
        if attention != self.lookout.attention {
            self.lookout.attention = attention;
            actions.push(Action::Watch(attention));
        }
    }

    fn fitting_attention(&self) -> Attention {
        let lookout = &self.lookout;
        if self.mode() != Mode::Auto {
            return Attention::Calm;
        }
        let saw_nothing = lookout.look.is_some_and(|look| look.is_empty());
        if saw_nothing && !lookout.is_blind && self.desired == 0 && self.roster.is_empty() {
            return Attention::Rest;
        }
        let moved_lately = lookout
            .moved_at
            .is_some_and(|at| self.now < at.saturating_add(CALM_AFTER));
        let stays_alert = lookout.is_blind && lookout.attention == Attention::Alert;
        match self.settings.fast_interval {
            FastInterval::Every(_) if moved_lately || stays_alert => Attention::Alert,
            FastInterval::Every(_) | FastInterval::Off => Attention::Calm,
        }
    }

    /// Whether something moves right now, beside what one look after another shows.
    fn moves(&self) -> bool {
        let counts = self.roster.counts();
        self.desired != self.lookout.desired
            || counts.starting > 0
            || self.lookout.look.is_some_and(|look| {
                let wait = self.settings.limits.dead_band.wait;
                look.waits_longer_than(wait, counts.ready) || (look.ready > 0 && self.all_busy())
            })
            || self.hands_are_full()
    }

    /// Every ready worker reports as much in hand as it takes: what else arrives has to wait in the
    /// queue, although the last look may have shown none there.
    pub(crate) fn hands_are_full(&self) -> bool {
        let prefetch = u64::from(self.settings.prefetch.get());
        let mut ready = self
            .roster
            .iter()
            .filter(|worker| worker.state() == WorkerState::Ready)
            .map(|worker| worker.status.map_or(0, |status| status.in_flight))
            .peekable();
        ready.peek().is_some() && ready.all(|in_flight| in_flight >= prefetch)
    }

    /// Every ready worker reports that it is busy. One that reports nothing is not known to be.
    pub(crate) fn all_busy(&self) -> bool {
        let is_busy = |activity| activity == Some(Activity::Busy);
        let mut ready = self
            .roster
            .iter()
            .filter(|worker| worker.state() == WorkerState::Ready)
            .map(|worker| worker.status.map(|status| status.activity))
            .peekable();
        ready.peek().is_some() && ready.all(is_busy)
    }
}

impl Look {
    fn of(sample: &Sample, observation: &Observation) -> Self {
        let counted = match sample.arrivals {
            Arrivals::Counted { messages, over } if !over.is_zero() => {
                Some(Count { messages, over })
            }
            _ => None,
        };
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

impl Count {
    /// n₁ messages over t₁ and n₂ over t₂ have one rate, (n₁ + n₂) / (t₁ + t₂), unless the
    /// difference of their own is above 3·√((n₁ + n₂) / (t₁·t₂)).
    fn differs_from(self, before: Self) -> bool {
        let [over, over_before] = [self, before].map(|count| count.over.as_secs_f64());
        let [messages, messages_before] = [self, before].map(|count| count.messages as f64);
        let difference = messages / over - messages_before / over_before;
        let variance = (messages + messages_before) / (over * over_before);
        difference.abs() > BEYOND_CHANCE * variance.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::Count;
    use std::time::Duration;

    fn count(messages: u64, milliseconds: u64) -> Count {
        Count {
            messages,
            over: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn counts_differ_by_more_than_chance_only_beyond_three_deviations() {
        for (before, after, differs) in [
            (count(100, 500), count(125, 500), false),
            (count(100, 500), count(150, 500), true),
            (count(100, 500), count(60, 500), true),
            // The same rate over intervals of different lengths.
            (count(400, 2000), count(100, 500), false),
            (count(400, 2000), count(120, 500), false),
            (count(400, 2000), count(160, 500), true),
            // A handful says little.
            (count(0, 2000), count(9, 2000), false),
            (count(0, 2000), count(10, 2000), true),
            (count(0, 2000), count(0, 2000), false),
        ] {
            assert_eq!(after.differs_from(before), differs, "{before:?} {after:?}");
        }
    }
}
