//! Growing without data: what the workers say when the broker says nothing.
//!
//! The workers' reports do not come through the broker's statistics, so they go on when those do not.
//! Workers that all have as much in hand as they take, and get on with it, say that more waits than
//! they keep up with, although nobody knows how much.
//! So for as long as that lasts one worker in four is added, once in a drain time.
//! A fleet of 10 that needs 20 has them after three such steps: 10, 13, 17, 22.
//!
//! Missing data may raise the fleet and never lowers it: what was too much is given back by the first
//! good sample.
//! Workers that get nothing done are no reason to add others: they may all wait for the broker itself.

use crate::roster::Roster;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One worker in so many is added: few enough for a mistake to be small, and doubled after three steps.
const ADDED_SHARE: u32 = 4;

/// Since when all hands have been full, without a good sample or an addition in between.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct FullHands(Option<Since>);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Since {
    at: Duration,
    /// What the ready workers had completed by then.
    completed: u64,
}

impl FullHands {
    /// The workers are not, or no longer, what has to be asked.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }

    /// The number of workers that full hands ask for, where they do; for after a sample that failed.
    pub(crate) fn ask(
        &mut self,
        now: Duration,
        roster: &Roster,
        settings: &Settings,
    ) -> Option<u32> {
        let counts = roster.counts();
        if counts.starting > 0 || !roster.hands_are_full(settings.prefetch) {
            self.forget();
            return None;
        }
        let since = Since {
            at: now,
            completed: roster.completed(),
        };
        let before = *self.0.get_or_insert(since);
        if now.saturating_sub(before.at) < settings.drain_time {
            return None;
        }
        self.0 = Some(since);
        let done = since.completed.saturating_sub(before.completed);
        let wanted = counts.wanted();
        (done >= u64::from(counts.ready))
            .then(|| wanted.saturating_add(wanted.div_ceil(ADDED_SHARE)))
    }
}
