//! From the number of workers that is wanted to actions: which to start, drain and kill, and when to
//! look again.
//!
//! This runs after every event, not only after samples, so a crashed worker is replaced, and one that
//! waited for room is started, as soon as that is allowed.

use crate::action::Action;
use crate::crashes::Allowance;
use crate::event::Shutdown;
use crate::pool::{Control, Pool};
use crate::victims::victims;
use crate::worker::{Evidence, KILL_AGAIN_AFTER, Life, Process, Worker};
use std::time::Duration;

impl Pool {
    /// Does what is due: workers that count as ready by now, and those that outlive their grace.
    pub(crate) fn pass_time(&mut self, actions: &mut Vec<Action>) {
        let now = self.now;
        let kill_all = self.control == Control::Ending(Shutdown::Kill);
        for worker in self.roster.iter_mut() {
            let is_due = due_at(worker, self.settings.ready_after, self.settings.stop_grace)
                .is_some_and(|due_at| due_at <= now);
            match worker.life {
                Life::Starting { .. } | Life::Ready { .. } if kill_all => {
                    kill(worker, now, now, actions);
                }
                Life::Draining { since } if kill_all || is_due => {
                    kill(worker, since, now, actions);
                }
                Life::Killing { since, .. } if is_due => kill(worker, since, now, actions),
                Life::Starting { since, .. } if is_due => {
                    worker.life = Life::Ready {
                        since: now,
                        evidence: Evidence::Assumed { ordered_at: since },
                    };
                }
                _ => {}
            }
        }
        self.crashes.pass_time(now, &self.roster);
    }

    /// Starts or drains what lies between the workers there are and those that are wanted.
    pub(crate) fn fit(&mut self, actions: &mut Vec<Action>) {
        if self.control == Control::Paused {
            return;
        }
        let wanted = self.roster.counts().wanted();
        if wanted > self.desired {
            self.drain(wanted - self.desired, actions);
        } else if wanted < self.desired {
            self.start(self.desired - wanted, actions);
        }
    }

    fn drain(&mut self, count: u32, actions: &mut Vec<Action>) {
        for id in victims(&self.roster, count) {
            if let Some(worker) = self.roster.get_mut(id) {
                worker.life = Life::Draining { since: self.now };
                actions.push(Action::Drain(id));
            }
        }
    }

    /// Starts fewer where there is no room under `max_processes`, or where crashes forbid it: this is
    /// called again when a worker exits, and when the back-off is over.
    fn start(&mut self, count: u32, actions: &mut Vec<Action>) {
        let room = self
            .settings
            .limits
            .max_processes
            .saturating_sub(self.roster.counts().alive());
        let allowed = match self.crashes.allowance(self.now, &self.roster) {
            Allowance::Any => u32::MAX,
            Allowance::Probe => 1,
            Allowance::NotBefore(_) | Allowance::ProbeRuns => 0,
        };
        for _ in 0..count.min(room).min(allowed) {
            let id = self.roster.ask_for_one(self.now);
            actions.push(Action::Start(id));
        }
    }

    /// Asks for a tick when the next thing is due, unless that is asked for already.
    pub(crate) fn ask_to_be_woken(&mut self, actions: &mut Vec<Action>) {
        let settings = &self.settings;
        let next = self
            .roster
            .iter()
            .filter_map(|worker| due_at(worker, settings.ready_after, settings.stop_grace))
            .chain(self.crashes.proof_at(&self.roster))
            .chain(self.start_allowed_at())
            .min();
        if let Some(at) = next
            && self.wake_at != next
        {
            self.wake_at = next;
            actions.push(Action::WakeAt(at));
        }
    }

    /// When the back-off ends that keeps wanted workers from being started.
    fn start_allowed_at(&self) -> Option<Duration> {
        if self.control != Control::Running || self.roster.counts().wanted() >= self.desired {
            return None;
        }
        match self.crashes.allowance(self.now, &self.roster) {
            Allowance::NotBefore(at) => Some(at),
            Allowance::Any | Allowance::Probe | Allowance::ProbeRuns => None,
        }
    }
}

/// When time alone changes this worker's life.
fn due_at(worker: &Worker, ready_after: Duration, stop_grace: Duration) -> Option<Duration> {
    match worker.life {
        Life::Starting {
            process: Process::Running { since },
            ..
        } => Some(since.saturating_add(ready_after)),
        Life::Starting {
            process: Process::Asked,
            ..
        }
        | Life::Ready { .. } => None,
        Life::Draining { since } => Some(since.saturating_add(stop_grace)),
        Life::Killing { last_kill_at, .. } => Some(last_kill_at.saturating_add(KILL_AGAIN_AFTER)),
    }
}

fn kill(worker: &mut Worker, since: Duration, now: Duration, actions: &mut Vec<Action>) {
    worker.life = Life::Killing {
        since,
        last_kill_at: now,
    };
    actions.push(Action::Kill(worker.id));
}
