//! Counts what is due, whether the sender keeps up or not.

use crate::load::offered::Load;
use std::iter::Peekable;
use std::time::Duration;
use traffic::{Due, Instants};

/// How many messages were due so far.
#[derive(Debug)]
pub(in crate::load) enum DueCount {
    /// As a schedule has it: what is left of it, and what has come out of it.
    Schedule {
        left: Peekable<Instants>,
        count: u64,
    },
    /// A client's message is due when it is sent.
    Clients,
}

impl DueCount {
    pub(in crate::load) fn of(load: &Load) -> Self {
        match load {
            Load::Open(schedule) => Self::Schedule {
                left: schedule.instants().peekable(),
                count: 0,
            },
            Load::Closed(_) => Self::Clients,
        }
    }

    /// How many were due by `now`, when `sent` have been sent.
    pub(in crate::load) fn count(&mut self, now: Duration, sent: u64) -> u64 {
        let Self::Schedule { left, count } = self else {
            return sent;
        };
        while left
            .next_if(|due| matches!(due, Due::At(at) if *at <= now))
            .is_some()
        {
            *count += 1;
        }
        // A message of a flood is due when it is sent.
        while *count < sent
            && left
                .next_if(|due| matches!(due, Due::AsRoomAllows { .. }))
                .is_some()
        {
            *count += 1;
        }
        *count
    }
}
