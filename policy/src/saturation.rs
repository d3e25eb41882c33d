//! Notices when more workers do not do more work, because the processors, the broker or whatever the
//! workers call has no more to give: then adding workers costs and helps nobody.
//!
//! The law can't see that. Messages wait, so it asks for more, they wait still, so it asks for more.
//! Departures show it: what left the queue and the workers, as counted arrivals less the change of
//! the backlog. `history.rs` compares them before and after a rise. Where the risen fleet brought
//! less than a tenth of what its new workers should have, and the backlog has not fallen:
//!
//! ```text
//!              in vain: 60 s                       once more in vain: 2, 4 … 10 min
//!   ┌──────────┐       ┌───────────┐   time is over    ┌────────┐
//!   │ watching ├──────▶│ saturated ├──────────────────▶│ trying │
//!   └──────────┘       └───────────┘◀──────────────────┴───┬────┘
//!        ▲          nothing waits any more, or             │ it helps, or
//!        └───────── fewer workers than before the rise ────┴─ nothing can be said
//! ```
//!
//! While saturated the fleet does not grow beyond what helped; it is not lowered either. Trying adds
//! a quarter, so that a host that is still full is not flooded each time.
//!
//! This is the ineffective-scaling detection of the Apache Flink Kubernetes operator's autoscaler
//! (`job.autoscaler.scaling.effectiveness.threshold`, 0.1), with chance taken into account.
//!
//! - Data that is missing shows nothing: it takes counted arrivals, and workers that all report.
//!   Where λ comes from the balance of the backlog, it would be judged by itself, so nothing is.
//! - A measured μ that falls does not end it: processors that too many share make it fall. A given
//!   one that changes does, and so does the next try.
//! - The cost: a mix of messages that becomes heavier in the very seconds in which the fleet rises
//!   looks the same, and keeps it from growing for a minute.

mod history;

use crate::decision::{Observation, WorkerRateSource};
use crate::event::Sample;
use crate::quantity::Rate;
use crate::roster::Roster;
use crate::view::Saturated;
use history::{Finding, History, Look};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long adding stops the first time: about as long as a host is busy with something else.
const PAUSE_FIRST: Duration = Duration::from_secs(60);
/// How long it stops at the most: what was repaired is noticed within this time.
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// A window over which departures are counted lasts no less than this,
const WINDOW_MIN: Duration = Duration::from_secs(2);
/// and no less than so many messages take, one after the other: departures of 10 s tasks come in
/// bunches.
const WINDOW_MESSAGES: u32 = 3;
/// A try that has shown nothing after so many windows, once its workers are there, has shown that
/// nothing can be said.
const TRY_WINDOWS: u32 = 6;
/// A new worker counts in full once it has been ready for this long, or for one message.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// What a worker holds is known once it has been ready for this long: it reports 5 times a second.
const REPORTED_AFTER: Duration = Duration::from_millis(500);

/// Whether more workers have done more work lately.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Saturation {
    phase: Phase,
    history: History,
    /// μ at the last look, where it is given.
    given: Option<Rate>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Phase {
    Watching,
    Saturated(Stop),
    Trying(Stop),
}

/// No more workers than this, for so long.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stop {
    ceiling: u32,
    /// Workers before the rise that was in vain.
    before: u32,
    until: Duration,
    pause: Duration,
}

impl Saturation {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Watching,
            history: History::default(),
            given: None,
        }
    }

    /// No good look: what came and went since the last one is not known.
    pub(crate) fn on_no_look(&mut self) {
        self.history.clear();
    }

    /// No more than this; `None` where nothing is known to be in vain.
    pub(crate) fn ceiling(&self) -> Option<u32> {
        self.saturated().map(|saturated| saturated.workers)
    }

    pub(crate) fn saturated(&self) -> Option<Saturated> {
        match self.phase {
            Phase::Watching => None,
            Phase::Saturated(stop) | Phase::Trying(stop) => Some(Saturated {
                workers: stop.ceiling,
                until: stop.until,
            }),
        }
    }

    /// What holds from now on, with `from` starting and ready workers. A try lasts for `try_for`,
    /// which leaves its workers time to start.
    fn on_finding(&mut self, now: Duration, from: u32, finding: Finding, try_for: Duration) {
        self.phase = match (self.phase, finding) {
            (Phase::Watching, Finding::InVain { before, useful }) => {
                Phase::Saturated(Stop::new(now, before, useful, PAUSE_FIRST))
            }
            (Phase::Trying(stop), Finding::InVain { before, useful }) => {
                let pause = stop.pause.saturating_mul(2).min(PAUSE_MAX);
                Phase::Saturated(Stop::new(now, before, useful, pause))
            }
            (Phase::Trying(_), Finding::Helped) => Phase::Watching,
            (Phase::Trying(stop), Finding::Unknown) if now >= stop.until => Phase::Watching,
            (Phase::Saturated(stop), _) if now >= stop.until => Phase::Trying(Stop {
                ceiling: from.saturating_add((from / 4).max(1)),
                until: now.saturating_add(try_for),
                ..stop
            }),
            (phase, _) => phase,
        };
    }

    /// Whether the fleet is smaller by now than before the rise that was in vain.
    fn is_outdated(&self, from: u32) -> bool {
        match self.phase {
            Phase::Watching => false,
            Phase::Saturated(stop) | Phase::Trying(stop) => from < stop.before,
        }
    }
}

impl Stop {
    fn new(now: Duration, before: u32, useful: u32, pause: Duration) -> Self {
        Self {
            ceiling: useful,
            before,
            until: now.saturating_add(pause),
            pause,
        }
    }
}

impl Saturation {
    /// Compares what this sample shows with those before it. Where no start-up has been measured, a
    /// try leaves its workers `ready_after` to start.
    pub(crate) fn on_look(
        &mut self,
        now: Duration,
        sample: &Sample,
        observation: &Observation,
        roster: &Roster,
        ready_after: Duration,
    ) {
        let from = roster.counts().wanted();
        let given = (observation.worker_rate_source == WorkerRateSource::Given)
            .then_some(observation.worker_rate);
        if sample.ready == 0 || given != self.given || self.is_outdated(from) {
            *self = Self::new();
            self.given = given;
        }
        if sample.ready == 0 {
            return;
        }
        let worker_rate = observation.worker_rate.per_second();
        let message = Duration::try_from_secs_f64(1.0 / worker_rate).unwrap_or(Duration::MAX);
        let window = message.saturating_mul(WINDOW_MESSAGES).max(WINDOW_MIN);
        let look = look(sample, observation, roster, SETTLED_AFTER.max(message));
        self.history.on_look(&look, window);
        let finding = if roster.counts().starting > 0 {
            Finding::Unknown
        } else {
            self.history.finding(window, worker_rate)
        };
        let start_up = observation.start_up.unwrap_or(ready_after);
        let try_for = window.saturating_mul(TRY_WINDOWS).saturating_add(start_up);
        self.on_finding(now, from, finding, try_for);
    }
}

fn look(
    sample: &Sample,
    observation: &Observation,
    roster: &Roster,
    settled_after: Duration,
) -> Look {
    let at = sample.taken_at;
    let ready_for = |time: Duration| {
        roster
            .iter()
            .filter_map(|worker| worker.ready_since())
            .filter(|since| since.saturating_add(time) <= at)
            .count() as u32
    };
    let counts = roster.counts();
    let all_report = roster.all_busy() && ready_for(REPORTED_AFTER) == counts.ready;
    Look {
        at,
        messages: sample.ready,
        in_flight: observation.in_flight.filter(|_| all_report),
        // What draining workers still do would pass for the others' work.
        counted: sample
            .arrivals
            .counted()
            .filter(|_| counts.draining == 0)
            .map(|count| count.messages),
        foreign_consumers: observation.foreign_consumers,
        ready: counts.ready,
        settled: ready_for(settled_after),
    }
}
