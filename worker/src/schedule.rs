//! When the wait for a message begins, where waiting stands for work.
//!
//! Timers wake late: by up to a millisecond, and by more on a busy machine.
//! Counting each message from the instant the one before it was *due*, not from when the timer woke,
//! keeps lateness from adding up, so under a backlog the average is exact.
//! With 5 ms a message and a timer that wakes 0.8 ms late each time, 200 messages are due after
//! 1000 ms and done at 1000.8 ms, not at 1160 ms.

use std::time::Duration;

/// Lateness that is made up for. What is late by more (a suspended process, a machine out of
/// breath) has lost that time, as real work would have.
const CATCH_UP_MAX: Duration = Duration::from_millis(100);

/// Whether a message had to be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was there when the one before it, in the same place, was due.
    Waiting {
        /// When that was.
        due: Duration,
    },
    /// The place was free before it came.
    Fresh,
}

/// When a message begins that is taken up now. Instants are durations since any fixed origin.
#[must_use]
pub fn begin(now: Duration, arrival: Arrival) -> Duration {
    match arrival {
        Arrival::Fresh => now,
        Arrival::Waiting { due } => due.max(now.saturating_sub(CATCH_UP_MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_example_in_the_module_holds() {
        let late = Duration::from_micros(800);
        let mut now = ms(1000);
        let mut arrival = Arrival::Fresh;
        for _ in 0..200 {
            let due = begin(now, arrival) + ms(5);
            now = due + late;
            arrival = Arrival::Waiting { due };
        }
        assert_eq!(now, ms(2000) + late);
    }

    #[test]
    fn an_idle_worker_takes_the_whole_time_for_the_next_message() {
        assert_eq!(begin(ms(500), Arrival::Fresh), ms(500));
    }

    #[test]
    fn a_long_stall_is_not_made_up_for() {
        assert_eq!(
            begin(ms(10_000), Arrival::Waiting { due: ms(5) }),
            ms(9_900)
        );
    }

    proptest! {
        #[test]
        fn a_short_lateness_never_adds_up(late in prop::collection::vec(0_u64..100, 1..300)) {
            let mut now = ms(1000);
            let mut arrival = Arrival::Fresh;
            for (done, late) in late.iter().enumerate() {
                let due = begin(now, arrival) + ms(5);
                prop_assert_eq!(due, ms(1000) + ms(5) * u32::try_from(done + 1).unwrap());
                now = now.max(due + ms(*late));
                now = now.min(due + CATCH_UP_MAX);
                arrival = Arrival::Waiting { due };
            }
        }
    }
}
