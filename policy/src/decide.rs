//! From what was sampled or ordered to the number of workers that is wanted.
//!
//! What somebody ordered comes before what the strategy asks for: the end of the pool, then a pause,
//! then a fixed number. The strategy's own answer is worked out all the same, so that demand is
//! always shown and the hold window has its history when the strategy takes over again.

use crate::action::Action;
use crate::bounds::Bounds;
use crate::count::Count;
use crate::decision::{Decision, LimitName, Observation, RateSource, Reason, WorkerRateSource};
use crate::event::{Arrivals, LocalTime, Override, Sample, Shutdown};
use crate::limited::Limited;
use crate::limits;
use crate::pool::{Control, Pool};
use crate::quantity::{Rate, WorkerId};
use crate::readiness;
use crate::schedule;
use crate::settings::{Backlog, Settings, WorkerRate};
use crate::situation::Situation;
use crate::strategy;
use crate::worker::Worker;
use crate::worker_rate::Look;

/// A sample that is older than this many intervals is stale.
const STALE_AFTER_INTERVALS: u32 = 2;

impl Pool {
    pub(crate) fn on_sampled(&mut self, sample: &Sample, actions: &mut Vec<Action>) {
        let stale_after = self.settings.interval.saturating_mul(STALE_AFTER_INTERVALS);
        if self.now.saturating_sub(sample.taken_at) > stale_after {
            return self.stay(Reason::Stale, actions);
        }
        if !readiness::is_plausible(&self.roster, sample) {
            return self.stay(Reason::Implausible, actions);
        }
        let observation = self.observe(sample);
        self.observation = Some(observation);
        self.full_hands.forget();
        self.polling.on_look(self.now, sample, &observation);
        self.saturation.on_look(
            self.now,
            sample,
            &observation,
            &self.roster,
            self.settings.ready_after,
        );
        let bounds = self.bounds();
        let situation = Situation {
            now: self.now,
            settings: &self.settings,
            observation,
            in_work: self.in_work(&observation),
            arriving: self.traffic.estimate(),
            meanwhile: self.start_up.meanwhile(self.now, &self.roster),
            in_hand: self.roster.in_hand(),
            workers: self.roster.counts(),
            desired: self.desired,
        };
        self.demand = strategy::demand(&situation, observation.backlog, situation.arrival_rate());
        let (limited, reason) = limits::apply(self.demand, &mut self.holds, &situation, &bounds);
        let decision = self.decision(limited, reason);
        self.record(decision, actions);
    }

    pub(crate) fn on_sample_failed(&mut self, actions: &mut Vec<Action>) {
        self.stay(Reason::NoData, actions);
    }

    pub(crate) fn on_config_changed(&mut self, settings: Settings, actions: &mut Vec<Action>) {
        self.settings = settings;
        self.bound(actions);
    }

    pub(crate) fn on_local_time(&mut self, time: LocalTime, actions: &mut Vec<Action>) {
        self.local_time = Some(time);
        self.bound(actions);
    }

    pub(crate) fn on_paused(&mut self, actions: &mut Vec<Action>) {
        if self.control == Control::Running {
            self.control = Control::Paused;
            self.stay(Reason::Paused, actions);
        }
    }

    pub(crate) fn on_resumed(&mut self, actions: &mut Vec<Action>) {
        if self.control == Control::Paused {
            self.control = Control::Running;
            self.bound(actions);
        }
    }

    pub(crate) fn on_overridden(&mut self, fixed: Override, actions: &mut Vec<Action>) {
        self.fixed = fixed;
        match (self.control, fixed) {
            (Control::Running, Override::Workers(_)) => self.stay(Reason::Override, actions),
            (Control::Running, Override::Auto) => self.bound(actions),
            (Control::Paused | Control::Ending(_), _) => {}
        }
    }

    pub(crate) fn on_shutdown(&mut self, shutdown: Shutdown, actions: &mut Vec<Action>) {
        match self.control {
            Control::Running | Control::Paused => {
                self.control = Control::Ending(shutdown);
                self.stay(Reason::Shutdown, actions);
            }
            Control::Ending(Shutdown::Drain) => self.control = Control::Ending(shutdown),
            Control::Ending(Shutdown::Kill) => {}
        }
    }

    /// What this sample shows, together with what the workers report.
    fn observe(&mut self, sample: &Sample) -> Observation {
        let foreign_before = self.foreign_consumers();
        let foreign_consumers = readiness::on_consumers(
            self.now,
            &mut self.roster,
            &mut self.start_up,
            sample.consumers,
            foreign_before,
        );
        let (arrival_rate, arrival_rate_source) = match self.arrived(sample) {
            None => (
                self.observation.and_then(|before| before.arrival_rate),
                RateSource::LastKnown,
            ),
            Some((count, source)) => {
                self.traffic.on_count(count);
                (Some(count.rate()), source)
            }
        };
        self.measure(sample, foreign_consumers);
        let (worker_rate, worker_rate_source) = self.worker_rate();
        let in_flight = self.roster.in_flight();
        let backlog = match self.settings.backlog {
            Backlog::Ready => sample.ready,
            Backlog::ReadyAndInFlight => sample.ready.saturating_add(in_flight.unwrap_or(0)),
        };
        Observation {
            ready: sample.ready,
            in_flight,
            backlog,
            arrival_rate,
            arrival_rate_source,
            worker_rate,
            worker_rate_source,
            start_up: self.start_up.expected(self.now, &self.roster),
            drain_time: self.settings.drain_time,
            promised_wait: self.settings.strategy.promised_wait(),
            foreign_consumers,
        }
    }

    /// As last measured; none is known of before that.
    pub(crate) fn foreign_consumers(&self) -> u32 {
        self.observation
            .map_or(0, |observation| observation.foreign_consumers)
    }

    /// What came in since the sample before, where that is known, and how it is known.
    fn arrived(&mut self, sample: &Sample) -> Option<(Count, RateSource)> {
        let (count, source) = match sample.arrivals {
            Arrivals::Counted { .. } => (sample.arrivals.counted(), RateSource::Counted),
            Arrivals::AtLeast { messages, over } => {
                (Count::new(messages, over), RateSource::AtLeast)
            }
            Arrivals::Balance => {
                let everyone_reports = self.roster.in_flight().is_some();
                let came = self
                    .balance
                    .on_look(sample.taken_at, sample.ready, everyone_reports);
                (came, RateSource::Balance)
            }
            Arrivals::Unknown => return None,
        };
        Some((count?, source))
    }

    /// What this sample adds to what is known of μ.
    fn measure(&mut self, sample: &Sample, foreign_consumers: u32) {
        if self.settings.worker_rate == WorkerRate::Given {
            return;
        }
        let workers: Vec<WorkerId> = self.roster.ready().map(|worker| worker.id).collect();
        let is_theirs_alone = foreign_consumers == 0
            && self.roster.counts().draining == 0
            && self.roster.ready().all(Worker::has_shown_itself);
        let look = Look {
            ready: sample.ready,
            arrived: sample.arrivals.counted(),
            ready_workers: &workers,
            is_theirs_alone,
        };
        let prior = self.settings.configured_worker_rate();
        self.measured_rate.on_look(self.now, look, prior);
    }

    /// The μ that is in force, and how it is known: what everything that needs μ takes.
    pub(crate) fn worker_rate(&self) -> (Rate, WorkerRateSource) {
        let configured = self.settings.configured_worker_rate();
        match self.settings.worker_rate {
            WorkerRate::Given => (configured, WorkerRateSource::Given),
            WorkerRate::Measured => self.measured_rate.in_force(configured),
        }
    }

    /// Messages of the backlog that a worker has begun.
    fn in_work(&self, observation: &Observation) -> u64 {
        match (self.settings.backlog, observation.in_flight) {
            (Backlog::ReadyAndInFlight, Some(_)) => self.roster.in_work(),
            // The backlog has none of what the workers hold.
            (Backlog::Ready, _) | (_, None) => 0,
        }
    }

    fn bounds(&self) -> Bounds {
        let limits = &self.settings.limits;
        let from = self.roster.counts().wanted();
        Bounds {
            saturated: self.saturation.ceiling().map(|ceiling| ceiling.max(from)),
            host: self
                .host
                .and_then(|host| host.ceiling(self.now, &limits.host, from)),
            min: limits.min,
            schedule: schedule::floor(&self.settings.schedule, self.local_time),
            max: limits.max,
        }
    }

    /// The number that full hands ask for, where they do and the strategy decides.
    fn with_full_hands(&mut self) -> Option<Limited> {
        if self.control != Control::Running || self.fixed != Override::Auto {
            self.full_hands.forget();
            return None;
        }
        let asked = self
            .full_hands
            .ask(self.now, &self.roster, &self.settings)?;
        let mut limited = Limited::new(asked);
        self.bounds().apply(&mut limited);
        (limited.number > self.desired).then_some(limited)
    }

    /// Wants what was wanted before, unless somebody ordered something else, or the workers say what
    /// the broker does not.
    fn stay(&mut self, reason: Reason, actions: &mut Vec<Action>) {
        if let Reason::NoData | Reason::Implausible | Reason::Stale = reason {
            self.polling.on_no_look();
            self.saturation.on_no_look();
            if let Some(limited) = self.with_full_hands() {
                let decision = self.decision(limited, Reason::FullHands);
                return self.record(decision, actions);
            }
        }
        let decision = self.decision(Limited::new(self.desired), reason);
        self.record(decision, actions);
    }

    /// Brings what is wanted within the floors and `max` at once, where they or their standing
    /// changed.
    fn bound(&mut self, actions: &mut Vec<Action>) {
        let mut limited = Limited::new(self.desired);
        let bounds = self.bounds();
        // Before the first good sample there is nothing that a floor could be a limit to.
        if self.observation.is_some() {
            bounds.raise(&mut limited);
        }
        bounds.cap(&mut limited);
        let decision = self.decision(limited, Reason::Demand);
        if decision.desired != self.desired {
            self.record(decision, actions);
        }
    }

    /// The decision for this number, or for what somebody ordered instead.
    fn decision(&self, limited: Limited, reason: Reason) -> Decision {
        let (limited, reason) = match (self.control, self.fixed) {
            (Control::Ending(_), _) => (Limited::new(0), Reason::Shutdown),
            (Control::Paused, _) => (Limited::new(self.desired), Reason::Paused),
            (Control::Running, Override::Workers(workers)) => {
                let mut fixed = Limited::new(workers);
                fixed.at_most(LimitName::Max, self.settings.limits.max);
                (fixed, Reason::Override)
            }
            (Control::Running, Override::Auto) => (limited, reason),
        };
        Decision {
            at: self.now,
            observation: self
                .observation
                .unwrap_or_else(|| nothing_seen(&self.settings)),
            demand: self.demand,
            desired: limited.number,
            from: self.roster.counts().wanted(),
            reason,
            limits: limited.limits,
        }
    }

    fn record(&mut self, decision: Decision, actions: &mut Vec<Action>) {
        self.desired = decision.desired;
        self.last_decision = Some(decision.clone());
        actions.push(Action::Record(decision));
    }
}

/// What a decision before the first good sample stands on.
fn nothing_seen(settings: &Settings) -> Observation {
    Observation {
        ready: 0,
        in_flight: Some(0),
        backlog: 0,
        arrival_rate: None,
        arrival_rate_source: RateSource::LastKnown,
        worker_rate: settings.configured_worker_rate(),
        worker_rate_source: match settings.worker_rate {
            WorkerRate::Given => WorkerRateSource::Given,
            WorkerRate::Measured => WorkerRateSource::Prior,
        },
        start_up: None,
        drain_time: settings.drain_time,
        promised_wait: settings.strategy.promised_wait(),
        foreign_consumers: 0,
    }
}
