//! What never happens, whatever happens: random events against a fleet that obeys, fails, lies and
//! dies at random. `world.rs` checks after each of them.

use crate::story::{seconds, settings};
use crate::turns::{Turn, any_settings, turns};
use crate::world::World;
use policy::{Arrivals, Capacity, Event, Exit, Fraction, Pool, PoolMode, Sample, Shutdown};
use proptest::prelude::*;
use std::time::Duration;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_forbidden_ever_happens(settings in any_settings(), turns in turns()) {
        let mut world = World::new(settings);
        for turn in turns {
            world.turn(turn);
        }
    }

    #[test]
    fn the_same_events_give_the_same_actions(settings in any_settings(), turns in turns()) {
        let run = |turns: Vec<Turn>| {
            let mut world = World::new(settings.clone());
            turns.into_iter().for_each(|turn| world.turn(turn));
            world.said
        };
        prop_assert_eq!(run(turns.clone()), run(turns));
    }

    #[test]
    fn a_pool_that_ends_is_done_when_its_workers_obey(
        settings in any_settings(),
        turns in turns(),
        kill: bool,
    ) {
        let mut world = World::new(settings);
        turns.into_iter().for_each(|turn| world.turn(turn));
        let how = if kill { Shutdown::Kill } else { Shutdown::Drain };
        world.tell(Event::Shutdown(how));
        prop_assert_eq!(&world.alive, &world.draining, "every one was told");
        let jitter = Fraction::try_new(0.5).unwrap();
        for worker in world.alive.clone() {
            world.tell(Event::WorkerExited { worker, exit: Exit::Code(0), jitter });
        }
        prop_assert_eq!(world.pool.view().mode, PoolMode::Done);
    }

    #[test]
    fn more_backlog_never_lowers_demand(
        settings in any_settings(),
        ready in 0_u64..u64::MAX / 2,
        more in prop_oneof![0_u64..10, 0_u64..1_000_000, 0_u64..u64::MAX / 2],
        messages in 0_u64..100_000,
    ) {
        let demand = |ready| {
            let mut pool = Pool::new(settings.clone());
            let arrivals = Arrivals::Counted { messages, over: seconds(2.0) };
            let sample = Sample { taken_at: Duration::ZERO, ready, consumers: 0, arrivals };
            pool.handle(Duration::ZERO, Event::Sampled(sample));
            pool.view().demand
        };
        prop_assert!(demand(ready) <= demand(ready + more));
    }

    #[test]
    fn demand_is_the_law_to_the_last_worker(
        ready in 0_u64..1_000_000,
        messages in 0_u64..1_000_000,
        tenths in 1_u64..20_000,
    ) {
        let mut settings = settings();
        settings.capacity = Capacity::try_new(tenths as f64 / 10.0).unwrap();
        let mut pool = Pool::new(settings);
        // Over as long as Tr, so that λ·Tr is what arrived.
        let arrivals = Arrivals::Counted { messages, over: seconds(2.0) };
        let sample = Sample { taken_at: Duration::ZERO, ready, consumers: 0, arrivals };
        pool.handle(Duration::ZERO, Event::Sampled(sample));
        let exact = (10 * (ready + messages)).div_ceil(tenths);
        prop_assert_eq!(u64::from(pool.view().demand), exact);
    }
}
