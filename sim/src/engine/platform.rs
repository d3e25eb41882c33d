//! Asks a rival how many workers it wants, when it wants to be asked, and does what its platform
//! would do about it: workers that crashed are replaced at once, too many are told to stop, and
//! killed where they outlive its grace.

use super::{Alarm, Bounds, Counts, Driver, Life, Notice, Purpose, Wishes, Worker, World, stream};
use crate::rival::{Facts, Rival, Seen, Victims, WorkersSeen};
use policy::WorkerId;
use rand::seq::SliceRandom as _;
use rand_pcg::Pcg64;
use std::num::NonZeroU32;
use std::time::Duration;

/// A rival that wants to be asked again at once is asked again after this.
const ASKED_EVERY_MIN: Duration = Duration::from_millis(1);

/// A rival on its platform.
pub(crate) struct Platform {
    rival: Box<dyn Rival>,
    facts: Facts,
    sees_all: bool,
    desired: u32,
    victims: Pcg64,
}

impl Platform {
    /// A rival that sees what can be seen.
    pub(crate) fn new(rival: Box<dyn Rival>, facts: Facts, seed: u64) -> Self {
        Self {
            rival,
            facts,
            sees_all: false,
            desired: 0,
            victims: stream(seed, Purpose::Victims),
        }
    }

    /// One that sees what is.
    pub(crate) fn seeing_all(rival: Box<dyn Rival>, facts: Facts, seed: u64) -> Self {
        Self {
            sees_all: true,
            ..Self::new(rival, facts, seed)
        }
    }

    fn ask_at(&self, at: Duration, world: &mut World<'_>) {
        world.wake_at(at, Alarm::Look(0));
    }

    fn fit(&mut self, world: &mut World<'_>) {
        let wanted = world.counts().wanted();
        for _ in wanted..self.desired {
            let id = world.fleet.next_id();
            world.start(id);
        }
        let grace = self.rival.departure().grace;
        for id in self.leaving(wanted.saturating_sub(self.desired), world) {
            world.drain_within(id, grace);
        }
    }

    /// Which workers go: those that are starting first, the newest of them before the others.
    fn leaving(&mut self, count: u32, world: &World<'_>) -> Vec<WorkerId> {
        if count == 0 {
            return Vec::new();
        }
        let ids = |life: Life| {
            let of_that_life = world.fleet.iter().filter(move |worker| worker.life == life);
            of_that_life.map(|worker| worker.id)
        };
        let mut ready: Vec<WorkerId> = ids(Life::Ready).collect();
        match self.rival.departure().victims {
            Victims::OldestFirst => {}
            Victims::NewestFirst => ready.reverse(),
            Victims::Random => ready.shuffle(&mut self.victims),
            Victims::IdleFirst => {
                ready.sort_by_key(|&id| world.fleet.get(id).is_some_and(Worker::is_busy));
            }
        }
        let mut starting: Vec<WorkerId> = ids(Life::Starting).collect();
        starting.reverse();
        starting.extend(ready);
        starting.truncate(count as usize);
        starting
    }
}

impl Driver for Platform {
    fn wishes(&self) -> Wishes {
        Wishes {
            prefetch: NonZeroU32::new(self.facts.prefetch).unwrap_or(NonZeroU32::MIN),
            reports: false,
            sees_all: self.sees_all,
        }
    }

    fn on_begin(&mut self, world: &mut World<'_>) {
        self.ask_at(self.rival.next_at(), world);
    }

    fn on_alarm(&mut self, _: Alarm, world: &mut World<'_>) {
        let look = world.look();
        let Counts {
            starting,
            ready,
            draining,
        } = world.counts();
        let busy = world
            .fleet
            .iter()
            .filter(|worker| worker.life == Life::Ready && worker.is_busy())
            .count();
        let seen = Seen {
            queue: look.map(|look| look.queue),
            statistics: look.and_then(|look| look.statistics),
            workers: WorkersSeen {
                starting,
                ready,
                draining,
                busy: u32::try_from(busy).unwrap_or(u32::MAX),
            },
        };
        let wanted = self.rival.workers(world.now, &seen);
        self.desired = wanted.max(self.facts.min).min(self.facts.max);
        let soonest = world.now + ASKED_EVERY_MIN;
        self.ask_at(self.rival.next_at().max(soonest), world);
        self.fit(world);
    }

    fn on_notice(&mut self, notice: Notice, world: &mut World<'_>) {
        if let Notice::Exited(..) = notice {
            self.fit(world);
        }
    }

    fn desired(&self) -> u32 {
        self.desired
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            max: self.facts.max,
            // Platforms count what is told to stop no more.
            max_processes: None,
            grace: self.rival.departure().grace,
        }
    }
}
