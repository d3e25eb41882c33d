//! What the policy knows of the queue: one sample per look.
//!
//! A source only looks. It never decides, and it never publishes: under a memory or disk alarm
//! RabbitMQ stops reading every connection that has published, and the controller must go on
//! seeing the queue just then.

mod cadence;
mod counting;
mod queue;
mod sampler;
#[cfg(test)]
mod scripted;

pub use cadence::Cadence;
pub use queue::{QueueSource, Role};
pub use sampler::{SampleReport, Sampler};
#[cfg(test)]
pub(crate) use scripted::{ScriptedSource, Step};

use policy::{Sample, SampleFailure};
use std::future::Future;

/// Something that can be looked at for a sample.
pub trait Source: Send + 'static {
    /// Looks once. Bounded in time by the source itself.
    fn sample(&mut self) -> impl Future<Output = Result<Sample, SampleError>> + Send;

    /// The pool is idle from now on, or still is: gets ready to tell of the first message.
    /// Seen through like a look, and bounded in time by the source itself.
    fn begin_idle(&mut self) -> impl Future<Output = ()> + Send;

    /// Waits until a message has come in that no look has counted; asked only while the pool is idle.
    /// The look that follows counts it. Never ends where nobody can tell.
    ///
    /// Dropping the future loses nothing: the next one tells of the same message.
    fn first_message(&mut self) -> impl Future<Output = ()> + Send;

    /// Gives back what the source holds at the broker. Bounded in time by the source itself.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Why there is no sample.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SampleError {
    /// The policy's word for it.
    pub failure: SampleFailure,
    /// Whether the connection stands all the same.
    pub link: Link,
    /// What it means for the pool.
    pub outlook: Outlook,
    /// What happened, to what, and what to do next.
    pub message: String,
}

/// The connection to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    Up,
    #[default]
    Down,
}

/// What a failed sample means for the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// The next one may succeed.
    Retry,
    /// This controller must not run the pool: another one does.
    GiveUp,
}
