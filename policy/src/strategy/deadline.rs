//! Every message taken up within `wait`.
//!
//! # Where it comes from
//!
//! What is ordered now is ready after the start-up S. By then λ·S more messages have come, and the
//! workers there are have done what they can (`start_up.rs` adds that up), so B_S messages wait.
//! From then on N workers take up N·μ messages a second, of which λ keep up with the arrivals, and
//! the rest clears B_S. A message that comes in at this instant, behind all the others, is taken up
//! in time if B_S is cleared in what is left of its `wait`:
//!
//! ```text
//! N·μ·left = B_S + λ·left    with left = max(wait − S, wait/4)
//! N = ⌈λ/μ + B_S/(μ·left)⌉
//! ```
//!
//! - B counts what waits: a message that a worker has begun is taken up already. One in ten seconds'
//!   work at three workers leaves nothing to be late, where the law sees a backlog of three.
//! - Where the start-up takes more than three quarters of `wait`, the promise can't be kept for what
//!   waits now: it is late when the workers come. The quarter bounds what is spent on trying; without
//!   it the last millisecond would ask for any number of workers.
//! - A look at the queue comes up to one interval T after a message, so the wait of a message is at
//!   most `wait + T`.
//!
//! # Fewer than there are
//!
//! That holds for N at or above the number of workers there are: B_S is what is left if they all
//! work on. Whether some of them can go at once is another question: as many stay as do all of it,
//! B + λ·(S + left), by the end. With 20 ready workers, S = 1 s, `wait` = 2 s, μ = 200 msg/s and
//! nothing arriving, B = 1,000 is gone within S, so B_S = 0; three of the 20 have to stay for it:
//! 1,000/(200·2) = 2.5.
//!
//! # What was asked for stays
//!
//! At the next look B is smaller, and the same arithmetic would give the rest another `wait`. Again
//! and again, that is a decay with time constant `left` and no promise at all. So what was asked for
//! stays for as long as what it was asked for may still wait: [`committed`] is a hold of
//! `max(wait, S + wait/4)`, and the limit `hold` shows it in the decision.
//!
//! # A worked example
//!
//! With μ = 200 msg/s, λ = 950 msg/s and B = 6,900 messages, `wait` = 2 s and workers that are ready
//! at once, N = 4.75 + 6,900/(200·2) = 22: the law with Tr = 2 s.
//! With S = 0.5 s and 5 workers ready, B_S = 6,900 + 475 − 500 = 6,875 and 1.5 s are left, so
//! N = 4.75 + 6,875/(200·1.5) = 27.67: 28 workers.
//! With S = 10 s it is 6,900 + 9,500 − 10,000 = 6,400 in the quarter of 0.5 s: 4.75 + 64, so 69.
//!
//! # What it leaves out
//!
//! It is a fluid's arithmetic: of chance it knows nothing. `headroom.rs` has what that costs.

use crate::ceiling::ceiling;
use crate::quantity::Rate;
use crate::start_up::Meanwhile;
use std::time::Duration;

/// At least this share of `wait` is planned with, whatever the start-up takes.
const LEFT_SHARE_MIN: u32 = 4;

/// ⌈λ/μ + B_S/(μ·left)⌉, or as many of those that are there as it takes, where so many messages wait
/// and have not been begun.
pub(crate) fn workers(
    waiting: u64,
    arrival_rate: Rate,
    worker_rate: Rate,
    meanwhile: &Meanwhile,
    wait: Duration,
) -> u32 {
    let left_seconds = left(wait, meanwhile.start_up).as_secs_f64();
    let waiting_then = meanwhile.backlog(waiting, arrival_rate, worker_rate);
    let keep_up = arrival_rate.per_second() * left_seconds;
    let capacity = worker_rate.per_second() * left_seconds;
    // A cast from a float saturates, so an absurd demand is the largest number there is.
    let needed = ceiling((waiting_then + keep_up) / capacity) as u32;
    needed.max(kept(waiting, arrival_rate, worker_rate, meanwhile, wait))
}

/// As many of the workers there are as do all of it by the end, the ready ones first, then those that
/// are starting, from the oldest on.
fn kept(
    waiting: u64,
    arrival_rate: Rate,
    worker_rate: Rate,
    meanwhile: &Meanwhile,
    wait: Duration,
) -> u32 {
    let Meanwhile {
        start_up,
        ready,
        ref starting,
    } = *meanwhile;
    let end = committed(wait, start_up);
    let arrivals = arrival_rate.per_second() * end.as_secs_f64();
    let work_seconds = (waiting as f64 + arrivals) / worker_rate.per_second();
    let of_ready = ceiling(work_seconds / end.as_secs_f64()) as u32;
    if of_ready <= ready {
        return of_ready;
    }
    let mut undone_seconds = work_seconds - f64::from(ready) * end.as_secs_f64();
    let mut kept = ready;
    for &works_by_ready in starting {
        if undone_seconds <= 0.0 {
            break;
        }
        undone_seconds -= (works_by_ready + left(wait, start_up)).as_secs_f64();
        kept += 1;
    }
    kept
}

/// How long what was asked for stays: until what waited then has been taken up.
pub(crate) fn committed(wait: Duration, start_up: Duration) -> Duration {
    start_up.saturating_add(left(wait, start_up))
}

/// What is left of `wait` when a worker that is ordered now is ready.
fn left(wait: Duration, start_up: Duration) -> Duration {
    wait.saturating_sub(start_up).max(wait / LEFT_SHARE_MIN)
}

#[cfg(test)]
mod tests {
    use super::{committed, workers};
    use crate::quantity::Rate;
    use crate::start_up::Meanwhile;
    use std::time::Duration;

    const WAIT: Duration = Duration::from_secs(2);

    /// Workers for so many messages that wait, at μ = 200 msg/s.
    fn needed(waiting: u64, arrivals_per_second: f64, meanwhile: &Meanwhile) -> u32 {
        let rate = |per_second| Rate::try_new(per_second).unwrap();
        workers(
            waiting,
            rate(arrivals_per_second),
            rate(200.0),
            meanwhile,
            WAIT,
        )
    }

    fn meanwhile(start_up: Duration, ready: u32) -> Meanwhile {
        Meanwhile {
            start_up,
            ready,
            starting: Vec::new(),
        }
    }

    #[test]
    fn the_worked_example() {
        for (start_up_millis, expected) in [(0, 22), (500, 28), (10_000, 69)] {
            let meanwhile = meanwhile(Duration::from_millis(start_up_millis), 5);
            assert_eq!(needed(6_900, 950.0, &meanwhile), expected);
        }
    }

    #[test]
    fn those_that_are_needed_stay() {
        let mut meanwhile = meanwhile(Duration::from_secs(1), 20);
        assert_eq!(needed(1_000, 0.0, &meanwhile), 3);
        // Two ready ones do 800 in time. Of those that start, the oldest is ready in 0.1 s, and does
        // the rest.
        meanwhile.ready = 2;
        meanwhile.starting = [900, 200, 100].map(Duration::from_millis).to_vec();
        assert_eq!(needed(1_000, 0.0, &meanwhile), 3);
        // All three do (1.9 + 1.2 + 1.1)·200 = 840.
        assert_eq!(needed(1_640, 0.0, &meanwhile), 5);
        assert_eq!(needed(1_641, 0.0, &meanwhile), 6);
    }

    #[test]
    fn only_what_waits_needs_workers() {
        let meanwhile = meanwhile(Duration::ZERO, 0);
        assert_eq!(needed(0, 0.0, &meanwhile), 0);
        assert_eq!(needed(1, 0.0, &meanwhile), 1);
    }

    #[test]
    fn it_stays_until_what_waited_is_taken_up() {
        let second = Duration::from_secs;
        assert_eq!(committed(second(2), second(0)), second(2));
        assert_eq!(committed(second(2), second(1)), second(2));
        assert_eq!(committed(second(4), second(10)), second(11));
    }
}
