//! The limits that do not come from the queue's own need, last and in this order: `saturated`,
//! `host`, `min`, `schedule`, `max`.
//!
//! The first two are ceilings on growth: they keep workers from being started, and end none. Whoever
//! set a floor wants it whatever else is said, and `max` stands above all.

use crate::decision::LimitName;
use crate::limited::Limited;

/// What these limits are at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) saturated: Option<u32>,
    pub(crate) host: Option<u32>,
    pub(crate) min: u32,
    pub(crate) schedule: u32,
    pub(crate) max: u32,
}

impl Bounds {
    /// Every one, in their order.
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

    /// `min` and `schedule`, the floors.
    pub(crate) fn raise(&self, limited: &mut Limited) {
        limited.at_least(LimitName::Min, self.min);
        limited.at_least(LimitName::Schedule, self.schedule);
    }

    /// `max`, which stands above all other limits.
    pub(crate) fn cap(&self, limited: &mut Limited) {
        limited.at_most(LimitName::Max, self.max);
    }
}
