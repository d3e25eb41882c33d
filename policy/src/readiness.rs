//! What the number of consumers tells: which silent workers are ready, how many consumers are
//! somebody else's, and whether a sample can be true.
//!
//! The broker gives one number for a queue and no names. Where it is larger than what is accounted
//! for, the oldest of the workers that have not shown themselves are taken to be the difference.
//! A draining worker may or may not still count as a consumer, so it is accounted for as one: at
//! worst a silent worker is found ready one sample later, or by `ready_after`.
//! Foreign consumers are measured while no draining worker blurs the number; in between, the last
//! measured number stands as far as there is room for it.

use crate::event::Sample;
use crate::roster::Roster;
use crate::start_up::StartUp;
use crate::view::WorkerState;
use crate::worker::Worker;
use std::time::Duration;

/// Whether this sample can be true. A quorum queue without a leader answers 0 messages and 0
/// consumers; a worker that had shown by then that it consumes says otherwise.
/// Workers that are only assumed to be ready say nothing.
pub(crate) fn is_plausible(roster: &Roster, sample: &Sample) -> bool {
    let consumed = |worker: &Worker| {
        worker.has_shown_itself()
            && worker
                .ready_since()
                .is_some_and(|since| since <= sample.taken_at)
    };
    let nothing_there = sample.ready == 0 && sample.consumers == 0;
    !(nothing_there && roster.iter().any(consumed))
}

/// Notes which workers the broker shows, and answers with the number of foreign consumers.
pub(crate) fn on_consumers(
    now: Duration,
    roster: &mut Roster,
    start_up: &mut StartUp,
    consumers: u32,
    foreign_before: u32,
) -> u32 {
    let mut accounted = Accounted::of(roster);
    let foreign = foreign_before.min(consumers.saturating_sub(accounted.shown));
    let more = consumers
        .saturating_sub(accounted.shown)
        .saturating_sub(accounted.draining)
        .saturating_sub(foreign);
    if more > 0 {
        roster
            .iter_mut()
            .filter(|worker| worker.is_wanted() && !worker.has_shown_itself())
            .take(more as usize)
            .filter_map(|worker| worker.on_shown(now))
            .for_each(|measured| start_up.on_measured(measured));
        accounted = Accounted::of(roster);
    }
    if accounted.draining == 0 {
        // Where a worker is still unseen, all that is not shown was foreign before: the same number.
        consumers.saturating_sub(accounted.shown)
    } else {
        foreign
    }
}

/// Own workers, by what they can add to the number of consumers.
struct Accounted {
    /// Workers known to consume: one consumer each.
    shown: u32,
    /// Workers that may or may not consume still.
    draining: u32,
}

impl Accounted {
    fn of(roster: &Roster) -> Self {
        let mut accounted = Self {
            shown: 0,
            draining: 0,
        };
        for worker in roster.iter() {
            if worker.state() == WorkerState::Draining {
                accounted.draining += 1;
            } else if worker.has_shown_itself() {
                accounted.shown += 1;
            }
        }
        accounted
    }
}
