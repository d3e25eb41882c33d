//! One controller for each pool: whoever runs a pool holds a queue for itself alone, and leaves a
//! note beside it that says who it is.
//!
//! It is a guard against doubling, not a fence: RabbitMQ gives the queue up when the connection
//! breaks, which its holder may notice later than the next one.

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Operation};
use crate::message::{Message, long, short};
use crate::publisher::{Mandatory, Outcome};
use crate::session::Session;
use crate::topology;
use config::PoolName;
use lapin::options::{BasicGetOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use std::time::Duration;

/// A note that nobody replaced for so long is nobody's.
const NOTE_EXPIRES_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/// Leaving the note is a courtesy to the next controller; the broker may have an alarm and take
/// nothing from a connection that publishes.
const NOTE_SECONDS: u64 = 5;

/// The queue that the controller of a pool holds; for as long as its session lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerQueue {
    pool: PoolName,
}

/// Who holds a pool, as its note says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    /// The host name of its machine.
    pub host: String,
    /// Its process id on that machine.
    pub pid: u32,
    /// When it took the pool, as RFC 3339.
    pub since: String,
}

impl OwnerQueue {
    /// Takes the pool, or takes it again on a new session; an error of kind `Locked` where another
    /// connection holds it.
    pub async fn hold(session: &mut Session, pool: &PoolName) -> Result<Self, Error> {
        let options = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), long("classic"));
        let name = format!("warren.owner.{pool}");
        topology::declare_queue(session, &name, options, arguments).await?;
        Ok(Self { pool: pool.clone() })
    }

    /// Leaves the note, over a connection of its own: RabbitMQ stops reading connections that
    /// publish while it has an alarm, and the controller must go on sampling then.
    pub async fn announce(&self, endpoint: &Endpoint, holder: &Holder) -> Result<(), Error> {
        let name = format!("warren-controller/{} (names itself)", self.pool);
        let mut session = Session::open(endpoint, &name).await?;
        let limit = Duration::from_secs(NOTE_SECONDS);
        let result = match tokio::time::timeout(limit, self.leave_note(&mut session, holder)).await
        {
            Ok(result) => result,
            Err(_) => Err(Error::timeout(endpoint, &Operation::Publish, NOTE_SECONDS)),
        };
        session.close().await;
        result
    }

    async fn leave_note(&self, session: &mut Session, holder: &Holder) -> Result<(), Error> {
        let queue = Self::note_name(self.pool.as_str());
        declare_note_queue(session, &queue).await?;
        let fail = |why: String| Error::new(ErrorKind::Other, why);
        let body = serde_json::to_vec(holder)
            .map_err(|error| fail(format!("can't write the holder's name: {error}")))?;
        let message = Message {
            body,
            ..Message::default()
        };
        let mut publisher = session.publisher().await?;
        match publisher
            .publish_one("", &queue, message, Mandatory::Yes)
            .await?
        {
            Outcome::Confirmed => Ok(()),
            Outcome::Returned { reason } => Err(fail(format!("'{queue}' is gone: {reason}"))),
            Outcome::Refused => Err(fail(format!("the broker refused a message to '{queue}'"))),
        }
    }

    /// What the queue of a pool's note is called. It outlives the holder by a day, so whoever clears up
    /// after a controller deletes it.
    #[must_use]
    pub fn note_name(pool: &str) -> String {
        format!("warren.owner.{pool}.holder")
    }

    /// Who left the last note; `None` where nobody did.
    pub async fn holder(session: &mut Session, pool: &PoolName) -> Result<Option<Holder>, Error> {
        let queue = Self::note_name(pool.as_str());
        let name = short(&*queue, "queue name")?;
        let operation = Operation::Get(queue);
        let channel = session.channel().await?;
        let get = channel.basic_get(name, BasicGetOptions::default());
        let note = match session.context().call(&operation, get).await {
            Ok(Some(note)) => note.delivery,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let requeue = BasicNackOptions {
            multiple: false,
            requeue: true,
        };
        session
            .context()
            .call(&operation, channel.basic_nack(note.delivery_tag, requeue))
            .await?;
        Ok(serde_json::from_slice(&note.data).ok())
    }
}

async fn declare_note_queue(session: &mut Session, queue: &str) -> Result<(), Error> {
    let mut arguments = FieldTable::default();
    arguments
        .insert("x-queue-type".into(), long("classic"))
        .insert("x-max-length".into(), AMQPValue::LongLongInt(1))
        .insert("x-overflow".into(), long("drop-head"))
        .insert(
            "x-expires".into(),
            AMQPValue::LongLongInt(NOTE_EXPIRES_MILLISECONDS),
        );
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    topology::declare_queue(session, queue, options, arguments).await
}

#[cfg(test)]
mod tests {
    use super::OwnerQueue;

    #[test]
    fn the_note_is_where_the_manual_says() {
        let page = include_str!("../../docs/rabbitmq.md");
        let name = OwnerQueue::note_name("<pool>");
        assert!(page.contains(&format!("| `{name}` | durable")), "{name}");
    }
}
