//! The limits that do not come from the queue's own need, last and in this order: `saturated`,
//! `host`, `min`, `schedule`, `max`.
//!
//! The first two are ceilings on growth: they keep workers from being started, and end none. Whoever
//! set a floor wants it whatever else is said, and `max` stands above all.

use crate::decision::LimitName;
use crate::limits::Limited;
use crate::pool::Pool;
use crate::schedule;

/// What these limits are at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    saturated: Option<u32>,
    host: Option<u32>,
    min: u32,
    schedule: u32,
    max: u32,
}

impl Pool {
    pub(crate) fn bounds(&self) -> Bounds {
        let limits = &self.settings.limits;
        let from = self.roster.counts().wanted();
        Bounds {
            saturated: self.saturation.ceiling().map(|ceiling| ceiling.max(from)),
            host: self
                .host
                .and_then(|host| host.ceiling(self.now, &limits.host, from)),
            min: limits.min,
            schedule: schedule::floor(&self.settings.schedule, self.local_time),
            max: limits.max,
        }
    }
}

impl Bounds {
    /// All of them.
    pub(crate) fn apply(&self, limited: &mut Limited) {
        if let Some(ceiling) = self.saturated {
            limited.at_most(LimitName::Saturated, ceiling);
        }
        if let Some(ceiling) = self.host {
            limited.at_most(LimitName::Host, ceiling);
        }
        self.raise(limited);
        self.cap(limited);
    }

    /// The floors.
    pub(crate) fn raise(&self, limited: &mut Limited) {
        limited.at_least(LimitName::Min, self.min);
        limited.at_least(LimitName::Schedule, self.schedule);
    }

    /// The last word.
    pub(crate) fn cap(&self, limited: &mut Limited) {
        limited.at_most(LimitName::Max, self.max);
    }
}
