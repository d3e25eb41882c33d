//! A pool's whole state, and the one door to it.
//!
//! `decide.rs` turns what was sampled or ordered into a number of workers; `plan.rs` turns that
//! number into actions, now and as time passes. This file takes the events in and notes what they
//! say of the workers.

use crate::action::Action;
use crate::balance::Balance;
use crate::crashes::{Crashes, is_crash};
use crate::decision::{Decision, Observation};
use crate::event::{Event, Exit, FailedAction, LocalTime, Override, Shutdown, WorkerStatus};
use crate::hold::Holds;
use crate::host::Host;
use crate::no_data::FullHands;
use crate::polling::PollingState;
use crate::quantity::{Fraction, WorkerId};
use crate::roster::Roster;
use crate::saturation::Saturation;
use crate::settings::{Settings, WorkerRate};
use crate::start_up::StartUp;
use crate::traffic::Traffic;
use crate::view::{PoolMode, View};
use crate::worker_rate::MeasuredRate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One work queue's workers: what was observed of them, what was asked for, what comes next.
///
/// Nothing in here grows without bound: what is kept of each worker is bounded by `max_processes` and
/// adopted workers, each window by a constant, the schedule by whoever made the
/// settings, and everything else is a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pool {
    pub(crate) settings: Settings,
    /// The time of the latest event.
    pub(crate) now: Duration,
    pub(crate) control: Control,
    pub(crate) fixed: Override,
    pub(crate) polling: PollingState,
    pub(crate) saturation: Saturation,
    /// As last measured; `None` where nobody measures it.
    pub(crate) host: Option<Host>,
    /// As last told; `None` where nobody tells it.
    pub(crate) local_time: Option<LocalTime>,
    pub(crate) roster: Roster,
    pub(crate) crashes: Crashes,
    pub(crate) holds: Holds,
    pub(crate) start_up: StartUp,
    pub(crate) traffic: Traffic,
    pub(crate) full_hands: FullHands,
    pub(crate) measured_rate: MeasuredRate,
    pub(crate) balance: Balance,
    /// What the last good sample showed.
    pub(crate) observation: Option<Observation>,
    /// What the strategy asked for at the last good sample.
    pub(crate) demand: u32,
    /// Workers wanted, as last decided.
    pub(crate) desired: u32,
    pub(crate) last_decision: Option<Decision>,
    /// The `WakeAt` that the caller still has to answer with a tick.
    pub(crate) wake_at: Option<Duration>,
}

/// What the pool may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Control {
    /// Start and drain.
    Running,
    /// Neither, until it is resumed.
    Paused,
    /// End its workers. There is no way back, only from draining to killing.
    Ending(Shutdown),
}

impl Pool {
    /// A pool without workers that has seen nothing yet. It starts none before the first sample.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            now: Duration::ZERO,
            control: Control::Running,
            fixed: Override::Auto,
            polling: PollingState::new(),
            saturation: Saturation::new(),
            host: None,
            local_time: None,
            roster: Roster::default(),
            crashes: Crashes::none(),
            holds: Holds::default(),
            start_up: StartUp::default(),
            traffic: Traffic::default(),
            full_hands: FullHands::default(),
            measured_rate: MeasuredRate::default(),
            balance: Balance::default(),
            observation: None,
            demand: 0,
            desired: 0,
            last_decision: None,
            wake_at: None,
        }
    }

    /// Takes what happened at `now`, a time since an origin of the caller's that never goes back,
    /// and answers with what to do, in this order: the decision to record where there is one, then
    /// what to start, drain and kill, then when to send a tick, then how to poll the queue.
    ///
    /// An event of a worker that is not known, or no longer, changes nothing: a worker's last report
    /// may well arrive after its exit.
    pub fn handle(&mut self, now: Duration, event: Event) -> Vec<Action> {
        self.now = self.now.max(now);
        let mut actions = Vec::new();
        match event {
            Event::Sampled(sample) => self.on_sampled(&sample, &mut actions),
            Event::SampleFailed(_) => self.on_sample_failed(&mut actions),
            Event::WorkerAdopted { worker } => self.on_worker_adopted(worker, &mut actions),
            Event::WorkerStarted { worker } => self.on_worker_started(worker),
            Event::WorkerReady { worker } => self.on_worker_ready(worker),
            Event::WorkerStatus { worker, status } => self.on_worker_status(worker, status),
            Event::WorkerExited {
                worker,
                exit,
                jitter,
            } => {
                self.on_worker_exited(worker, exit, jitter);
            }
            Event::ActionFailed { action, jitter } => self.on_action_failed(action, jitter),
            Event::ConfigChanged(settings) => self.on_config_changed(settings, &mut actions),
            Event::Paused => self.on_paused(&mut actions),
            Event::Resumed => self.on_resumed(&mut actions),
            Event::Overridden(fixed) => self.on_overridden(fixed, &mut actions),
            Event::HostMeasured {
                usage,
                worker_memory_bytes,
            } => {
                self.host = Some(Host {
                    usage,
                    worker_memory_bytes,
                    measured_at: self.now,
                    ready: self.roster.counts().ready,
                });
            }
            Event::LocalTime(time) => self.on_local_time(time, &mut actions),
            Event::Shutdown(shutdown) => self.on_shutdown(shutdown, &mut actions),
            Event::Tick => self.wake_at = None,
        }
        self.pass_time(&mut actions);
        self.fit(&mut actions);
        self.ask_to_be_woken(&mut actions);
        let polling = self.polling.turn(
            self.now,
            self.mode(),
            self.desired,
            &self.roster,
            &self.settings,
        );
        actions.extend(polling.map(Action::Poll));
        actions
    }

    /// What it was last told to do.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The pool as it is after the latest event.
    #[must_use]
    pub fn view(&self) -> View {
        let counts = self.roster.counts();
        let worker_rate = match &self.last_decision {
            Some(decision) => decision.observation.worker_rate,
            None => self.settings.configured_worker_rate(),
        };
        View {
            mode: self.mode(),
            health: self.crashes.health(self.now),
            min: self.settings.limits.min,
            max: self.settings.limits.max,
            demand: self.demand,
            desired: self.desired,
            starting: counts.starting,
            ready: counts.ready,
            draining: counts.draining,
            worker_rate,
            foreign_consumers: self.foreign_consumers(),
            polling: self.polling.current(),
            saturated: self.saturation.saturated(),
            observation: self.observation,
            last_decision: self.last_decision.clone(),
            workers: self
                .roster
                .iter()
                .map(crate::worker::Worker::view)
                .collect(),
        }
    }

    /// Who says how many workers there are, as in [`view`](Self::view) and without the rest of it.
    #[must_use]
    pub fn mode(&self) -> PoolMode {
        match (self.control, self.fixed) {
            (Control::Ending(_), _) if self.roster.is_empty() => PoolMode::Done,
            (Control::Ending(_), _) => PoolMode::ShuttingDown,
            (Control::Paused, _) => PoolMode::Paused,
            (Control::Running, Override::Workers(workers)) => PoolMode::Overridden(workers),
            (Control::Running, Override::Auto) => PoolMode::Auto,
        }
    }

    fn on_worker_adopted(&mut self, worker: WorkerId, actions: &mut Vec<Action>) {
        let is_new = self.roster.adopt(worker, self.now);
        // Where everything is to be killed, that follows by itself.
        if is_new && self.control != Control::Ending(Shutdown::Kill) {
            actions.push(Action::Drain(worker));
        }
    }

    fn on_worker_started(&mut self, worker: WorkerId) {
        if let Some(worker) = self.roster.get_mut(worker) {
            worker.on_started(self.now);
        }
    }

    fn on_worker_ready(&mut self, worker: WorkerId) {
        if let Some(worker) = self.roster.get_mut(worker)
            && let Some(start_up) = worker.on_shown(self.now)
        {
            self.start_up.on_measured(start_up);
        }
    }

    fn on_worker_status(&mut self, worker: WorkerId, status: WorkerStatus) {
        self.on_worker_ready(worker);
        if let Some(known) = self.roster.get_mut(worker) {
            if let Some(before) = known.status_before() {
                self.balance.on_report(before, status);
            }
            known.status = Some(status);
            if self.settings.worker_rate == WorkerRate::Measured {
                self.measured_rate.on_report(self.now, worker, status);
            }
            self.crashes.on_completed(worker, status.completed);
        }
    }

    fn on_worker_exited(&mut self, worker: WorkerId, exit: Exit, jitter: Fraction) {
        // It may have proven itself by this very instant.
        self.crashes.pass_time(self.now, &self.roster);
        self.measured_rate.on_exited(worker);
        let Some(gone) = self.roster.remove(worker) else {
            return;
        };
        if let Some(last) = gone.status {
            self.balance.on_exited(last);
        }
        if is_crash(&gone, exit, self.now) {
            self.crashes
                .on_crash(self.now, worker, self.roster.next_id(), jitter);
        }
    }

    fn on_action_failed(&mut self, action: FailedAction, jitter: Fraction) {
        match action {
            FailedAction::Start(worker) => {
                if self.roster.remove(worker).is_some() {
                    let next = self.roster.next_id();
                    self.crashes.on_start_failed(self.now, worker, next, jitter);
                }
            }
            // The worker is still there. The kill that follows the grace, or the next kill, is the
            // next attempt to get rid of it; an attempt at once would fail in the same way.
            FailedAction::Drain(_) | FailedAction::Kill(_) => {}
        }
    }
}
