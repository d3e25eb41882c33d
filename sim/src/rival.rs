//! What a rival is to the simulator: something that is asked for a number of workers at times of its
//! own, and that sees what it would see in the field.
//!
//! A rival says how many; its platform chooses which ones go, and how they are told.

use std::time::Duration;

/// A policy that is not Warren's.
pub trait Rival {
    /// When it next wants to be asked. Asked for again after every answer; must move on.
    fn next_at(&self) -> Duration;

    /// How many workers it wants from now on; it is clamped to the workload's `min` and `max` by
    /// the simulator, which the rivals' own platforms do as well.
    fn workers(&mut self, now: Duration, seen: &Seen) -> u32;

    /// How its platform gets rid of workers.
    fn departure(&self) -> Departure;
}

/// What a rival knows beforehand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// μ: what one busy worker completes, in messages per second.
    pub worker_rate: f64,
    /// C: messages that one worker clears within a drain time of 2 s.
    pub capacity: f64,
    /// Never fewer workers than this.
    pub min: u32,
    /// Never more workers than this.
    pub max: u32,
    /// What the workload promises: messages are to be taken up within this.
    pub slo: Duration,
    /// The largest number of workers that the workload needs at any time.
    pub peak: u32,
    /// Messages that one worker takes at a time.
    pub prefetch: u32,
    /// A number from 0 to 1 that shifts the rival's own rhythms against the workload's.
    pub phase: f64,
}

/// What a rival sees when it is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// What the broker answers to a passive declare; `None` where it does not answer.
    pub queue: Option<QueueSeen>,
    /// What the broker's management plugin says: 5 s old at the most, on a good day. `None` where it
    /// does not answer.
    pub statistics: Option<Statistics>,
    /// The rival's own workers, which its platform knows.
    pub workers: WorkersSeen,
}

/// A passive declare's answer, and what a client can count by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueSeen {
    /// Messages waiting in the queue.
    pub ready: u64,
    /// Messages that have ever entered it.
    pub arrived_total: u64,
    /// Messages that workers have ever completed.
    pub completed_total: u64,
    /// How long the oldest message that waits has waited; zero where none does.
    pub oldest_age: Duration,
}

/// The management plugin's figures, taken every 5 s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Messages waiting.
    pub ready: u64,
    /// Messages delivered and not yet acknowledged.
    pub unacknowledged: u64,
    /// Messages published per second, over the last 5 s.
    pub publish_rate: f64,
    /// Messages delivered per second, over the last 5 s.
    pub deliver_rate: f64,
}

/// The rival's workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkersSeen {
    /// Started, and not yet ready.
    pub starting: u32,
    pub ready: u32,
    /// Told to stop, and finishing.
    pub draining: u32,
    /// Of the ready ones, those that work on a message.
    pub busy: u32,
}

/// How a platform gets rid of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    pub victims: Victims,
    /// From the order to stop until the worker is killed.
    pub grace: Duration,
}

/// Which workers go. Those that are still starting always go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victims {
    /// Those that were started first.
    OldestFirst,
    /// Those that were started last.
    NewestFirst,
    /// Any: the platform looks at nothing that has to do with the work.
    Random,
    /// Those that are idle, then the oldest.
    IdleFirst,
}
