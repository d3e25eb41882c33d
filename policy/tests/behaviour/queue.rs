//! A work queue and its workers in virtual time, by steps: who waits how long, and what is reported
//! when. Each worker takes one message at a time.

use policy::{
    Action, Activity, Arrivals, Event, Exit, Fraction, Pool, Sample, Settings, WorkerId,
    WorkerStatus,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Nothing is seen or started more often than this; messages may well be shorter.
pub(crate) const STEP: Duration = Duration::from_millis(10);

/// How long each message takes, one after another.
pub(crate) type Work = Box<dyn FnMut() -> Duration>;

pub(crate) struct Queue {
    pub(crate) pool: Pool,
    pub(crate) now: Duration,
    /// From the order until a worker consumes.
    start_up: Duration,
    work: Work,
    /// A worker reports no more often than this; `None` for workers that report nothing.
    pub(crate) spacing: Option<Duration>,
    /// When each message that waits came in.
    pub(crate) waiting: VecDeque<Duration>,
    workers: BTreeMap<WorkerId, Worker>,
    pub(crate) longest_wait: Duration,
    pub(crate) taken_up: u64,
}

#[derive(Clone, Copy)]
struct Worker {
    ready_at: Duration,
    is_draining: bool,
    /// The message it is at, from when to when.
    at: Option<(Duration, Duration)>,
    completed: u64,
    busy: Duration,
    has_news: bool,
    reported_at: Option<Duration>,
}

impl Worker {
    fn status(&self, now: Duration) -> WorkerStatus {
        let spent = self
            .at
            .map_or(Duration::ZERO, |(since, _)| now.saturating_sub(since));
        WorkerStatus {
            activity: match self.at {
                Some(_) => Activity::Busy,
                None => Activity::Idle,
            },
            completed: self.completed,
            busy: self.busy + spent,
            in_flight: self.at.is_some().into(),
        }
    }
}

impl Queue {
    pub(crate) fn new(settings: Settings, start_up: Duration, work: Work) -> Self {
        Self {
            pool: Pool::new(settings),
            now: Duration::ZERO,
            start_up,
            work,
            spacing: Some(Duration::ZERO),
            waiting: VecDeque::new(),
            workers: BTreeMap::new(),
            longest_wait: Duration::ZERO,
            taken_up: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        for action in self.pool.handle(self.now, event) {
            match action {
                Action::Start(worker) => {
                    let new = Worker {
                        ready_at: self.now + self.start_up,
                        is_draining: false,
                        at: None,
                        completed: 0,
                        busy: Duration::ZERO,
                        has_news: true,
                        reported_at: None,
                    };
                    self.workers.insert(worker, new);
                }
                Action::Drain(worker) => {
                    self.workers.get_mut(&worker).unwrap().is_draining = true;
                }
                Action::Kill(worker) => panic!("{worker} is killed"),
                Action::WakeAt(_) | Action::Poll(_) | Action::Record(_) => {}
            }
        }
    }

    /// So many messages come in now, and every worker does what it can by now.
    pub(crate) fn step(&mut self, arrivals: u64) {
        self.waiting.extend((0..arrivals).map(|_| self.now));
        for id in self.workers.keys().copied().collect::<Vec<_>>() {
            let mut worker = self.workers[&id];
            if worker.ready_at > self.now && !worker.is_draining {
                continue;
            }
            let mut free_at = self.now;
            loop {
                if let Some((since, until)) = worker.at {
                    if until > self.now {
                        break;
                    }
                    worker.at = None;
                    worker.completed += 1;
                    worker.busy += until - since;
                    worker.has_news = true;
                    free_at = until;
                }
                if worker.is_draining {
                    break;
                }
                let Some(came_at) = self.waiting.pop_front() else {
                    break;
                };
                self.longest_wait = self.longest_wait.max(self.now - came_at);
                self.taken_up += 1;
                let since = free_at.max(came_at);
                worker.at = Some((since, since + (self.work)()));
                worker.has_news = true;
            }
            let is_gone = worker.is_draining && worker.at.is_none();
            if is_gone || worker.has_news {
                self.report(id, &mut worker, is_gone);
            }
            self.workers.insert(id, worker);
            if is_gone {
                self.workers.remove(&id);
                self.tell(Event::WorkerExited {
                    worker: id,
                    exit: Exit::Code(0),
                    jitter: Fraction::ZERO,
                });
            }
        }
    }

    fn report(&mut self, id: WorkerId, worker: &mut Worker, are_last_words: bool) {
        let Some(spacing) = self.spacing else {
            if worker.reported_at.is_none() {
                worker.reported_at = Some(self.now);
                self.tell(Event::WorkerReady { worker: id });
            }
            return;
        };
        let may = worker.reported_at.is_none_or(|at| at + spacing <= self.now);
        if may || are_last_words {
            worker.reported_at = Some(self.now);
            worker.has_news = false;
            let status = worker.status(self.now);
            self.tell(Event::WorkerStatus { worker: id, status });
        }
    }

    /// A sample, as it would be taken now.
    pub(crate) fn look(&mut self, arrivals: Arrivals) {
        let view = self.pool.view();
        self.tell(Event::Sampled(Sample {
            taken_at: self.now,
            ready: self.waiting.len() as u64,
            consumers: view.ready + view.draining,
            arrivals,
        }));
    }
}

/// Numbers from 0 to 1 that look random and are the same for the same seed (SplitMix64).
pub(crate) fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
