//! A pool with a clock that only the test moves, and short names for what happens to it.

use policy::{
    Action, Activity, Arrivals, Backlog, Capacity, DeadBand, Decision, Event, Exit, FailedAction,
    FastInterval, Fraction, Headroom, HostLimits, Limits, Pool, Sample, SampleFailure, Settings,
    Step, Strategy, View, WorkerId, WorkerRate, WorkerState, WorkerStatus,
};
use std::num::NonZeroU32;
use std::time::Duration;

/// The shipped settings: μ = 200 msg/s and Tr = 2 s, so C = 400; at most 10 workers.
pub(crate) fn settings() -> Settings {
    Settings {
        strategy: Strategy::Formula,
        drain_time: seconds(2.0),
        capacity: Capacity::try_new(400.0).unwrap(),
        worker_rate: WorkerRate::Given,
        headroom: Headroom::NONE,
        prefetch: NonZeroU32::new(50).unwrap(),
        backlog: Backlog::ReadyAndInFlight,
        schedule: Vec::new(),
        limits: Limits {
            step_up: Step::Unlimited,
            step_down: Step::Unlimited,
            hold: seconds(4.0),
            dead_band: DeadBand::none(),
            host: HostLimits::none(),
            min: 0,
            max: 10,
            max_processes: 20,
        },
        interval: seconds(2.0),
        fast_interval: FastInterval::Off,
        ready_after: seconds(5.0),
        stop_grace: seconds(10.0),
    }
}

/// The shipped settings, without the hold window that most stories are not about.
pub(crate) fn without_hold() -> Settings {
    let mut settings = settings();
    settings.limits.hold = Duration::ZERO;
    settings
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(crate) fn start(id: u64) -> Action {
    Action::Start(WorkerId(id))
}

pub(crate) fn drain(id: u64) -> Action {
    Action::Drain(WorkerId(id))
}

pub(crate) fn kill(id: u64) -> Action {
    Action::Kill(WorkerId(id))
}

/// A random fraction that leaves the back-off at its least: 0.25 s, 0.5 s, 1 s …
pub(crate) fn no_jitter() -> Fraction {
    Fraction::try_new(0.0).unwrap()
}

pub(crate) const SIGKILL: Exit = Exit::Signal(9);

/// A pool and its clock.
pub(crate) struct Story {
    pub(crate) pool: Pool,
    pub(crate) now: Duration,
    /// Consumers that are not Warren's.
    pub(crate) foreign: u32,
    wake_at: Option<Duration>,
}

impl Story {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            pool: Pool::new(settings),
            now: Duration::ZERO,
            foreign: 0,
            wake_at: None,
        }
    }

    /// A pool of so many workers that report themselves idle, at second 100.
    pub(crate) fn with_workers(settings: Settings, workers: u32) -> Self {
        let mut story = Self::new(settings);
        story.now = seconds(100.0);
        story.queue(0, f64::from(workers) * 200.0);
        story.bring_up();
        assert_eq!(story.view().ready, workers);
        story
    }

    /// Tells the pool, and answers with what is to be done beside recording and waking.
    pub(crate) fn tell(&mut self, event: Event) -> Vec<Action> {
        let mut actions = self.pool.handle(self.now, event);
        actions.retain(|action| match action {
            Action::WakeAt(at) => {
                self.wake_at = Some(*at);
                false
            }
            Action::Record(_) | Action::Poll(_) => false,
            Action::Start(_) | Action::Drain(_) | Action::Kill(_) => true,
        });
        actions
    }

    /// Moves the clock, with a tick wherever the pool asked for one.
    pub(crate) fn wait(&mut self, wait_seconds: f64) -> Vec<Action> {
        let until = self.now + seconds(wait_seconds);
        let mut actions = Vec::new();
        while let Some(at) = self.wake_at.filter(|&at| at <= until) {
            self.wake_at = None;
            self.now = self.now.max(at);
            actions.extend(self.tell(Event::Tick));
        }
        self.now = until;
        actions
    }

    /// A good sample: so many messages wait, so many a second arrived within the last 2 s, and every
    /// ready worker and the foreign ones are seen consuming.
    pub(crate) fn queue(&mut self, ready: u64, arrivals_per_second: f64) -> Vec<Action> {
        let messages = (arrivals_per_second * 2.0).round() as u64;
        let arrivals = Arrivals::Counted {
            messages,
            over: seconds(2.0),
        };
        let consumers = self.view().ready + self.foreign;
        self.sampled(ready, consumers, arrivals)
    }

    pub(crate) fn sampled(
        &mut self,
        ready: u64,
        consumers: u32,
        arrivals: Arrivals,
    ) -> Vec<Action> {
        let taken_at = self.now;
        self.tell(Event::Sampled(Sample {
            taken_at,
            ready,
            consumers,
            arrivals,
        }))
    }

    /// Nothing waits, nothing arrives, and so many consumers are there.
    pub(crate) fn consumers(&mut self, consumers: u32) -> Vec<Action> {
        self.sampled(1, consumers, Arrivals::Unknown)
    }

    pub(crate) fn no_data(&mut self) -> Vec<Action> {
        self.tell(Event::SampleFailed(SampleFailure::Unreachable))
    }

    pub(crate) fn started(&mut self, id: u64) -> Vec<Action> {
        self.tell(Event::WorkerStarted {
            worker: WorkerId(id),
        })
    }

    pub(crate) fn ready(&mut self, id: u64) -> Vec<Action> {
        self.tell(Event::WorkerReady {
            worker: WorkerId(id),
        })
    }

    pub(crate) fn reports(
        &mut self,
        id: u64,
        activity: Activity,
        in_flight: u64,
        completed: u64,
    ) -> Vec<Action> {
        let status = WorkerStatus {
            activity,
            completed,
            busy: Duration::ZERO,
            in_flight,
        };
        self.tell(Event::WorkerStatus {
            worker: WorkerId(id),
            status,
        })
    }

    pub(crate) fn idle(&mut self, id: u64) -> Vec<Action> {
        self.reports(id, Activity::Idle, 0, 0)
    }

    pub(crate) fn busy(&mut self, id: u64, in_flight: u64) -> Vec<Action> {
        self.reports(id, Activity::Busy, in_flight, 0)
    }

    pub(crate) fn exited(&mut self, id: u64, exit: Exit) -> Vec<Action> {
        self.tell(Event::WorkerExited {
            worker: WorkerId(id),
            exit,
            jitter: no_jitter(),
        })
    }

    pub(crate) fn failed(&mut self, action: FailedAction) -> Vec<Action> {
        self.tell(Event::ActionFailed {
            action,
            jitter: no_jitter(),
        })
    }

    /// Every starting worker runs, consumes, and says that it is idle.
    pub(crate) fn bring_up(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        for id in self.ids(WorkerState::Starting) {
            self.started(id);
            self.ready(id);
            actions.extend(self.idle(id));
        }
        actions
    }

    pub(crate) fn ids(&self, state: WorkerState) -> Vec<u64> {
        let view = self.view();
        let workers = view.workers.iter().filter(|worker| worker.state == state);
        workers.map(|worker| worker.worker.0).collect()
    }

    pub(crate) fn view(&self) -> View {
        self.pool.view()
    }

    pub(crate) fn decision(&self) -> Decision {
        self.view().last_decision.unwrap()
    }

    pub(crate) fn states(&self) -> (u32, u32, u32) {
        let view = self.view();
        (view.starting, view.ready, view.draining)
    }
}

/// The actions that start, drain or kill these workers.
pub(crate) fn each(action: fn(u64) -> Action, ids: impl IntoIterator<Item = u64>) -> Vec<Action> {
    ids.into_iter().map(action).collect()
}
