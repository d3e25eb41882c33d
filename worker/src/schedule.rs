//! When each message's work is done, if every message takes a fixed time and they are worked on one
//! at a time.
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
    /// It was there when the one before it was done.
    Waiting,
    /// The worker was idle before it came.
    Fresh,
}

/// The instants, as durations since any fixed origin, at which messages are done.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    work_time: Duration,
    due: Duration,
}

impl Schedule {
    /// Every message takes this long.
    #[must_use]
    pub fn new(work_time: Duration) -> Self {
        let due = Duration::ZERO;
        Self { work_time, due }
    }

    /// When a message that is begun now is done.
    pub fn begin(&mut self, now: Duration, arrival: Arrival) -> Duration {
        let begin = match arrival {
            Arrival::Fresh => now,
            Arrival::Waiting => self.due.max(now.saturating_sub(CATCH_UP_MAX)),
        };
        self.due = begin + self.work_time;
        self.due
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
        let mut schedule = Schedule::new(ms(5));
        let late = Duration::from_micros(800);
        let mut now = ms(1000);
        let mut arrival = Arrival::Fresh;
        for _ in 0..200 {
            now = schedule.begin(now, arrival) + late;
            arrival = Arrival::Waiting;
        }
        assert_eq!(now, ms(2000) + late);
    }

    #[test]
    fn an_idle_worker_takes_the_whole_time_for_the_next_message() {
        let mut schedule = Schedule::new(ms(5));
        assert_eq!(schedule.begin(ms(10), Arrival::Fresh), ms(15));
        assert_eq!(schedule.begin(ms(500), Arrival::Fresh), ms(505));
    }

    #[test]
    fn a_long_stall_is_not_made_up_for() {
        let mut schedule = Schedule::new(ms(5));
        schedule.begin(ms(0), Arrival::Fresh);
        assert_eq!(schedule.begin(ms(10_000), Arrival::Waiting), ms(9_905));
    }

    proptest! {
        #[test]
        fn a_short_lateness_never_adds_up(late in prop::collection::vec(0_u64..100, 1..300)) {
            let mut schedule = Schedule::new(ms(5));
            let mut now = ms(1000);
            let mut arrival = Arrival::Fresh;
            for (done, late) in late.iter().enumerate() {
                let due = schedule.begin(now, arrival);
                prop_assert_eq!(due, ms(1000) + ms(5) * u32::try_from(done + 1).unwrap());
                now = now.max(due + ms(*late));
                now = now.min(due + CATCH_UP_MAX);
                arrival = Arrival::Waiting;
            }
        }
    }
}
