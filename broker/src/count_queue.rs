//! The queue that counts arrivals: bound beside the work queue, so that it gets a copy of every
//! message, and purged at each sample, which tells how many there were.
//!
//! It makes unroutable messages routable: with only this queue bound, a `mandatory` publish is
//! confirmed and an alternate exchange stays silent. So bind it only after the work queue has been
//! seen, and delete it as soon as the work queue is gone.

use crate::error::{Error, ErrorKind, Operation};
use crate::message::{long, short};
use crate::session::Session;
use crate::topology;
use crate::wakeup::Wakeup;
use config::{PoolName, Topology};
use lapin::options::{QueueDeclareOptions, QueuePurgeOptions};
use lapin::types::{AMQPValue, FieldTable};
use std::num::NonZeroU16;

/// Half a million messages a second at the usual interval of 2 s: more than a broker takes.
const MESSAGES_MAX: u32 = 1_000_000;

/// What the queue may cost the broker in memory if nobody purges it.
const BYTES_MAX: u32 = 64 * 1024 * 1024;

/// A count queue, declared and bound on one session; gone with its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountQueue {
    name: String,
}

/// What a purge removed: the arrivals since the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
    /// How many messages have arrived since the purge before.
    pub messages: u64,
    /// The queue was full: there were at least as many. Only the bound on messages shows; 64 MiB of
    /// bodies within one interval push the oldest out unseen.
    pub at_bound: bool,
}

impl CountQueue {
    /// Declares the queue, exclusive to its connection, and binds it like the work queue.
    pub async fn bind(
        session: &mut Session,
        pool: &PoolName,
        topology: &Topology,
    ) -> Result<Self, Error> {
        if topology.exchange.is_empty() {
            return Err(Error::new(
                ErrorKind::Uncountable,
                format!(
                    "arrivals of queue '{}' can't be counted: they enter by the default exchange, \
                     which takes no bindings; publish to an exchange and name it in pool.exchange, \
                     or go on without an arrival rate",
                    topology.work_queue
                ),
            ));
        }
        let name = format!("warren.count.{pool}.{:08x}", rand::random::<u32>());
        let options = QueueDeclareOptions {
            exclusive: true,
            ..QueueDeclareOptions::default()
        };
        topology::declare_queue(session, &name, options, arguments()).await?;
        let queue = Self { name };
        for key in &topology.routing_keys {
            if let Err(error) = topology::bind(session, &queue.name, &topology.exchange, key).await
            {
                // Why it could not be bound says more than what went wrong after that.
                drop(queue.delete(session).await);
                return Err(error);
            }
        }
        Ok(queue)
    }

    /// Empties the queue; what a [`Wakeup`] holds stays, until it is given back.
    pub async fn purge(&self, session: &mut Session) -> Result<Purged, Error> {
        let name = short(&*self.name, "queue name")?;
        let channel = session.channel().await?;
        let purge = channel.queue_purge(name, QueuePurgeOptions::default());
        let messages = session
            .context()
            .call(&Operation::Purge(self.name.clone()), purge)
            .await?;
        Ok(Purged {
            messages: messages.into(),
            at_bound: messages >= MESSAGES_MAX,
        })
    }

    /// Waits for the queue's first message from now on. Needs the read right, as purging does.
    ///
    /// To be seen through: a future that is dropped half-way may leave a consumer behind that keeps
    /// a message from the purges for as long as the session lasts. So may a timeout; after any error
    /// that [`crate::ErrorKind::closes_session`], the session is to be given up.
    pub async fn wakeup(&self, session: &mut Session) -> Result<Wakeup, Error> {
        let consumer = session.consume(&self.name, NonZeroU16::MIN).await?;
        Ok(Wakeup::new(consumer))
    }

    /// Deletes the queue before its connection ends, as when arrivals are no longer counted.
    pub async fn delete(self, session: &mut Session) -> Result<(), Error> {
        session.delete_queue(&self.name).await
    }

    /// `warren.count.POOL.` and a random number.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The oldest go first when it is full: refusing new ones would refuse them to their publishers.
fn arguments() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments
        .insert("x-queue-type".into(), long("classic"))
        .insert(
            "x-max-length".into(),
            AMQPValue::LongLongInt(MESSAGES_MAX.into()),
        )
        .insert(
            "x-max-length-bytes".into(),
            AMQPValue::LongLongInt(BYTES_MAX.into()),
        )
        .insert("x-overflow".into(), long("drop-head"));
    arguments
}
