//! A pool, the truth about its workers, and a check after every event of what must always hold.

use crate::turns::{Turn, WEEK};
use policy::journal::Line;
use policy::{
    Action, Decision, Event, FailedAction, FastInterval, Floor, LimitName, LocalTime, MinuteOfDay,
    Polling, Pool, PoolMode, RateSource, Reason, Sample, SampleFailure, Settings, Weekday,
    WorkerId, WorkerState,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// A pool, the truth about its workers, and everything it said.
pub(crate) struct World {
    pub(crate) pool: Pool,
    settings: Settings,
    local_time: Option<LocalTime>,
    now: Duration,
    wake_at: Option<Duration>,
    pub(crate) alive: BTreeSet<WorkerId>,
    pub(crate) draining: BTreeSet<WorkerId>,
    killed: BTreeSet<WorkerId>,
    started: usize,
    gone: usize,
    pub(crate) said: Vec<Action>,
    /// What a journal holds of it.
    pub(crate) lines: Vec<Line>,
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            pool: Pool::new(settings.clone()),
            settings,
            local_time: None,
            now: Duration::ZERO,
            wake_at: None,
            alive: BTreeSet::new(),
            draining: BTreeSet::new(),
            killed: BTreeSet::new(),
            started: 0,
            gone: 0,
            said: Vec::new(),
            lines: Vec::new(),
        }
    }

    pub(crate) fn turn(&mut self, turn: Turn) {
        let event = match turn {
            Turn::Wait { milliseconds } => {
                return self.wait(Duration::from_millis(milliseconds));
            }
            Turn::Sample {
                age_seconds,
                ready,
                consumers,
                arrivals,
            } => {
                let taken_at = self.now.saturating_sub(Duration::from_secs(age_seconds));
                Event::Sampled(Sample {
                    taken_at,
                    ready,
                    consumers,
                    arrivals,
                })
            }
            Turn::SampleFails => Event::SampleFailed(SampleFailure::Timeout),
            Turn::Worker { pick, says } => {
                let Some(&worker) = self.alive.iter().nth(pick % self.alive.len().max(1)) else {
                    return;
                };
                says.of(worker)
            }
            Turn::Stranger { id, says } => says.of(WorkerId(id)),
            Turn::Adopted { id } => Event::WorkerAdopted {
                worker: WorkerId(id),
            },
            Turn::HostMeasured {
                usage,
                worker_memory_bytes,
            } => Event::HostMeasured {
                usage,
                worker_memory_bytes,
            },
            Turn::LocalTime(time) => Event::LocalTime(time),
            Turn::Configure(settings) => Event::ConfigChanged(settings),
            Turn::Pause => Event::Paused,
            Turn::Resume => Event::Resumed,
            Turn::Override(fixed) => Event::Overridden(fixed),
            Turn::Shutdown(shutdown) => Event::Shutdown(shutdown),
        };
        self.tell(event);
    }

    fn wait(&mut self, wait: Duration) {
        let until = self.now + wait;
        let mut ticks_without_progress = 0;
        while let Some(at) = self.wake_at.filter(|&at| at <= until) {
            self.wake_at = None;
            ticks_without_progress = if at > self.now {
                0
            } else {
                ticks_without_progress + 1
            };
            assert!(ticks_without_progress <= 2, "it spins at {at:?}");
            self.now = self.now.max(at);
            self.tell(Event::Tick);
        }
        self.now = until;
        self.check_nothing_is_forgotten();
    }

    /// The ticks that were asked for are all it takes.
    fn check_nothing_is_forgotten(&self) {
        for worker in self.pool.view().workers {
            let is_over = worker.since + self.settings.stop_grace <= self.now;
            if worker.state == WorkerState::Draining && is_over {
                assert!(
                    self.killed.contains(&worker.worker),
                    "{worker:?} outlives its grace"
                );
            }
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        let before = self.pool.view();
        self.note(&event);
        let actions = self.pool.handle(self.now, event.clone());
        for action in &actions {
            self.check_action(action, before.mode);
        }
        self.check_view();
        self.check_polling(before.polling, &actions);
        for action in &actions {
            if let Action::Record(decision) = action {
                check_decision(decision, before.desired, &event, &self.settings);
                let floor = self
                    .local_time
                    .map_or(0, |time| floor(&self.settings, time));
                check_bounds(decision, floor, &self.settings);
            }
        }
        self.said.extend(actions.iter().cloned());
        self.lines.push(Line {
            at: self.now,
            event,
            actions,
        });
    }

    /// What the event says of who is alive.
    fn note(&mut self, event: &Event) {
        match event {
            Event::WorkerExited { worker, .. }
            | Event::ActionFailed {
                action: FailedAction::Start(worker),
                ..
            } => {
                self.draining.remove(worker);
                self.gone += usize::from(self.alive.remove(worker));
            }
            Event::WorkerAdopted { worker } if !self.alive.contains(worker) => {
                self.alive.insert(*worker);
                self.draining.insert(*worker);
                self.started += 1;
            }
            Event::ConfigChanged(settings) => self.settings = settings.clone(),
            Event::LocalTime(time) => self.local_time = Some(*time),
            _ => {}
        }
    }

    fn check_action(&mut self, action: &Action, mode_before: PoolMode) {
        match action {
            Action::Start(worker) => {
                self.started += 1;
                assert!(self.alive.insert(*worker), "{worker} is started twice");
                let max_processes = self.settings.limits.max_processes as usize;
                assert!(
                    self.alive.len() <= max_processes,
                    "more than {max_processes} processes"
                );
                assert!(!matches!(
                    mode_before,
                    PoolMode::ShuttingDown | PoolMode::Done
                ));
                assert_ne!(self.pool.view().mode, PoolMode::Paused);
            }
            Action::Drain(worker) => {
                assert!(
                    self.alive.contains(worker),
                    "{worker} is not there to drain"
                );
                let was_told = self.draining.contains(worker);
                assert!(was_told || self.draining.insert(*worker));
            }
            Action::Kill(worker) => {
                assert!(self.alive.contains(worker), "{worker} is not there to kill");
                let ends = matches!(self.pool.view().mode, PoolMode::ShuttingDown);
                assert!(
                    self.draining.contains(worker) || ends,
                    "{worker} was not told to stop"
                );
                self.draining.insert(*worker);
                self.killed.insert(*worker);
            }
            Action::WakeAt(at) => {
                assert!(*at >= self.now, "{at:?} is over");
                self.wake_at = Some(*at);
            }
            Action::Record(_) | Action::Poll(_) => {}
        }
    }

    fn check_view(&self) {
        let view = self.pool.view();
        let known: BTreeSet<WorkerId> = view.workers.iter().map(|worker| worker.worker).collect();
        assert_eq!(known, self.alive);
        assert_eq!(self.started - self.gone, self.alive.len());
        let draining: BTreeSet<WorkerId> = view
            .workers
            .iter()
            .filter(|worker| worker.state == WorkerState::Draining)
            .map(|worker| worker.worker)
            .collect();
        assert_eq!(draining, self.draining);
        assert_eq!(
            view.starting + view.ready + view.draining,
            known.len() as u32
        );
        let wanted = view.starting + view.ready;
        if view.mode != PoolMode::Paused {
            assert!(
                wanted <= view.desired,
                "{wanted} of {} wanted",
                view.desired
            );
            assert!(wanted <= view.max, "{wanted} of {} allowed", view.max);
        }
        assert_eq!(
            view.mode == PoolMode::Done,
            self.is_ending() && known.is_empty()
        );
    }

    /// It is said when it changes, last of all, and never without its reason.
    fn check_polling(&self, before: Polling, actions: &[Action]) {
        let view = self.pool.view();
        let said: Vec<_> = actions
            .iter()
            .filter_map(|action| match action {
                Action::Poll(polling) => Some(*polling),
                _ => None,
            })
            .collect();
        if view.polling == before {
            assert_eq!(said, []);
        } else {
            assert_eq!(said, [view.polling]);
            assert!(matches!(actions.last(), Some(Action::Poll(_))));
        }
        match view.polling {
            Polling::Idle => {
                assert_eq!((view.mode, view.desired), (PoolMode::Auto, 0));
                assert!(view.workers.is_empty());
                assert_eq!(
                    view.observation.map(|observation| observation.ready),
                    Some(0)
                );
                let reason = view.last_decision.map(|decision| decision.reason);
                assert!(!matches!(
                    reason,
                    Some(Reason::NoData | Reason::FullHands | Reason::Implausible | Reason::Stale)
                ));
            }
            Polling::Fast => {
                assert_eq!(view.mode, PoolMode::Auto);
                assert_ne!(self.settings.fast_interval, FastInterval::Off);
            }
            Polling::Normal => {}
        }
    }

    fn is_ending(&self) -> bool {
        matches!(
            self.pool.view().mode,
            PoolMode::ShuttingDown | PoolMode::Done
        )
    }
}

fn check_decision(decision: &Decision, desired_before: u32, event: &Event, settings: &Settings) {
    let limits = &settings.limits;
    let mut number = None;
    for limit in &decision.limits {
        assert_ne!(limit.from, limit.to);
        number = Some(limit.to);
    }
    if decision.reason == Reason::Demand {
        assert_eq!(decision.desired, number.unwrap_or(decision.desired));
    }
    assert!(decision.limits.is_sorted_by_key(|limit| limit.name));
    // A ceiling on growth may keep the dead from being replaced, and lowers no fleet.
    let is_kept_from_growing = decision
        .limits
        .iter()
        .any(|limit| matches!(limit.name, LimitName::Saturated | LimitName::Host));
    let stays = if is_kept_from_growing {
        decision.from.min(desired_before).min(limits.max)
    } else {
        desired_before.min(limits.max)
    };
    match decision.reason {
        Reason::Demand if matches!(event, Event::Sampled(_)) => {
            assert!((limits.min..=limits.max).contains(&decision.desired));
        }
        Reason::RateUnknown => assert!(decision.desired >= stays),
        Reason::NoData | Reason::Implausible | Reason::Stale | Reason::Paused => {
            assert_eq!(decision.desired, desired_before);
        }
        Reason::FullHands => assert!(decision.desired > desired_before),
        Reason::Demand | Reason::Override => assert!(decision.desired <= limits.max),
        Reason::Shutdown => assert_eq!(decision.desired, 0),
    }
    let source = decision.observation.arrival_rate_source;
    if let (Event::Sampled(_), Reason::Demand) = (event, decision.reason)
        && !matches!(source, RateSource::Counted | RateSource::Balance)
    {
        assert!(decision.desired >= stays, "{decision:?}");
    }
    assert!(!decision.explain().is_empty());
}

/// What holds of the last limits, whatever the queue needs.
fn check_bounds(decision: &Decision, floor: u32, settings: &Settings) {
    for limit in &decision.limits {
        match limit.name {
            LimitName::Saturated | LimitName::Host => {
                assert!(limit.to < limit.from && limit.to >= decision.from);
            }
            LimitName::Schedule => assert_eq!(limit.to, floor),
            _ => {}
        }
    }
    if decision.reason == Reason::Demand {
        assert!(
            decision.desired >= floor.min(settings.limits.max),
            "{decision:?}"
        );
    }
}

/// The largest floor, found in another way: in minutes of a week that goes round.
fn floor(settings: &Settings, time: LocalTime) -> u32 {
    const DAY: usize = 24 * 60;
    let at = |day: Weekday, minute: MinuteOfDay| {
        let day = WEEK.iter().position(|&weekday| weekday == day).unwrap();
        day * DAY + usize::from(minute.get())
    };
    let now = at(time.weekday, time.minute);
    let applies = |floor: &&Floor| {
        let minutes = usize::from(floor.until.get()) + DAY - usize::from(floor.from.get());
        let minutes = if minutes > DAY {
            minutes - DAY
        } else {
            minutes
        };
        floor
            .days
            .iter()
            .any(|&day| (now + 7 * DAY - at(day, floor.from)) % (7 * DAY) < minutes)
    };
    let floors = settings.schedule.iter().filter(applies);
    floors.map(|floor| floor.workers).max().unwrap_or(0)
}
