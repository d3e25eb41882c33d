//! What a pool's loop remembers beside the policy: counts, ages, outages, and what it last said.
//!
//! Each occurrence is logged, counted and remembered in one function here, so that the log, the
//! metrics and the API can't tell different stories. An outage they tell each in its own way: the API
//! keeps what the last good sample showed, with its age, and the metrics leave it out.

use crate::fleet::WorkerUsage;
use crate::metrics::{Direction, PoolMetrics, WorkersUsage};
use crate::snapshot::{Noted, Snapshot};
use crate::source::{Link, Outlook, SampleError, SampleReport};
use policy::{
    Action, Arrivals, Decision, Event, Exit, LimitName, Observation, Reason, Sample, SampleFailure,
    View,
};
use std::sync::Arc;
use std::time::Duration;

/// The memory of one pool's loop.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pool: String,
    metrics: PoolMetrics,
    noted: Noted,
    outage: Option<Outage>,
    last_logged: Option<LastLogged>,
}

/// Looks that fail, one after the other.
#[derive(Debug)]
struct Outage {
    since: Duration,
    failure: SampleFailure,
    message: String,
}

/// The part of a decision that is worth a line when it changes.
#[derive(Debug, PartialEq)]
struct LastLogged {
    desired: u32,
    reason: Reason,
    limits: Vec<LimitName>,
}

impl Telemetry {
    pub(crate) fn new(pool: String, metrics: PoolMetrics) -> Self {
        Self {
            pool,
            metrics,
            noted: Noted::default(),
            outage: None,
            last_logged: None,
        }
    }

    /// A look at the queue ended.
    pub(crate) fn on_look(&mut self, now: Duration, report: &SampleReport) {
        self.noted.link = match &report.result {
            Ok(_) => Link::Up,
            Err(error) => error.link,
        };
        self.metrics.looked(report.took, self.noted.link);
        match &report.result {
            Ok(sample) => self.on_sample(now, sample),
            Err(error) => self.on_sample_failed(now, error),
        }
    }

    fn on_sample(&mut self, now: Duration, sample: &Sample) {
        self.noted.totals.samples += 1;
        match sample.arrivals {
            Arrivals::Counted { messages, .. } => self.noted.totals.arrivals += messages,
            Arrivals::AtLeast { messages, .. } => {
                self.noted.totals.arrivals += messages;
                tracing::warn!(
                    pool = self.pool,
                    messages,
                    "count queue was full: more messages arrived than were counted"
                );
            }
            // Nobody counts them one by one.
            Arrivals::Balance => {}
            Arrivals::Unknown => self.noted.totals.arrival_gaps += 1,
        }
        self.metrics.sampled(sample.consumers, sample.arrivals);
        self.noted.sampled_at = Some(sample.taken_at);
        self.noted.consumers = Some(sample.consumers);
        if let Some(outage) = self.outage.take() {
            let lasted = now.saturating_sub(outage.since);
            tracing::info!(
                pool = self.pool,
                lasted_seconds = lasted.as_secs_f64(),
                "queue can be looked at again"
            );
        }
    }

    fn on_sample_failed(&mut self, now: Duration, error: &SampleError) {
        self.noted.totals.sample_failures += 1;
        self.metrics.sample_failed(error.failure);
        let failure = error.failure.as_str();
        if error.outlook == Outlook::GiveUp {
            // No outage: the pool ends, and whoever ends the run says why.
            return;
        }
        match &mut self.outage {
            // The same trouble again: said once is enough.
            Some(outage) if outage.failure == error.failure => {
                tracing::debug!(pool = self.pool, failure, error = %error, "queue still can't be looked at");
                outage.message.clone_from(&error.message);
            }
            // Another trouble, such as a refused login after a restart, is news.
            Some(outage) => {
                tracing::warn!(
                    pool = self.pool,
                    failure,
                    error = %error,
                    "queue still can't be looked at"
                );
                outage.failure = error.failure;
                outage.message.clone_from(&error.message);
            }
            None => {
                tracing::warn!(
                    pool = self.pool,
                    failure,
                    error = %error,
                    "queue can't be looked at; workers stay"
                );
                self.outage = Some(Outage {
                    since: now,
                    failure: error.failure,
                    message: error.message.clone(),
                });
            }
        }
    }

    /// The fleet reported something.
    pub(crate) fn on_fleet_event(&mut self, now: Duration, event: &Event) {
        match event {
            Event::WorkerAdopted { worker } => {
                tracing::info!(
                    pool = self.pool,
                    %worker,
                    "orphan adopted: a worker that an earlier run left; it is drained first"
                );
                Arc::make_mut(&mut self.noted.born).insert(*worker, now);
            }
            Event::WorkerStarted { worker } => {
                tracing::debug!(pool = self.pool, %worker, "worker started");
                Arc::make_mut(&mut self.noted.born).insert(*worker, now);
                // Here and not where it is ordered: a start that fails moves nobody.
                self.noted.totals.workers_moved += 1;
            }
            Event::WorkerExited { worker, exit, .. } => {
                match exit {
                    Exit::Code(0) | Exit::Unseen => {
                        tracing::debug!(pool = self.pool, %worker, ?exit, "worker ended");
                    }
                    Exit::Code(_) | Exit::Signal(_) => {
                        tracing::warn!(pool = self.pool, %worker, ?exit, "worker ended badly");
                    }
                }
                self.metrics.worker_exited(*exit);
                if let Some(born) = Arc::make_mut(&mut self.noted.born).remove(worker) {
                    self.noted.totals.ended_worker_time += now.saturating_sub(born);
                }
            }
            _ => {}
        }
    }

    /// The policy answered with these actions.
    pub(crate) fn on_actions(&mut self, actions: &[Action]) {
        let started = actions
            .iter()
            .filter(|action| matches!(action, Action::Start(_)))
            .count();
        let Some(decision) = actions.iter().find_map(Action::decision) else {
            return;
        };
        // A drain without a decision is that of an adopted worker.
        let drained = actions
            .iter()
            .filter(|action| matches!(action, Action::Drain(_)))
            .count();
        self.noted.totals.workers_moved += drained as u64;
        self.metrics.decided(decision);
        for (moved, way) in [(started, Direction::Up), (drained, Direction::Down)] {
            if moved > 0 {
                self.metrics.scaled(way, decision);
            }
        }
        if started + drained > 0 {
            self.noted.totals.scale_actions += 1;
        }
        self.say(decision, started, drained);
    }

    /// A line where the decision differs from the last one that had a line; every one at `debug`.
    fn say(&mut self, decision: &Decision, started: usize, drained: usize) {
        let logged = LastLogged {
            desired: decision.desired,
            reason: decision.reason,
            limits: decision.limits.iter().map(|limit| limit.name).collect(),
        };
        let explanation = decision.explain();
        if started + drained > 0 || self.last_logged.as_ref() != Some(&logged) {
            tracing::info!(
                pool = self.pool,
                demand = decision.demand,
                desired = decision.desired,
                started,
                drained,
                reason = decision.reason.as_str(),
                explanation,
                "decided"
            );
            self.last_logged = Some(logged);
        } else {
            tracing::debug!(
                pool = self.pool,
                desired = decision.desired,
                explanation,
                "decided as before"
            );
        }
    }

    /// The workers were looked at.
    pub(crate) fn on_usage(&mut self, usage: Vec<WorkerUsage>) {
        self.noted.usage = usage.into();
    }

    /// Resident memory of a worker, on average; `None` where none could be measured.
    pub(crate) fn worker_memory_bytes(&self) -> Option<u64> {
        mean_memory_bytes(&self.noted.usage)
    }

    /// The pool as it is now, for whoever asks. `fleet_error` is why workers can't be started.
    pub(crate) fn snapshot(
        &mut self,
        now: Duration,
        view: View,
        fleet_error: Option<String>,
    ) -> Snapshot {
        let totals = &mut self.noted.totals;
        totals.workers_peak = totals.workers_peak.max(view.starting + view.ready);
        self.metrics
            .show(&view, self.seen(&view), total(&self.noted.usage, &view));
        let outage = self.outage.as_ref().map(|outage| outage.message.clone());
        Snapshot {
            turned_at: now,
            view,
            noted: self.noted.clone(),
            last_error: outage.or(fleet_error),
        }
    }

    /// What the last look showed, where there was one and it can be true.
    fn seen<'view>(&self, view: &'view View) -> Option<&'view Observation> {
        let decision = view.last_decision.as_ref()?;
        let trusted = match decision.reason {
            Reason::NoData | Reason::FullHands | Reason::Implausible | Reason::Stale => false,
            Reason::Demand
            | Reason::RateUnknown
            | Reason::Paused
            | Reason::Override
            | Reason::Shutdown => true,
        };
        if trusted && self.outage.is_none() {
            view.observation.as_ref()
        } else {
            None
        }
    }
}

/// One that was going away while it was looked at counts for nothing, rather than for 0 bytes.
fn mean_memory_bytes(usage: &[WorkerUsage]) -> Option<u64> {
    let known = usage.iter().filter_map(|usage| usage.memory_bytes);
    let (sum, count) = known.fold((0, 0), |(sum, count), bytes| (sum + bytes, count + 1));
    u64::checked_div(sum, count)
}

/// What all workers use together. No workers use nothing; workers of whom nothing could be measured
/// use nobody knows what.
fn total(usage: &[WorkerUsage], view: &View) -> WorkersUsage {
    if view.workers.is_empty() {
        return WorkersUsage {
            cpu_ratio: Some(0.0),
            memory_bytes: Some(0),
        };
    }
    let cpu: Vec<f64> = usage.iter().filter_map(|usage| usage.cpu_ratio).collect();
    let memory: Vec<u64> = usage
        .iter()
        .filter_map(|usage| usage.memory_bytes)
        .collect();
    WorkersUsage {
        cpu_ratio: (!cpu.is_empty()).then(|| cpu.iter().sum()),
        memory_bytes: (!memory.is_empty()).then(|| memory.iter().sum()),
    }
}

#[cfg(test)]
mod tests {
    use super::mean_memory_bytes;
    use crate::fleet::WorkerUsage;
    use policy::WorkerId;

    #[test]
    fn the_memory_of_a_worker_is_the_mean_of_those_that_are_known() {
        for (known, expected) in [
            (vec![], None),
            (vec![None], None),
            (vec![Some(100), None, Some(301)], Some(200)),
        ] {
            let usage: Vec<WorkerUsage> = (1..)
                .zip(known)
                .map(|(id, memory_bytes)| WorkerUsage {
                    worker: WorkerId(id),
                    pid: 7,
                    cpu_ratio: None,
                    memory_bytes,
                })
                .collect();
            assert_eq!(mean_memory_bytes(&usage), expected, "{usage:?}");
        }
    }
}
