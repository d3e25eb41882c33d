//! The dead band: changes that chance explains, or that are not worth a worker's start or end.
//!
//! The bare law follows every edge: one interval that happens to bring 5 % more asks for a worker,
//! the next one gives it back.
//! A change passes here only as far as it stands on more than that.
//!
//! - **Up**, so far as the arrivals at their least (λ less one standard error, [`crate::traffic`])
//!   ask for it.
//!   What is short of that shows as backlog in the next samples: the band delays, and never starves.
//! - **Down**, so far as the arrivals at their most allow it.
//! - The backlog counts in both once the messages that wait would wait longer than `dead_band.wait`:
//!   in full while the rate has just moved, and for as much as is cleared within `hold` while it has
//!   not, but within two drain times. A worker that is started stays for `hold` anyway, so that costs
//!   the least; and a backlog that chance has made of a steady rate is no reason to hurry.
//!   Where the strategy promises a wait, it counts in full always: the promise is for every message.
//!
//! Small decreases that pass here are held longer than large ones; `limits` does that, with the
//! window of `dead_band.hold`.
//!
//! # A worked example
//!
//! 6 workers of μ = 20 msg/s with β = 0.3 stand before λ = 100 ± 5 msg/s, and 30 messages wait: for
//! 30/(6·20) = 0.25 s.
//! By the bare law a sample of 108 msg/s asks for ⌈(36 + 108·2) / 40⌉ = 7.
//! The band has λ at its least, 95: ⌈95/20 + 0.3·√(95/20)⌉ = ⌈4.75 + 0.65⌉ = 6, and 0.25 s is no long
//! wait. 6 workers stay.
//! With 120 messages waiting, for 1 s, and `hold` = 4 s it is ⌈95/20 + 126/(20·4)⌉ = ⌈6.3⌉ = 7; were
//! the rate new, ⌈95/20 + 126/(20·2)⌉ = ⌈7.9⌉ = 8.

use crate::limits::useful_for;
use crate::quantity::Rate;
use crate::settings::Settings;
use crate::strategy::{self, Seen, ceiling, headroom};
use crate::traffic::Estimate;

/// A backlog that is left for longer than it was to be is cleared within so many drain times all the
/// same: `hold` may well be an hour, and says nothing of how long messages may wait.
const DRAIN_TIMES_MAX: f64 = 2.0;

/// What the band looks at.
pub(crate) struct Scene<'a> {
    pub(crate) settings: &'a Settings,
    /// What the strategy looked at.
    pub(crate) seen: &'a Seen,
    /// μ in force, in messages per second.
    pub(crate) worker_rate: f64,
    pub(crate) arriving: Estimate,
    /// B.
    pub(crate) backlog: u64,
    /// Of B, what waits and is not worked on.
    pub(crate) waiting: u64,
    /// Messages that wait or that the workers hold, for what more workers could do.
    pub(crate) to_do: u64,
    /// Starting and ready workers.
    pub(crate) from: u32,
}

impl Scene<'_> {
    /// The number, no further from `from` than there is reason for.
    pub(crate) fn within(&self, number: u32) -> u32 {
        let band = &self.settings.limits.dead_band;
        // Nothing is there and nothing came: `hold` alone says how long that is to be so.
        if number == 0 || band.is_off() {
            return number;
        }
        let least = self.least();
        let calm = self.from.clamp(least, self.most().max(least));
        if number < self.from {
            number.max(calm.min(self.from))
        } else {
            // What is there has a worker, however long it takes: none is left to chance.
            number.min(calm.max(1))
        }
    }

    /// Workers that there is need for at the least.
    fn least(&self) -> u32 {
        let rate = self.arriving.low();
        let useful = useful_for(self.settings, self.to_do, rate, self.drain_seconds());
        self.asked(self.pressing_backlog(), rate).min(useful)
    }

    /// Workers that there may be need for. Where a message takes longer than a drain time, those that
    /// come while half of one is worked on find no worker that has become free.
    fn most(&self) -> u32 {
        let rate = self.arriving.high();
        let half_a_message_seconds = 0.5 / self.worker_rate;
        let horizon_seconds = self.drain_seconds().max(half_a_message_seconds);
        let useful = useful_for(self.settings, self.to_do, rate, horizon_seconds);
        if half_a_message_seconds > self.drain_seconds() {
            useful
        } else {
            self.asked(self.pressing_backlog(), rate).min(useful)
        }
    }

    /// What is to be cleared within one drain time. What is being worked on has its workers, and what
    /// waits for a moment only is not worth another one.
    fn pressing_backlog(&self) -> u64 {
        let each = f64::from(self.from.max(1)) * self.worker_rate;
        let expected_wait_seconds = self.waiting as f64 / each;
        let limits = &self.settings.limits;
        if self.from > 0 && expected_wait_seconds <= limits.dead_band.wait.as_secs_f64() {
            0
        } else if self.arriving.has_just_moved() || self.settings.strategy.promised_wait().is_some()
        {
            self.backlog
        } else {
            let drain_seconds = self.drain_seconds();
            let longest_seconds = DRAIN_TIMES_MAX * drain_seconds;
            let within_seconds = limits
                .hold
                .as_secs_f64()
                .clamp(drain_seconds, longest_seconds);
            ceiling(self.backlog as f64 * drain_seconds / within_seconds) as u64
        }
    }

    /// Within this a worker may take up another message; a message that takes longer keeps it.
    fn drain_seconds(&self) -> f64 {
        self.settings.drain_time.as_secs_f64()
    }

    fn asked(&self, backlog: u64, rate: f64) -> u32 {
        let seen = Seen {
            backlog,
            arrival_rate: Rate::saturating(rate),
            ..self.seen.clone()
        };
        strategy::demand(self.settings, &seen).max(headroom::workers(
            self.settings.headroom,
            rate / self.worker_rate,
        ))
    }
}
