//! Events on their way from a fleet to the event loop.
//!
//! The loop may be slow, yet after a lost exit the policy would count a worker that is gone for ever.
//! So nothing is dropped and nobody waits: what has not been taken yet is kept here, exits and starts
//! in their order, and of each worker's reports the latest only.
//! That bounds it, so there is no channel beside it. A worker has at most one start, one exit and one report in here, and there
//! are never more workers than the policy's `max_processes`.

use policy::{Event, WorkerId, WorkerStatus};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the loop has not taken yet.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    lives: VecDeque<Event>,
    ready: VecDeque<WorkerId>,
    statuses: BTreeMap<WorkerId, WorkerStatus>,
}

/// What a worker says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Ready,
    /// What it does and has done.
    Status(WorkerStatus),
}

impl Outbox {
    /// A start, an exit or a failure: each is kept.
    pub fn post(&self, event: Event) {
        let mut waiting = self.lock();
        if let Event::WorkerExited { worker, .. } = &event {
            waiting.ready.retain(|other| other != worker);
            waiting.statuses.remove(worker);
        }
        waiting.lives.push_back(event);
        drop(waiting);
        self.changed.notify_one();
    }

    /// A report: only the latest of a worker is kept.
    pub(crate) fn report(&self, worker: WorkerId, report: Report) {
        let mut waiting = self.lock();
        match report {
            Report::Ready if waiting.ready.contains(&worker) => {}
            Report::Ready => waiting.ready.push_back(worker),
            Report::Status(status) => {
                waiting.statuses.insert(worker, status);
            }
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Waits for the next event: lives before reports. Cancel-safe: what is not taken now is there
    /// next time.
    pub async fn next(&self) -> Event {
        loop {
            if let Some(event) = self.lock().take() {
                return event;
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Every change under this lock is complete in itself, so a panic leaves nothing half done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Event> {
        if let Some(event) = self.lives.pop_front() {
            return Some(event);
        }
        if let Some(worker) = self.ready.pop_front() {
            return Some(Event::WorkerReady { worker });
        }
        let (worker, status) = self.statuses.pop_first()?;
        Some(Event::WorkerStatus { worker, status })
    }
}

#[cfg(test)]
mod tests {
    use super::{Outbox, Report};
    use policy::{Activity, Event, Exit, Fraction, WorkerId, WorkerStatus};
    use std::time::Duration;

    fn status(completed: u64) -> WorkerStatus {
        WorkerStatus {
            activity: Activity::Busy,
            completed,
            busy: Duration::ZERO,
            in_flight: 1,
        }
    }

    #[tokio::test]
    async fn a_slow_listener_gets_every_life_and_the_latest_report_of_each_worker() {
        let outbox = Outbox::default();
        let exited = Event::WorkerExited {
            worker: WorkerId(1),
            exit: Exit::Code(0),
            jitter: Fraction::try_new(0.5).unwrap(),
        };
        for worker in [WorkerId(1), WorkerId(2)] {
            outbox.post(Event::WorkerStarted { worker });
            outbox.report(worker, Report::Ready);
            outbox.report(worker, Report::Ready);
            for completed in 0..1000 {
                outbox.report(worker, Report::Status(status(completed)));
            }
        }
        outbox.post(exited.clone());

        let expected = [
            Event::WorkerStarted {
                worker: WorkerId(1),
            },
            Event::WorkerStarted {
                worker: WorkerId(2),
            },
            exited,
            Event::WorkerReady {
                worker: WorkerId(2),
            },
            Event::WorkerStatus {
                worker: WorkerId(2),
                status: status(999),
            },
        ];
        for event in expected {
            assert_eq!(outbox.next().await, event);
        }
    }
}
