//! What the clocks on the wall show where a pool's schedule is; read for the policy, which reads
//! none. Nothing else in the controller goes by it: it may be set, and go back.

use config::Pool;
use policy::LocalTime;
use std::fmt;

/// Tells the minute, once for each.
pub struct WallClock {
    read: Box<dyn Fn() -> LocalTime + Send>,
    told: Option<LocalTime>,
}

impl WallClock {
    /// The clock of a pool's time zone; `None` where the pool has no schedule to go by it.
    #[must_use]
    pub fn of(pool: &Pool) -> Option<Self> {
        if pool.scaling.schedule.is_empty() {
            return None;
        }
        let zone = pool.time_zone.clone();
        Some(Self::new(move || zone.local_time(jiff::Timestamp::now())))
    }

    /// A clock that shows what `read` gives.
    pub fn new(read: impl Fn() -> LocalTime + Send + 'static) -> Self {
        Self {
            read: Box::new(read),
            told: None,
        }
    }

    /// The minute, unless it is the one that was told last.
    pub fn turn(&mut self) -> Option<LocalTime> {
        let now = (self.read)();
        (self.told.replace(now) != Some(now)).then_some(now)
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WallClock")
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}
