//! A crash storm is never a fork storm: workers that die again and again, over ten minutes, with a
//! full queue and random moments.

use crate::story::{SIGKILL, seconds, settings};
use policy::{
    Action, Activity, Arrivals, Event, FailedAction, Fraction, Pool, Sample, WorkerId, WorkerStatus,
};
use proptest::prelude::*;
use std::time::Duration;

const MAX: u32 = 10;
const LASTS: Duration = Duration::from_secs(600);
/// Half of the longest back-off is fixed, so ten minutes hold no more of them than this. Those that
/// are shorter come before: 0.5, 1, 2, 4, 8 and 16 s.
const BACKOFFS_MAX: usize = 600 / 15 + 6;

/// What a worker does with its life.
#[derive(Clone, Copy, Debug)]
enum Fate {
    CanNotBeStarted,
    Dies,
    DiesAfterOneMessage,
}

/// When each worker was started.
fn starts(fate: Fate, lives_ms: &[u64], jitters: &[f64]) -> Vec<Duration> {
    let mut pool = Pool::new(settings());
    let mut lives = lives_ms.iter().cycle();
    let mut jitters = jitters.iter().cycle();
    let mut agenda: Vec<(Duration, Event)> = (0..300).map(sample_at).collect();
    let mut wake_at = None;
    let mut starts = Vec::new();
    loop {
        agenda.sort_by_key(|(at, _)| *at);
        let tick_is_next = wake_at.is_some_and(|at| agenda.first().is_none_or(|next| at < next.0));
        let (now, event) = match wake_at.filter(|_| tick_is_next) {
            Some(at) => {
                wake_at = None;
                (at, Event::Tick)
            }
            None if agenda.is_empty() => return starts,
            None => agenda.remove(0),
        };
        if now > LASTS {
            return starts;
        }
        for action in pool.handle(now, event) {
            match action {
                Action::Start(worker) => {
                    starts.push(now);
                    let lives = Duration::from_millis(*lives.next().unwrap());
                    let jitter = Fraction::try_new(*jitters.next().unwrap()).unwrap();
                    agenda.extend(life_of(worker, fate, now, lives, jitter));
                }
                Action::WakeAt(at) => wake_at = Some(at),
                Action::Record(_) | Action::Poll(_) => {}
                Action::Drain(_) | Action::Kill(_) => panic!("the queue is full"),
            }
        }
    }
}

fn sample_at(index: u32) -> (Duration, Event) {
    let taken_at = seconds(2.0) * index;
    let arrivals = Arrivals::Counted {
        messages: 0,
        over: seconds(2.0),
    };
    (
        taken_at,
        Event::Sampled(Sample {
            taken_at,
            ready: 1_000_000,
            consumers: 1,
            arrivals,
        }),
    )
}

fn life_of(
    worker: WorkerId,
    fate: Fate,
    now: Duration,
    lives: Duration,
    jitter: Fraction,
) -> Vec<(Duration, Event)> {
    let exited = Event::WorkerExited {
        worker,
        exit: SIGKILL,
        jitter,
    };
    let status = WorkerStatus {
        activity: Activity::Busy,
        completed: 1,
        busy: Duration::ZERO,
        in_flight: 1,
    };
    match fate {
        Fate::CanNotBeStarted => {
            let action = FailedAction::Start(worker);
            vec![(now, Event::ActionFailed { action, jitter })]
        }
        Fate::Dies => vec![
            (now, Event::WorkerStarted { worker }),
            (now + lives, exited),
        ],
        Fate::DiesAfterOneMessage => vec![
            (now, Event::WorkerStarted { worker }),
            (now + lives / 2, Event::WorkerStatus { worker, status }),
            (now + lives, exited),
        ],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn workers_that_die_are_tried_one_at_a_time(
        can_not_be_started: bool,
        lives_ms in prop::collection::vec(0_u64..500, 1..40),
        jitters in prop::collection::vec(0.0..1.0, 1..40),
    ) {
        let fate = if can_not_be_started { Fate::CanNotBeStarted } else { Fate::Dies };
        let starts = starts(fate, &lives_ms, &jitters);
        // All of them, all of them once more, and then a probe after each back-off.
        prop_assert!(starts.len() <= 2 * MAX as usize + BACKOFFS_MAX, "{}", starts.len());
        prop_assert!(starts.last().is_some_and(|last| *last > LASTS - seconds(31.0)), "it goes on");
    }

    #[test]
    fn workers_that_do_one_message_and_die_are_started_ever_more_seldom(
        lives_ms in prop::collection::vec(1_u64..500, 1..40),
        jitters in prop::collection::vec(0.0..1.0, 1..40),
    ) {
        let starts = starts(Fate::DiesAfterOneMessage, &lives_ms, &jitters);
        prop_assert!(starts.len() <= (MAX as usize + 1) * (BACKOFFS_MAX + 2), "{}", starts.len());
        for window in starts.windows(2 * MAX as usize + 2) {
            let took = window[window.len() - 1] - window[0];
            prop_assert!(took >= Duration::from_millis(250), "{took:?}");
        }
        let late = starts.iter().filter(|at| **at > LASTS - seconds(60.0)).count();
        prop_assert!(late <= 5 * (MAX as usize + 1), "{late} in the last minute");
    }
}
