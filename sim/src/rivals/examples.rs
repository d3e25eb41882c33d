//! What the rivals' tests put before them: facts of a worker that does 200 messages a second, and
//! what can be seen of its queue.

use std::time::Duration;

use crate::rival::{Facts, QueueSeen, Rival, Seen, Statistics, WorkersSeen};

/// μ = 200, so C = 400; up to 100 workers; nothing is shifted.
pub(super) fn facts() -> Facts {
    Facts {
        worker_rate: 200.0,
        capacity: 400.0,
        min: 0,
        max: 100,
        slo: Duration::from_secs(10),
        peak: 20,
        prefetch: 50,
        phase: 0.0,
    }
}

/// A queue in which so many messages wait, and nobody who works.
pub(super) fn waiting(ready: u64) -> Seen {
    Seen {
        queue: Some(QueueSeen {
            ready,
            arrived_total: ready,
            completed_total: 0,
            oldest_age: Duration::ZERO,
        }),
        statistics: Some(Statistics {
            ready,
            unacknowledged: 0,
            publish_rate: 0.0,
            deliver_rate: 0.0,
        }),
        workers: no_workers(),
    }
}

/// Nothing can be seen but the rival's own workers.
pub(super) fn no_data() -> Seen {
    Seen {
        queue: None,
        statistics: None,
        workers: no_workers(),
    }
}

pub(super) fn no_workers() -> WorkersSeen {
    WorkersSeen {
        starting: 0,
        ready: 0,
        draining: 0,
        busy: 0,
    }
}

/// What it answers whenever it wants to be asked, up to and with `until` (in seconds), with what it
/// wanted last as its ready workers. Only changes are kept, each with its second.
pub(super) fn changes(
    rival: &mut dyn Rival,
    until: f64,
    mut seen_at: impl FnMut(f64) -> Seen,
) -> Vec<(f64, u32)> {
    let mut changes = Vec::new();
    let mut wanted = 0;
    while rival.next_at().as_secs_f64() <= until {
        let now = rival.next_at();
        let mut seen = seen_at(now.as_secs_f64());
        seen.workers.ready = wanted;
        let workers = rival.workers(now, &seen);
        assert!(rival.next_at() > now, "a rival must move on");
        if workers != wanted {
            changes.push((now.as_secs_f64(), workers));
            wanted = workers;
        }
    }
    changes
}
