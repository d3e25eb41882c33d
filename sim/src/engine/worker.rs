//! One worker process: what it holds, and what it says of itself.
//!
//! ```text
//!   start ──▶ starting ──start-up──▶ ready ──drain──▶ draining ──holds nothing──▶ gone
//!                │                     │                 │
//!                └───drain, crash──────┴──crash, kill────┴──crash, kill─────────▶ gone
//! ```
//!
//! A worker works on one message at a time; what else it holds waits with it. It reports as the
//! worker contract has it: on change, at most five times a second, and the last change always.

use super::queue::Message;
use policy::{Activity, WorkerId, WorkerStatus};
use std::collections::VecDeque;
use std::time::Duration;

/// Between two reports of one worker.
pub(crate) const REPORT_EVERY: Duration = Duration::from_millis(200);

/// Where a worker is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Its process runs, and it does not consume yet.
    Starting,
    /// Takes messages from the queue.
    Ready,
    /// It takes no more, and exits when it holds nothing.
    Draining {
        /// When it was told to.
        since: Duration,
    },
}

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    pub(crate) started_at: Duration,
    pub(crate) life: Life,
    /// It works on the first of them.
    pub(crate) held: VecDeque<Message>,
    /// When it began with the message it works on.
    pub(crate) began_at: Duration,
    /// Since when it has held nothing, if it does.
    pub(crate) idle_since: Duration,
    /// Since when it has always held something, if it does.
    pub(crate) holds_since: Duration,
    /// Whether the queue knows that it has room.
    pub(crate) is_lined_up: bool,
    status: WorkerStatus,
    busy_since: Option<Duration>,
    reported_at: Option<Duration>,
    report_is_due: bool,
}

/// What a change means for a worker's reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// This is said now.
    Now(WorkerStatus),
    /// It is to be said at this time, together with what changes until then.
    At(Duration),
    /// A report is on its way already.
    Awaited,
}

impl Worker {
    pub(crate) fn new(id: WorkerId, now: Duration) -> Self {
        Self {
            id,
            started_at: now,
            life: Life::Starting,
            held: VecDeque::new(),
            began_at: now,
            idle_since: now,
            holds_since: now,
            is_lined_up: false,
            status: WorkerStatus {
                activity: Activity::Idle,
                completed: 0,
                busy: Duration::ZERO,
                in_flight: 0,
            },
            busy_since: None,
            reported_at: None,
            report_is_due: false,
        }
    }

    /// Whether it works on a message.
    pub(crate) fn is_busy(&self) -> bool {
        !self.held.is_empty()
    }

    /// Starting or ready: one of those that a policy counts on.
    pub(crate) fn is_wanted(&self) -> bool {
        !matches!(self.life, Life::Draining { .. })
    }

    /// Whether it has been idle, as a ready worker, for longer than it may take to say so.
    pub(crate) fn is_known_to_be_idle(&self, now: Duration) -> bool {
        self.life == Life::Ready
            && !self.is_busy()
            && now.saturating_sub(self.idle_since) > REPORT_EVERY
    }

    /// Whether it has been busy without a break, on one message or on many, for longer than it may
    /// take to say so.
    pub(crate) fn is_known_to_be_busy(&self, now: Duration) -> bool {
        self.is_busy() && now.saturating_sub(self.holds_since) > REPORT_EVERY
    }

    /// It finished the message it worked on, and has that many behind it.
    pub(crate) fn finish_one(&mut self) -> Option<Message> {
        let message = self.held.pop_front()?;
        self.status.completed += 1;
        Some(message)
    }

    /// What it holds or has done is not what it was.
    pub(crate) fn on_change(&mut self, now: Duration) -> Report {
        self.status.in_flight = self.held.len() as u64;
        match (self.is_busy(), self.busy_since) {
            (true, None) => self.busy_since = Some(now),
            (true, Some(since)) | (false, Some(since)) => {
                self.status.busy += now - since;
                self.busy_since = self.is_busy().then_some(now);
            }
            (false, None) => {}
        }
        self.status.activity = match self.status.in_flight {
            0 => Activity::Idle,
            _ => Activity::Busy,
        };
        match self.reported_at {
            _ if self.report_is_due => Report::Awaited,
            Some(at) if now < at + REPORT_EVERY => {
                self.report_is_due = true;
                Report::At(at + REPORT_EVERY)
            }
            _ => self.report(now),
        }
    }

    /// It says what it last had to say.
    pub(crate) fn report(&mut self, now: Duration) -> Report {
        self.reported_at = Some(now);
        self.report_is_due = false;
        Report::Now(self.status)
    }

    /// What it has not said yet when it exits.
    pub(crate) fn last_words(&self) -> Option<WorkerStatus> {
        self.report_is_due.then_some(self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn hold_one(worker: &mut Worker) {
        worker.held.push_back(Message {
            arrived_at: at(0),
            service: at(5),
        });
    }

    fn status(activity: Activity, completed: u64, busy: Duration, in_flight: u64) -> WorkerStatus {
        WorkerStatus {
            activity,
            completed,
            busy,
            in_flight,
        }
    }

    #[test]
    fn a_report_comes_at_most_every_fifth_of_a_second_and_the_last_change_is_always_said() {
        let mut worker = Worker::new(WorkerId(1), at(0));
        let idle = status(Activity::Idle, 0, at(0), 0);
        assert_eq!(worker.on_change(at(500)), Report::Now(idle));
        hold_one(&mut worker);
        assert_eq!(worker.on_change(at(550)), Report::At(at(700)));
        worker.finish_one();
        assert_eq!(worker.on_change(at(555)), Report::Awaited);
        let done = status(Activity::Idle, 1, at(5), 0);
        assert_eq!(worker.last_words(), Some(done));
        assert_eq!(worker.report(at(700)), Report::Now(done));
        assert_eq!(worker.last_words(), None);
        hold_one(&mut worker);
        let busy = status(Activity::Busy, 1, at(5), 1);
        assert_eq!(worker.on_change(at(901)), Report::Now(busy));
    }
}
