//! RabbitMQ as Warren's programs see it: sessions, consumers, confirmed publishing, and the one
//! place that knows the queues and exchanges. The only crate that names the AMQP library; none of
//! its types show in what is public here.
//!
//! Nothing here reconnects by itself. A [`Session`] is one connection; whoever uses it opens a new
//! one, after a pause from [`Backoff`], when a call fails with anything but a refusal of that one
//! call ([`ErrorKind::closes_session`]). And nothing here waits for ever: the library has no
//! timeouts, so every call has one of ours.

#![warn(missing_docs)]

mod answer_timeout;
mod backoff;
mod connect_guard;
mod consume_publish;
mod consumer;
mod context;
mod count_queue;
mod durable_queue;
mod endpoint;
mod error;
mod follower_queue;
mod message;
#[cfg(any(test, not(feature = "tls")))]
mod no_tls;
mod owner_queue;
mod publisher;
mod removal;
mod reply_queue;
mod session;
#[cfg(feature = "tls")]
mod tls;
pub mod topology;
mod unconfirmed;
mod wakeup;

#[cfg(not(feature = "tls"))]
use no_tls as tls;

pub use answer_timeout::{ANSWER_WITHIN, AnswerTimeout};
pub use backoff::Backoff;
pub use consume_publish::ConsumePublish;
pub use consumer::{Acknowledger, Consumer, Delivery, Multiple};
pub use context::Blocked;
pub use count_queue::{CountQueue, Purged};
pub use durable_queue::{Consumers, DurableQueue, Length};
pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use follower_queue::FollowerQueue;
pub use message::{HeaderValue, Headers, Message, OtherProperties, Persistence, Properties};
pub use owner_queue::{Holder, OwnerQueue};
pub use publisher::{Mandatory, Outcome, PUBLISH_HEADER, Publisher};
pub use reply_queue::ReplyQueue;
pub use session::{QueueStatus, Session};
pub use unconfirmed::{Returned, UnconfirmedPublisher};
pub use wakeup::Wakeup;
