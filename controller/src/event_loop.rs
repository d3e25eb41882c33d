//! One pool's loop: wait for one thing to happen, hand it to the policy, carry out the answer.
//!
//! `select` is the only await and changes nothing but the queues it reads;
//! `handle` is synchronous and does the rest, so nothing can happen in the middle of
//! a step.
//! The loop reads the clock once for each event and passes it on.
//! It decides nothing: the simulator drives the same policy with the same events.

use crate::fleet::{Fleet, Outbox};
use crate::journal::Journal;
use crate::metrics::PoolMetrics;
use crate::snapshot::Snapshot;
use crate::source::{Cadence, Outlook, SampleReport, Sampler, Source};
use crate::telemetry::Telemetry;
use crate::wall_clock::WallClock;
use policy::{Action, Event, HostUsage, PoolMode, Shutdown};
use program::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the loop turns when nothing happens, to show that it can.
pub const BEAT: Duration = Duration::from_secs(5);

/// How the whole run is going; each pool's loop follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Workers are started and drained as the queue needs them.
    Running,
    /// Every worker is being drained.
    Draining,
    /// Every worker is being killed.
    Killing,
}

/// Why a loop has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to, and no worker is left.
    Stopped,
    /// Another controller holds the pool; the text names it.
    HeldElsewhere(String),
    /// The source broke, so nothing can be seen any more.
    SourceBroke,
}

/// What a loop is made of.
#[derive(Debug)]
pub struct Parts<S> {
    /// What the pool is called in the log.
    pub name: String,
    pub pool: policy::Pool,
    /// Times between two looks.
    pub cadence: Cadence,
    pub source: S,
    pub fleet: Box<dyn Fleet>,
    /// Workers that an earlier run left behind, as the events that come before all others.
    pub adopted: Vec<Event>,
    pub fleet_events: Arc<Outbox>,
    pub phase: watch::Receiver<Phase>,
    /// What the host has left, each time that it is looked at.
    pub host: watch::Receiver<Option<HostUsage>>,
    pub clock: Clock,
    /// The time on the wall; `None` for a pool that does not go by it.
    pub wall_clock: Option<WallClock>,
    pub metrics: PoolMetrics,
    /// Notes what happens; `None` where nobody wants it noted.
    pub journal: Option<Journal>,
}

#[derive(Debug)]
pub struct EventLoop {
    pool: policy::Pool,
    sampler: Sampler,
    fleet: Box<dyn Fleet>,
    fleet_events: Arc<Outbox>,
    phase: watch::Receiver<Phase>,
    host: watch::Receiver<Option<HostUsage>>,
    clock: Clock,
    wall_clock: Option<WallClock>,
    beat: tokio::time::Interval,
    wake_at: Option<Duration>,
    end: Option<End>,
    telemetry: Telemetry,
    journal: Option<Journal>,
    snapshots: watch::Sender<Snapshot>,
}

#[derive(Debug)]
enum Input {
    Looked(SampleReport),
    SourceBroke,
    Fleet(Event),
    Woken,
    Phase(Phase),
    Host(Option<HostUsage>),
    Beat,
}

impl EventLoop {
    /// A loop that starts looking at once and acts when it is run.
    /// Must be called within a runtime.
    pub fn new(parts: Parts<impl Source>) -> (Self, watch::Receiver<Snapshot>) {
        let Parts {
            name,
            pool,
            cadence,
            source,
            fleet,
            adopted,
            fleet_events,
            phase,
            host,
            clock,
            wall_clock,
            metrics,
            journal,
        } = parts;
        let (snapshots, reader) = watch::channel(Snapshot::new(pool.view(), clock.now()));
        let mut event_loop = Self {
            pool,
            sampler: Sampler::spawn(source, clock, cadence),
            fleet,
            fleet_events,
            phase,
            host,
            clock,
            wall_clock,
            beat: program::ticks(BEAT),
            wake_at: None,
            end: None,
            telemetry: Telemetry::new(name, metrics),
            journal,
            snapshots,
        };
        for event in adopted {
            event_loop.handle(Input::Fleet(event));
        }
        (event_loop, reader)
    }

    /// Turns until the pool has ended and every worker is gone.
    pub async fn run(mut self) -> End {
        // A run that was told to stop before this loop began would otherwise never tell it.
        self.phase.mark_changed();
        while self.pool.mode() != PoolMode::Done {
            let input = self.select().await;
            self.handle(input);
        }
        self.sampler.close().await;
        if let Some(journal) = self.journal.take() {
            // Its last lines go to the disk, which may hang; all loops share this thread.
            drop(tokio::task::spawn_blocking(move || drop(journal)).await);
        }
        self.end.unwrap_or(End::Stopped)
    }

    async fn select(&mut self) -> Input {
        let wake_at = self.wake_at.map(|at| self.clock.instant(at));
        let source_broke = self.end == Some(End::SourceBroke);
        tokio::select! {
            report = self.sampler.next(), if !source_broke => {
                report.map_or(Input::SourceBroke, Input::Looked)
            }
            event = self.fleet_events.next() => Input::Fleet(event),
            () = program::until(wake_at) => Input::Woken,
            Ok(()) = self.phase.changed() => Input::Phase(*self.phase.borrow_and_update()),
            Ok(()) = self.host.changed() => Input::Host(*self.host.borrow_and_update()),
            _ = self.beat.tick() => Input::Beat,
        }
    }

    fn handle(&mut self, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Looked(report) => self.on_look(now, report),
            Input::SourceBroke => {
                self.end_with(now, End::SourceBroke);
            }
            Input::Fleet(event) => {
                self.telemetry.on_fleet_event(now, &event);
                self.decide(now, event);
            }
            Input::Woken => {
                self.wake_at = None;
                self.decide(now, Event::Tick);
            }
            Input::Host(Some(usage)) => self.on_host(now, usage),
            Input::Beat => self.tell_time(now),
            Input::Phase(Phase::Running) | Input::Host(None) => {}
            Input::Phase(Phase::Draining) => self.decide(now, Event::Shutdown(Shutdown::Drain)),
            Input::Phase(Phase::Killing) => self.decide(now, Event::Shutdown(Shutdown::Kill)),
        }
        let snapshot = self
            .telemetry
            .snapshot(now, self.pool.view(), self.fleet.last_error());
        self.snapshots.send_replace(snapshot);
    }

    fn on_look(&mut self, now: Duration, report: SampleReport) {
        self.telemetry.on_look(now, &report);
        self.tell_time(now);
        match report.result {
            Ok(sample) => self.decide(now, Event::Sampled(sample)),
            Err(error) if error.outlook == Outlook::GiveUp => {
                self.end_with(now, End::HeldElsewhere(error.message));
            }
            Err(error) => self.decide(now, Event::SampleFailed(error.failure)),
        }
    }

    /// The host was measured, and so are the workers on it: at one pace, however often the queue is
    /// polled, because a process uses too little in half a second to be told apart.
    fn on_host(&mut self, now: Duration, usage: HostUsage) {
        self.telemetry.on_usage(self.fleet.usage());
        let worker_memory_bytes = self.telemetry.worker_memory_bytes();
        let event = Event::HostMeasured {
            usage,
            worker_memory_bytes,
        };
        self.decide(now, event);
    }

    /// Tells the policy when the minute on the wall has changed: at each look, so that each is
    /// decided on at the right time, and at each beat, where looks are rare.
    fn tell_time(&mut self, now: Duration) {
        if let Some(time) = self.wall_clock.as_mut().and_then(WallClock::turn) {
            self.decide(now, Event::LocalTime(time));
        }
    }

    /// The pool can't go on: its workers are drained, and then the loop ends with this.
    fn end_with(&mut self, now: Duration, end: End) {
        self.end = Some(end);
        self.decide(now, Event::Shutdown(Shutdown::Drain));
    }

    /// Hands an event to the policy and carries out the answer.
    fn decide(&mut self, now: Duration, event: Event) {
        let actions = match &mut self.journal {
            Some(journal) => journal.handle(now, &mut self.pool, event),
            None => self.pool.handle(now, event),
        };
        self.telemetry.on_actions(&actions);
        for action in actions {
            match action {
                Action::Start(worker) => self.fleet.start(worker),
                Action::Drain(worker) => self.fleet.drain(worker),
                Action::Kill(worker) => self.fleet.kill(worker),
                Action::WakeAt(at) => self.wake_at = Some(at),
                Action::Poll(polling) => self.sampler.poll(polling),
                // Telemetry has noted it.
                Action::Record(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
