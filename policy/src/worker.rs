//! One worker's life.
//!
//! ```text
//!     Start issued                                            adopted: an orphan of
//!          │                                                   an earlier run
//!          ▼        says so, is seen consuming,                       │
//!    ┌──────────┐   or `ready_after` has passed   ┌───────┐           │
//!    │ starting ├────────────────────────────────▶│ ready │           │
//!    └─┬──┬─────┘                                 └─┬──┬──┘           │
//!      │  │ Drain issued                            │  │ Drain issued │ Drain issued
//!      │  │                ┌──────────┐             │  │              │
//!      │  └───────────────▶│ draining │◀────────────┼──┘◀─────────────┘
//!      │                   └─┬──────┬─┘             │
//!      │         stop_grace, │      │               │
//!      │        Kill issued  ▼      │               │
//!      │  again after ┌─────────┐   │               │
//!      │    a while ┌▶│ killing │   │ exited        │
//!      │            └─┤         │   │               │
//!      │              └────┬────┘   │               │
//!      │ exited, or never  │ exited │               │ exited:
//!      │ started: a crash  ▼        ▼               │ a crash, or worn out
//!      └──────────────────▶   gone   ◀──────────────┘
//! ```
//!
//! Each edge has a test in `tests/behaviour/life.rs`. Nothing leads back from draining: a worker that was told
//! to stop takes no more messages, and a new one is ready in milliseconds.

use crate::event::{Activity, WorkerStatus};
use crate::quantity::WorkerId;
use crate::view::{WorkerState, WorkerView};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Between two attempts to kill a worker that is still there. A killed process is gone within
/// milliseconds unless it hangs in the kernel, and asking faster does not help there.
pub(crate) const KILL_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What the policy knows of a worker.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    pub(crate) life: Life,
    /// What it last reported.
    pub(crate) status: Option<WorkerStatus>,
}

/// Where a worker is in its life, with what is needed to go on from there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Life {
    Starting {
        since: Duration,
        process: Process,
    },
    Ready {
        since: Duration,
        evidence: Evidence,
    },
    Draining {
        since: Duration,
    },
    Killing {
        /// When it was told to stop.
        since: Duration,
        last_kill_at: Duration,
    },
}

/// What is known of the process of a starting worker.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Process {
    /// Asked for; nobody has said that it runs.
    Asked,
    /// The fleet said that it runs.
    Running { since: Duration },
}

/// Why a worker is taken to be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Evidence {
    /// It has been running for `ready_after`, and nothing else is known.
    Assumed {
        /// What its start-up is measured from when it shows itself.
        ordered_at: Duration,
    },
    /// It said so, or the broker showed its consumer.
    Shown,
}

impl Worker {
    pub(crate) fn asked_for(id: WorkerId, now: Duration) -> Self {
        Self {
            id,
            life: Life::Starting {
                since: now,
                process: Process::Asked,
            },
            status: None,
        }
    }

    pub(crate) fn adopted(id: WorkerId, now: Duration) -> Self {
        Self {
            id,
            life: Life::Draining { since: now },
            status: None,
        }
    }

    pub(crate) fn state(&self) -> WorkerState {
        match self.life {
            Life::Starting { .. } => WorkerState::Starting,
            Life::Ready { .. } => WorkerState::Ready,
            Life::Draining { .. } | Life::Killing { .. } => WorkerState::Draining,
        }
    }

    /// Starting or ready: one of those that `desired` and `max` count.
    pub(crate) fn is_wanted(&self) -> bool {
        self.state() != WorkerState::Draining
    }

    pub(crate) fn ready_since(&self) -> Option<Duration> {
        match self.life {
            Life::Ready { since, .. } => Some(since),
            Life::Starting { .. } | Life::Draining { .. } | Life::Killing { .. } => None,
        }
    }

    /// When a starting worker was ordered.
    pub(crate) fn starting_since(&self) -> Option<Duration> {
        match self.life {
            Life::Starting { since, .. } => Some(since),
            Life::Ready { .. } | Life::Draining { .. } | Life::Killing { .. } => None,
        }
    }

    pub(crate) fn has_shown_itself(&self) -> bool {
        matches!(
            self.life,
            Life::Ready {
                evidence: Evidence::Shown,
                ..
            }
        )
    }

    /// What it last reported, or had when it started. A draining worker that never reported may be
    /// an orphan: what it had when this pool began is not known.
    pub(crate) fn status_before(&self) -> Option<WorkerStatus> {
        let at_first = WorkerStatus {
            activity: Activity::Idle,
            completed: 0,
            busy: Duration::ZERO,
            in_flight: 0,
        };
        self.status.or_else(|| self.is_wanted().then_some(at_first))
    }

    pub(crate) fn reports_idle(&self) -> bool {
        self.status
            .is_some_and(|status| status.activity == Activity::Idle)
    }

    pub(crate) fn on_started(&mut self, now: Duration) {
        if let Life::Starting {
            process: process @ Process::Asked,
            ..
        } = &mut self.life
        {
            *process = Process::Running { since: now };
        }
    }

    /// It said that it consumes, or the broker shows it. Answers with how long it took to start,
    /// where that is seen just now.
    pub(crate) fn on_shown(&mut self, now: Duration) -> Option<Duration> {
        let evidence = Evidence::Shown;
        match self.life {
            Life::Starting { since, .. } => {
                self.life = Life::Ready {
                    since: now,
                    evidence,
                };
                Some(now.saturating_sub(since))
            }
            Life::Ready {
                since,
                evidence: Evidence::Assumed { ordered_at },
            } => {
                self.life = Life::Ready { since, evidence };
                Some(now.saturating_sub(ordered_at))
            }
            Life::Ready { .. } | Life::Draining { .. } | Life::Killing { .. } => None,
        }
    }

    pub(crate) fn view(&self) -> WorkerView {
        let since = match self.life {
            Life::Starting { since, .. }
            | Life::Ready { since, .. }
            | Life::Draining { since }
            | Life::Killing { since, .. } => since,
        };
        WorkerView {
            worker: self.id,
            state: self.state(),
            since,
            status: self.status,
        }
    }
}
