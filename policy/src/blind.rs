//! Growing without data: what the workers say when the broker says nothing.
//!
//! The workers' reports do not come through the broker's statistics, so they go on when those do not.
//! Workers that all have as much in hand as they take, and get on with it, say that more waits than
//! they keep up with, although nobody knows how much.
//! So for as long as that lasts one worker in four is added, once in a drain time.
//! A fleet of 10 that needs 20 has them after three such steps: 10, 13, 17, 22.
//!
//! Missing data may raise the fleet and never lowers it: what was too much is given back by the first
//! good look.
//! Workers that get nothing done are no reason to add others: they may all wait for the broker itself.

use crate::event::Override;
use crate::limits::Limited;
use crate::pool::{Control, Pool};
use crate::view::WorkerState;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One worker in so many is added: few enough for a mistake to be small, and doubled after three steps.
const ADDED_SHARE: u32 = 4;

/// Since when all hands have been full, without a look or an addition in between.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct FullHands {
    since: Duration,
    /// What the ready workers had completed by then.
    completed: u64,
}

impl Pool {
    /// The number that full hands ask for, where they do; for after a look that failed.
    pub(crate) fn with_full_hands(&mut self) -> Option<Limited> {
        let counts = self.roster.counts();
        let decides = self.control == Control::Running && self.fixed == Override::Auto;
        if !decides || counts.starting > 0 || !self.hands_are_full() {
            self.full_hands = None;
            return None;
        }
        let completed = self.completed();
        let Some(before) = self.full_hands else {
            self.full_hands = Some(FullHands {
                since: self.now,
                completed,
            });
            return None;
        };
        if self.now.saturating_sub(before.since) < self.settings.drain_time {
            return None;
        }
        self.full_hands = Some(FullHands {
            since: self.now,
            completed,
        });
        let done = completed.saturating_sub(before.completed);
        if done < u64::from(counts.ready) {
            return None;
        }
        let wanted = counts.wanted();
        let mut limited = Limited::new(wanted.saturating_add(wanted.div_ceil(ADDED_SHARE)));
        self.bounds().apply(&mut limited);
        (limited.number > self.desired).then_some(limited)
    }

    /// Messages that the ready workers have completed since they started.
    fn completed(&self) -> u64 {
        self.roster
            .iter()
            .filter(|worker| worker.state() == WorkerState::Ready)
            .filter_map(|worker| worker.status)
            .fold(0, |sum, status| sum.saturating_add(status.completed))
    }
}
