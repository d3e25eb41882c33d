//! What leaves the queue while a backlog stands, for workers that report nothing.
//!
//! Between two looks D = A + R₀ − R₁ messages left the queue: what arrived, and what it had more at
//! the first look. Where messages waited all the time, every worker was busy all the time, and that
//! is what the workers completed: one message goes out to a worker for each that it is done with.
//!
//! That messages waited all the time is proven when no more arrived than wait at the end, A ≤ R₁:
//! even those that waited first, R₀ ≥ D, would have lasted.
//! Beside that, the ready workers have to be the same ones from look to look, each seen consuming;
//! none may be draining (it gives back, or finishes what left before) and no consumer be foreign.
//!
//! With A = 300, R₀ = 1,000 and R₁ = 500 over 2 s at 2 workers, D = 800: 200 msg/s each.

use super::busy::Work;
use crate::count::Count;
use crate::quantity::WorkerId;
use serde::{Deserialize, Serialize};

/// What one look at the queue shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// Messages waiting.
    pub(crate) ready: u64,
    /// What arrived since the look before; `None` where it was not all counted.
    pub(crate) arrived: Option<Count>,
    /// Every ready worker, from the oldest to the newest.
    pub(crate) ready_workers: &'a [WorkerId],
    /// Whether these are seen consuming, and nobody else consumes.
    pub(crate) is_theirs_alone: bool,
}

/// The look before, where it is of use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Standing {
    before: Option<Before>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Before {
    ready: u64,
    workers: Vec<WorkerId>,
}

impl Standing {
    /// What was done since the look before, where that is known.
    pub(crate) fn since_last_look(&mut self, look: &Look<'_>) -> Option<Work> {
        let is_of_use = look.ready > 0 && look.is_theirs_alone && !look.ready_workers.is_empty();
        let now = is_of_use.then(|| Before {
            ready: look.ready,
            workers: look.ready_workers.to_vec(),
        });
        let before = std::mem::replace(&mut self.before, now)?;
        let Count { messages, over } = look.arrived?;
        let stood = is_of_use && messages <= look.ready && before.workers == look.ready_workers;
        // Messages may come back, too: then more is there than can be.
        let left = before
            .ready
            .saturating_add(messages)
            .checked_sub(look.ready)?;
        stood.then_some(Work {
            messages: left as f64,
            busy_seconds: over.as_secs_f64() * look.ready_workers.len() as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Look, Standing};
    use crate::quantity::WorkerId;
    use crate::worker_rate::busy::Work;
    use std::time::Duration;

    const TWO: [WorkerId; 2] = [WorkerId(1), WorkerId(2)];

    fn look(ready: u64, arrived: u64) -> Look<'static> {
        Look {
            ready,
            arrived: Count::new(arrived, Duration::from_secs(2)),
            ready_workers: &TWO,
            is_theirs_alone: true,
        }
    }

    fn after(looks: &[Look<'_>]) -> Option<Work> {
        let mut standing = Standing::default();
        let mut last = None;
        for look in looks {
            last = standing.since_last_look(look);
        }
        last
    }

    #[test]
    fn the_worked_example() {
        let done = after(&[look(1_000, 0), look(500, 300)]).unwrap();
        assert_eq!((done.messages, done.busy_seconds), (800.0, 4.0));
    }

    #[test]
    fn it_counts_only_where_every_worker_was_busy_all_the_time() {
        let first = look(1_000, 0);
        let other = [WorkerId(1), WorkerId(3)];
        for second in [
            // It may have been empty in between.
            look(500, 501),
            look(0, 0),
            Look {
                arrived: None,
                ..look(500, 300)
            },
            Look {
                ready_workers: &other,
                ..look(500, 300)
            },
            Look {
                ready_workers: &TWO[..1],
                ..look(500, 300)
            },
            Look {
                is_theirs_alone: false,
                ..look(500, 300)
            },
            // More than were there can't be left.
            look(2_000, 300),
        ] {
            assert_eq!(after(&[first, second]), None, "{second:?}");
            assert_eq!(after(&[second, look(400, 0)]).is_some(), {
                second.ready >= 400 && second.is_theirs_alone && second.ready_workers == TWO
            });
        }
        assert_eq!(after(&[look(0, 0), look(500, 300)]), None);
        assert_eq!(after(&[first]), None);
    }
}
