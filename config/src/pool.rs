//! One pool: a work queue, its policy and its fleet.

use crate::local_time::TimeZone;
use std::fmt;
use std::num::NonZeroU16;
use std::time::Duration;

/// One work queue with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Names it in logs, metrics, queues and files.
    pub name: PoolName,
    /// Its exchange and queues.
    pub topology: Topology,
    /// How many workers; the policy's own settings.
    pub scaling: policy::Settings,
    /// What the file says of those settings, as TOML of this one pool: for a journal, and for
    /// [`crate::what_if`]. It names no queue, no command and no password.
    pub policy_table: String,
    /// The zone of the schedule's times of day.
    pub time_zone: TimeZone,
    /// How workers are started and stopped.
    pub fleet: Fleet,
    /// What Warren's own workers do with a message.
    pub worker: WorkerSettings,
}

/// A pool's name: 1 to 63 of `a-z 0-9 - _`, so that it can be a label, a file and part of a queue's
/// name as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolName(pub(crate) String);

impl PoolName {
    /// The name as the file has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PoolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The exchange and queues of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// How it is known what enters the work queue.
    pub arrivals: ArrivalsFrom,
    /// Messages enter here; declared as a fanout where it is missing. Empty: the default exchange,
    /// to which nothing is bound; only with `ArrivalsFrom::Balance`.
    pub exchange: String,
    /// The work queue and the count queue are bound with each of these.
    pub routing_keys: Vec<String>,
    /// The queue that workers consume and whose length decides how many there are.
    pub work_queue: String,
    /// Whether the controller declares what is missing of these.
    pub declare: Declare,
    /// Of a work queue that Warren declares.
    pub queue_type: QueueType,
    /// Where the work queue that Warren declares sends what it gives up, and where workers send
    /// what they can't process; `None` where it is configured as "".
    pub dead_letter_exchange: Option<String>,
    /// Deliveries of one message before a quorum queue gives it up; of a queue Warren declares.
    pub delivery_limit: u32,
}

/// How it is known what enters the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalsFrom {
    /// A count queue is bound beside the work queue and takes a copy of each message.
    CountQueue,
    /// Nothing counts: what entered follows from the change of the backlog and from what workers
    /// completed.
    Balance,
}

/// Whether Warren may declare the exchange, the work queue and its bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declare {
    /// Whatever is missing; what is there is used as it is.
    Missing,
    /// Nothing: they are somebody else's, and Warren waits until they are there.
    Never,
}

/// The type of a queue that Warren declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueType {
    /// A durable classic queue.
    Classic,
    /// A quorum queue, with a dead-letter exchange and an explicit delivery limit.
    Quorum,
}

/// How workers are started and stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// One worker's command, run without a shell.
    pub command: Command,
    /// The time that a worker has from SIGTERM to SIGKILL.
    pub stop_grace: Duration,
    /// When a worker that reports nothing counts as ready.
    pub ready_after: Duration,
}

/// A program and its arguments. A program without a slash is looked for beside the controller's own
/// binary, then on PATH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name, or its path.
    pub program: String,
    /// Passed on as they are: nothing is expanded.
    pub arguments: Vec<String>,
}

/// What Warren's own workers do with a message.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerSettings {
    /// Unacknowledged messages that one worker holds at most.
    pub prefetch: NonZeroU16,
    /// Whether the file gives it or it follows from the worker rate.
    pub prefetch_from: PrefetchFrom,
    /// Where results go when a message names no `reply_to`; `None` drops them.
    pub results_queue: Option<String>,
    /// What becomes of a message that can't be processed. `DeadLetter` only where the topology has a
    /// dead-letter exchange.
    pub on_unprocessable: OnUnprocessable,
    /// What becomes of a message whose result the broker can't route. `DeadLetter` only where the
    /// topology has a dead-letter exchange.
    pub on_unroutable: OnUnroutable,
    /// A larger message is unprocessable.
    pub max_message_bytes: u64,
}

/// Where a prefetch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefetchFrom {
    /// The key `prefetch`.
    Key,
    /// It follows from the worker rate, as far as that is known.
    WorkerRate,
}

/// What becomes of a message that can't be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnprocessable {
    /// A copy with reason headers goes to the dead-letter exchange.
    DeadLetter,
    /// Back to the queue, for another worker.
    Requeue,
    /// Acknowledged and gone.
    Drop,
}

/// What becomes of a message whose result the broker can't route. Never back to the queue: the
/// result would come back the same way for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnroutable {
    /// A copy with reason headers goes to the dead-letter exchange.
    DeadLetter,
    /// Acknowledged and gone.
    Drop,
}
