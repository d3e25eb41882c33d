//! The promise that every message is taken up within `wait`.

use crate::story::{Story, seconds, settings};
use policy::{
    Action, Activity, Arrivals, Capacity, Event, Exit, LimitName, Pool, Sample, Settings, Strategy,
    WorkerId, WorkerStatus,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;
use std::time::Duration;

fn within(wait_seconds: f64) -> Settings {
    let mut settings = settings();
    settings.strategy = Strategy::Deadline {
        wait: seconds(wait_seconds),
    };
    settings.limits.hold = Duration::ZERO;
    settings.limits.max = 1_000;
    settings.limits.max_processes = 2_000;
    settings
}

#[test]
fn a_decision_says_what_was_promised() {
    let mut settings = within(2.0);
    settings.limits.max = 19;
    let mut story = Story::new(settings);
    story.queue(6_900, 950.0);
    assert_eq!(
        story.decision().explain(),
        "0 → 19 workers: backlog 6 900 and 950 msg/s need 22 at 200 msg/s each, to be taken up \
         within 2 s; max 19"
    );
}

#[test]
fn what_was_asked_for_stays_until_what_waited_is_taken_up() {
    let mut story = Story::new(within(2.0));
    let mut desired = Vec::new();
    for ready in [4_000, 3_000, 2_000, 1_000, 0] {
        story.queue(ready, 0.0);
        story.bring_up();
        desired.push(story.view().desired);
        story.wait(0.5);
    }
    // The law would go 10, 8, 5, 3, 0, with half of the backlog left when it was to be gone.
    assert_eq!(desired, [10, 10, 10, 10, 8]);
    assert_eq!(story.decision().demand, 0);
    assert_eq!(story.decision().limits[0].name, LimitName::Hold);
}

#[test]
fn workers_that_start_slowly_are_ordered_for_what_comes_meanwhile() {
    let mut settings = within(4.0);
    settings.ready_after = seconds(10.0);
    let mut story = Story::new(settings);
    story.queue(100, 0.0);
    story.started(1);
    story.wait(2.0);
    story.idle(1);
    // S = 2 s and 2 s are left: 800 + 1,600 − 400 = 2,000 will wait then.
    story.queue(800, 800.0);
    assert_eq!(story.decision().demand, 4 + 5);
    story.wait(1.0);
    // Half way there, those that are starting count for what they will do: none more is needed.
    story.queue(1_400, 800.0);
    assert_eq!(story.decision().demand, 8);
    assert_eq!(story.view().desired, 9);
}

const STEP: Duration = Duration::from_millis(10);

/// A queue, and workers that take one message at a time, each for the same time.
struct World {
    pool: Pool,
    now: Duration,
    start_up: Duration,
    message: Duration,
    /// When each message that waits came in.
    waiting: VecDeque<Duration>,
    /// Workers that are not gone, and the end of what they are at.
    workers: BTreeMap<WorkerId, Worker>,
    longest_wait: Duration,
}

#[derive(Clone, Copy)]
struct Worker {
    ready_at: Duration,
    busy_until: Option<Duration>,
    is_draining: bool,
    completed: u64,
}

impl World {
    fn new(settings: Settings, start_up: Duration) -> Self {
        let message = settings.drain_time.div_f64(settings.capacity.messages());
        Self {
            pool: Pool::new(settings),
            now: Duration::ZERO,
            start_up,
            message,
            waiting: VecDeque::new(),
            workers: BTreeMap::new(),
            longest_wait: Duration::ZERO,
        }
    }

    fn tell(&mut self, event: Event) {
        for action in self.pool.handle(self.now, event) {
            match action {
                Action::Start(worker) => {
                    let ready_at = self.now + self.start_up;
                    let new = Worker {
                        ready_at,
                        busy_until: None,
                        is_draining: false,
                        completed: 0,
                    };
                    self.workers.insert(worker, new);
                }
                Action::Drain(worker) => {
                    self.workers.get_mut(&worker).unwrap().is_draining = true;
                }
                Action::Kill(worker) => panic!("{worker} is killed"),
                Action::WakeAt(_) | Action::Watch(_) | Action::Record(_) => {}
            }
        }
    }

    fn step(&mut self, arrivals: u64) {
        self.waiting.extend((0..arrivals).map(|_| self.now));
        for (id, mut worker) in self.workers.clone() {
            if worker.ready_at > self.now && !worker.is_draining {
                continue;
            }
            let mut has_changed = worker.ready_at == self.now;
            // Several messages may end within one step.
            loop {
                match worker.busy_until {
                    Some(end) if end > self.now => break,
                    Some(_) => worker.completed += 1,
                    None => {}
                }
                has_changed |= worker.busy_until.is_some();
                let free_at = worker.busy_until.take().unwrap_or(self.now);
                if worker.is_draining {
                    break;
                }
                let Some(since) = self.waiting.pop_front() else {
                    break;
                };
                has_changed = true;
                self.longest_wait = self.longest_wait.max(self.now - since);
                worker.busy_until = Some(free_at.max(since) + self.message);
            }
            if worker.is_draining && worker.busy_until.is_none() {
                self.workers.remove(&id);
                let jitter = policy::Fraction::ZERO;
                let exit = Exit::Code(0);
                self.tell(Event::WorkerExited {
                    worker: id,
                    exit,
                    jitter,
                });
                continue;
            }
            self.workers.insert(id, worker);
            if has_changed {
                let is_busy = worker.busy_until.is_some();
                let activity = if is_busy {
                    Activity::Busy
                } else {
                    Activity::Idle
                };
                let status = WorkerStatus {
                    activity,
                    completed: worker.completed,
                    busy: self.message * worker.completed as u32,
                    in_flight: is_busy.into(),
                };
                self.tell(Event::WorkerStatus { worker: id, status });
            }
        }
    }

    fn look(&mut self, messages: u64, over: Duration) {
        let view = self.pool.view();
        self.tell(Event::Sampled(Sample {
            taken_at: self.now,
            ready: self.waiting.len() as u64,
            consumers: view.ready + view.draining,
            arrivals: Arrivals::Counted { messages, over },
        }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_waits_longer_than_promised_and_one_interval(
        wait_ms in 400_u64..4_000,
        start_up_share in 0.0_f64..0.75,
        interval_steps in 10_u32..200,
        messages_per_second in 5.0_f64..100.0,
        // Of so many messages a second, for so many steps each.
        rates in prop::collection::vec((prop_oneof![0.0..10.0_f64, 0.0..2_000.0], 1_u32..300), 1..12),
        bursts in prop::collection::vec((0_u32..2_000, 0_u64..2_000), 0..4),
    ) {
        let wait = Duration::from_millis(wait_ms);
        let interval = STEP * interval_steps;
        let start_up = wait.mul_f64(start_up_share);
        let start_up = STEP * (start_up.as_millis() / STEP.as_millis()) as u32;
        let mut settings = within(wait.as_secs_f64());
        settings.interval = interval;
        settings.ready_after = seconds(60.0);
        settings.stop_grace = seconds(60.0);
        settings.prefetch = NonZeroU32::MIN;
        settings.capacity = Capacity::try_new(2.0 * messages_per_second).unwrap();
        settings.limits.min = 1;
        settings.limits.max = 100_000;
        settings.limits.max_processes = 200_000;
        let mut world = World::new(settings, start_up);
        let message = world.message;
        // The start-up is measured before the first message comes.
        world.look(0, interval);
        let first = interval * (start_up.div_duration_f64(interval) as u32 + 2);
        let mut schedule = rates.into_iter().flat_map(|(rate, steps)| (0..steps).map(move |_| rate));
        let mut since_look = 0;
        let mut due = 0.0;
        let mut step = 0_u32;
        loop {
            let mut arrivals = 0;
            if world.now >= first {
                match schedule.next() {
                    Some(rate) => due += rate * STEP.as_secs_f64(),
                    None if world.waiting.is_empty() => break,
                    None => {}
                }
                arrivals = due as u64;
                due -= arrivals as f64;
                for &(at, messages) in &bursts {
                    if STEP * at == world.now - first {
                        arrivals += messages;
                    }
                }
            }
            since_look += arrivals;
            world.step(arrivals);
            if step > 0 && step.is_multiple_of(interval_steps) {
                world.look(since_look, interval);
                since_look = 0;
            }
            world.now += STEP;
            step += 1;
        }
        // A worker that is at something takes up the next message only when that is done.
        let promised = wait + interval + message + STEP;
        prop_assert!(world.longest_wait <= promised, "{:?} > {promised:?}", world.longest_wait);
    }
}
