//! Restarting workers that crash, without a crash storm becoming a fork storm.
//!
//! - After a crash nothing is started for 0.5 s, 1 s, 2 s … 30 s, doubling with each crash in a row.
//!   Half of that is fixed and half random, so that pools do not restart in step.
//! - Workers that had been asked for before the last crash belong to the same incident: ten workers
//!   that are killed at once are one crash. One that dies when the back-off is over already, starts
//!   it once more, and does not lengthen it.
//! - From the second crash in a row on, one worker at a time is started, as a probe. It proves itself
//!   with its first completed message, or by staying ready for 10 s; then the others follow.
//! - A completed message lifts the restrictions, and a worker that stays ready for 10 s clears the
//!   count as well. So workers that do a message and crash, again and again, back off longer and
//!   longer although each of them proved something.
//! - From five crashes in a row on, or when a worker can't be started at all, the pool is degraded,
//!   until the same proof.

use crate::event::Exit;
use crate::quantity::{Fraction, WorkerId};
use crate::roster::Roster;
use crate::view::Health;
use crate::worker::{Life, Worker};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A worker that has been ready for so long works.
const PROVEN_AFTER: Duration = Duration::from_secs(10);
/// The longest first back-off.
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
/// The longest back-off of all: how long a pool may stay without workers after its cause is gone.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// From so many crashes in a row on, workers are started one at a time.
const PROBE_FROM: u32 = 2;
/// From so many crashes in a row on, somebody should look.
const DEGRADED_FROM: u32 = 5;

/// What is known of the workers' crashes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Crashes {
    in_a_row: u32,
    standing: Standing,
    /// Nothing is started before this.
    until: Duration,
    /// Workers with smaller ids were asked for before the last incident.
    first_after: WorkerId,
}

/// Whether new workers are trusted to stay alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Standing {
    /// None has crashed, or one that was started since has proven itself.
    Trusted,
    /// None that was started since the last crash has proven itself.
    Doubted,
    /// The same, and a worker could not even be started.
    CannotStart,
}

/// How many workers may be started now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// As many as are wanted.
    Any,
    /// One, to see whether it lives.
    Probe,
    /// None before this time.
    NotBefore(Duration),
    /// None until the probe that runs has proven itself or is gone.
    ProbeRuns,
}

/// Whether a worker that was not told to stop, and is gone, crashed. One that ends by itself with
/// code 0 after a while is renewing itself, as many workers do after so many messages.
pub(crate) fn is_crash(worker: &Worker, exit: Exit, now: Duration) -> bool {
    match worker.life {
        Life::Starting { .. } => true,
        Life::Ready { since, .. } => {
            exit != Exit::Code(0) || now < since.saturating_add(PROVEN_AFTER)
        }
        Life::Draining { .. } | Life::Killing { .. } => false,
    }
}

impl Crashes {
    pub(crate) fn none() -> Self {
        Self {
            in_a_row: 0,
            standing: Standing::Trusted,
            until: Duration::ZERO,
            first_after: WorkerId(0),
        }
    }

    /// A worker crashed; `next` is the id that the next one will get.
    pub(crate) fn on_crash(
        &mut self,
        now: Duration,
        worker: WorkerId,
        next: WorkerId,
        jitter: Fraction,
    ) {
        let is_new_incident = self.in_a_row == 0 || worker >= self.first_after;
        if is_new_incident {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.first_after = next;
        }
        if self.standing == Standing::Trusted {
            self.standing = Standing::Doubted;
        }
        if is_new_incident || self.until <= now {
            self.until = now.saturating_add(backoff(self.in_a_row, jitter));
        }
    }

    /// A worker could not be started.
    pub(crate) fn on_start_failed(
        &mut self,
        now: Duration,
        worker: WorkerId,
        next: WorkerId,
        jitter: Fraction,
    ) {
        self.on_crash(now, worker, next, jitter);
        self.standing = Standing::CannotStart;
    }

    /// A worker reported that it has completed this many messages.
    pub(crate) fn on_completed(&mut self, worker: WorkerId, completed: u64) {
        if completed > 0 && worker >= self.first_after {
            self.standing = Standing::Trusted;
        }
    }

    /// Forgets the crashes once a worker that was started since has been ready for long enough.
    pub(crate) fn pass_time(&mut self, now: Duration, roster: &Roster) {
        if self
            .proof_at(roster)
            .is_some_and(|proof_at| proof_at <= now)
        {
            *self = Self::none();
        }
    }

    /// When the first worker that was started since the last crash will have been ready for long
    /// enough; `None` where there is nothing to prove or nobody to prove it.
    pub(crate) fn proof_at(&self, roster: &Roster) -> Option<Duration> {
        if self.in_a_row == 0 {
            return None;
        }
        roster
            .iter()
            .filter(|worker| worker.id >= self.first_after)
            .filter_map(|worker| Some(worker.ready_since()?.saturating_add(PROVEN_AFTER)))
            .min()
    }

    /// How many workers may be started now.
    pub(crate) fn allowance(&self, now: Duration, roster: &Roster) -> Allowance {
        let careful = match self.standing {
            Standing::Trusted => false,
            Standing::Doubted => self.in_a_row >= PROBE_FROM,
            Standing::CannotStart => true,
        };
        let probe_runs = roster
            .iter()
            .any(|worker| worker.is_wanted() && worker.id >= self.first_after);
        if now < self.until {
            Allowance::NotBefore(self.until)
        } else if !careful {
            Allowance::Any
        } else if probe_runs {
            Allowance::ProbeRuns
        } else {
            Allowance::Probe
        }
    }

    pub(crate) fn health(&self, now: Duration) -> Health {
        let crashes = self.in_a_row;
        let doubted = self.standing != Standing::Trusted;
        if self.standing == Standing::CannotStart || (doubted && crashes >= DEGRADED_FROM) {
            Health::Degraded { crashes }
        } else if now < self.until || (doubted && crashes >= PROBE_FROM) {
            Health::BackingOff {
                until: self.until,
                crashes,
            }
        } else {
            Health::Healthy
        }
    }
}

/// The back-off after so many crashes in a row: half fixed, half random.
fn backoff(in_a_row: u32, jitter: Fraction) -> Duration {
    // 2⁶ · 0.5 s is above the largest back-off already.
    let doublings = in_a_row.saturating_sub(1).min(6);
    let longest = (BACKOFF_FIRST * 2_u32.pow(doublings)).min(BACKOFF_MAX);
    longest / 2 + (longest / 2).mul_f64(jitter.get())
}

#[cfg(test)]
mod tests {
    use super::backoff;
    use crate::quantity::Fraction;
    use std::time::Duration;

    #[test]
    fn the_backoff_doubles_to_half_a_minute_and_half_of_it_is_random() {
        let jitter = |value| Fraction::try_new(value).unwrap();
        for (in_a_row, least_ms) in [
            (1, 250),
            (2, 500),
            (3, 1000),
            (4, 2000),
            (7, 15_000),
            (u32::MAX, 15_000),
        ] {
            let least = Duration::from_millis(least_ms);
            assert_eq!(backoff(in_a_row, jitter(0.0)), least);
            assert_eq!(backoff(in_a_row, jitter(0.5)), least + least / 2);
        }
    }
}
