//! Everything around one loop, as the tests play it.

use crate::event_loop::{End, EventLoop, Parts, Phase};
use crate::fleet::{Order, Outbox, RecordingFleet};
use crate::journal::Journal;
use crate::metrics::{Metrics, PoolMetrics};
use crate::snapshot::Snapshot;
use crate::source::{Cadence, Link, Outlook, SampleError, ScriptedSource, Step};
use crate::wall_clock::WallClock;
use policy::{
    Activity, Backlog, Capacity, Event, Exit, Fraction, HostUsage, Limits, SampleFailure, Settings,
    Strategy, WorkerId, WorkerStatus,
};
use program::Clock;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

pub(crate) const INTERVAL: Duration = Duration::from_secs(2);

/// Everything around one loop.
pub(crate) struct Harness {
    pub(crate) fleet: RecordingFleet,
    pub(crate) events: Arc<Outbox>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) host: watch::Sender<Option<HostUsage>>,
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    pub(crate) metrics: Metrics,
    pub(crate) running: JoinHandle<End>,
}

/// What a loop finds when it begins.
pub(crate) struct Start {
    pub(crate) settings: Settings,
    pub(crate) adopted: Vec<Event>,
    /// When messages come in, since the beginning.
    pub(crate) messages_at: Vec<Duration>,
    pub(crate) wall_clock: Option<WallClock>,
    pub(crate) journal: Option<Journal>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            settings: settings(),
            adopted: Vec::new(),
            messages_at: Vec::new(),
            wall_clock: None,
            journal: None,
        }
    }
}

impl Harness {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::with(Start::default(), steps)
    }

    pub(crate) fn with(start: Start, steps: impl IntoIterator<Item = Step>) -> Self {
        let clock = Clock::start();
        let fleet = RecordingFleet::default();
        let metrics = Metrics::new();
        let events = Arc::new(Outbox::default());
        let (phase, phases) = watch::channel(Phase::Running);
        let (host, usage) = watch::channel(None);
        let (event_loop, snapshots) = EventLoop::new(Parts {
            name: "filter".to_owned(),
            cadence: Cadence::of(&start.settings),
            pool: policy::Pool::new(start.settings),
            source: ScriptedSource::new(clock, steps).with_messages_at(start.messages_at),
            fleet: Box::new(fleet.clone()),
            adopted: start.adopted,
            fleet_events: Arc::clone(&events),
            phase: phases,
            host: usage,
            clock,
            wall_clock: start.wall_clock,
            metrics: PoolMetrics::new(metrics.clone(), "filter"),
            journal: start.journal,
        });
        let running = tokio::spawn(event_loop.run());
        Self {
            fleet,
            events,
            phase,
            host,
            snapshots,
            metrics,
            running,
        }
    }

    /// Lets time pass until just after the looks that fall into it.
    pub(crate) async fn pass(&self, time: Duration) {
        sleep(time + Duration::from_millis(1)).await;
    }

    pub(crate) fn now(&self) -> Snapshot {
        self.snapshots.borrow().clone()
    }

    pub(crate) fn report(&self, event: Event) {
        self.events.post(event);
    }

    /// The worker consumes.
    pub(crate) fn ready(&self, worker: u64) {
        let worker = WorkerId(worker);
        self.report(Event::WorkerStarted { worker });
        self.report(Event::WorkerReady { worker });
    }

    /// The worker waits for messages, and has completed so many.
    pub(crate) fn idle(&self, worker: u64, completed: u64) {
        let status = WorkerStatus {
            activity: Activity::Idle,
            completed,
            busy: Duration::ZERO,
            in_flight: 0,
        };
        self.report(Event::WorkerStatus {
            worker: WorkerId(worker),
            status,
        });
    }

    pub(crate) fn exited(&self, worker: u64, exit: Exit) {
        let jitter = Fraction::try_new(0.5).unwrap();
        self.report(Event::WorkerExited {
            worker: WorkerId(worker),
            exit,
            jitter,
        });
    }

    /// The value of a series, as a scrape shows it.
    pub(crate) fn series(&self, name: &str) -> Option<f64> {
        let text = String::from_utf8(self.metrics.render().unwrap()).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(line.parse().unwrap())
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        strategy: Strategy::Formula,
        drain_time: Duration::from_secs(2),
        capacity: Capacity::try_new(400.0).unwrap(),
        worker_rate: policy::WorkerRate::Given,
        headroom: policy::Headroom::NONE,
        prefetch: NonZeroU32::new(50).unwrap(),
        backlog: Backlog::ReadyAndInFlight,
        schedule: Vec::new(),
        limits: Limits {
            step_up: policy::Step::Unlimited,
            step_down: policy::Step::Unlimited,
            hold: Duration::from_secs(4),
            dead_band: policy::DeadBand::none(),
            host: policy::HostLimits::none(),
            min: 0,
            max: 10,
            max_processes: 20,
        },
        interval: INTERVAL,
        fast_interval: policy::FastInterval::Off,
        ready_after: Duration::from_secs(5),
        stop_grace: Duration::from_secs(10),
    }
}

pub(crate) fn seen(ready: u64, consumers: u32, arrived: u64) -> Step {
    Step::Seen {
        ready,
        consumers,
        arrived,
    }
}

pub(crate) fn broker_down() -> Step {
    Step::Failed(SampleError {
        failure: SampleFailure::Unreachable,
        link: Link::Down,
        outlook: Outlook::Retry,
        message: "can't reach the broker".to_owned(),
    })
}

pub(crate) fn starts(workers: impl IntoIterator<Item = u64>) -> Vec<Order> {
    workers
        .into_iter()
        .map(|worker| Order::Start(WorkerId(worker)))
        .collect()
}

pub(crate) fn drains(workers: impl IntoIterator<Item = u64>) -> Vec<Order> {
    workers
        .into_iter()
        .map(|worker| Order::Drain(WorkerId(worker)))
        .collect()
}
