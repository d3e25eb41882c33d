//! The dead band: changes that chance explains, or that are not worth a worker's start or end.
//!
//! The bare law follows every edge: one interval that happens to bring 5 % more asks for a worker,
//! the next one gives it back.
//! A change passes here only as far as it stands on more than that.
//!
//! - **Up**, so far as the arrivals at their least (λ less one standard error, [`crate::traffic`])
//!   ask for it, and so far as the backlog does once the messages that wait would wait longer than
//!   `dead_band.wait`.
//!   What is short of that shows as backlog in the next samples: the band delays, and never starves.
//! - **Down**, so far as the arrivals at their most, and the whole backlog, allow it.
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
//! With 60 messages waiting, for 0.5 s, it is ⌈(66 + 95·2) / 40⌉ = 7.

use crate::limits::useful_for;
use crate::quantity::Rate;
use crate::settings::Settings;
use crate::strategy::{self, Seen};
use crate::traffic::Estimate;

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
        if number > self.from && !band.wait.is_zero() {
            number.min(self.from.max(self.least()))
        } else if number == 0 {
            // Nothing is there and nothing came: `hold` alone says how long that is to be so.
            number
        } else if number < self.from && band.share.get() > 0.0 {
            number.max(self.from.min(self.most()))
        } else {
            number
        }
    }

    /// Workers that there is need for at the least.
    fn least(&self) -> u32 {
        let rate = self.arriving.low();
        let each = f64::from(self.from.max(1)) * self.worker_rate;
        let expected_wait_seconds = self.waiting as f64 / each;
        let is_long = self.from == 0
            || expected_wait_seconds > self.settings.limits.dead_band.wait.as_secs_f64();
        // What is being worked on has its workers.
        let backlog = if is_long { self.backlog } else { 0 };
        // One worker can't do more than one message at a time, however soon all is to be done.
        let horizon_seconds = self.settings.drain_time.as_secs_f64();
        self.asked(backlog, rate)
            .min(useful_for(self.settings, self.to_do, rate, horizon_seconds))
    }

    /// Workers that there may be need for.
    fn most(&self) -> u32 {
        let rate = self.arriving.high();
        let message_seconds = 1.0 / self.worker_rate;
        let horizon_seconds = self.settings.drain_time.as_secs_f64().max(message_seconds);
        self.asked(self.backlog, rate).min(useful_for(
            self.settings,
            self.to_do,
            rate,
            horizon_seconds,
        ))
    }

    fn asked(&self, backlog: u64, rate: f64) -> u32 {
        let seen = Seen {
            backlog,
            arrival_rate: Rate::saturating(rate),
            ..self.seen.clone()
        };
        strategy::demand(self.settings, &seen).max(headroom(self.settings, rate / self.worker_rate))
    }
}

/// ⌈λ/μ + β·√(λ/μ)⌉, where `load` is λ/μ.
pub(crate) fn headroom(settings: &Settings, load: f64) -> u32 {
    strategy::headroom::workers(settings.headroom, load)
}
