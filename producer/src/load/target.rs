//! Where messages go, and the connection that takes them there.

use super::reconnect::{Purpose, Refusal};
use crate::report::Confirms;
use broker::{Error, ErrorKind, Publisher, Session, UnconfirmedPublisher, topology};
use config::Topology;

#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) exchange: String,
    pub(super) routing_key: String,
    /// What may be declared, where that is wanted.
    pub(super) declare: Option<Topology>,
    pub(super) confirms: Confirms,
}

/// An open connection that publishes.
pub(super) struct Outlet {
    pub(super) session: Session,
    pub(super) publisher: Publishes,
}

/// How messages are handed to the broker.
#[derive(Debug)]
pub(super) enum Publishes {
    Confirmed(Publisher<u64>),
    Unconfirmed(UnconfirmedPublisher),
}

impl Purpose for Target {
    type Opened = Outlet;

    async fn open(&self, mut session: Session) -> Result<Outlet, Refusal> {
        if let Some(topology) = &self.declare {
            topology::ensure(&mut session, topology).await?;
        }
        // The default exchange is always there, and nobody may look at it.
        if !self.exchange.is_empty() {
            let looked = topology::inspect_exchange(&mut session, &self.exchange).await;
            looked.map_err(missing)?;
        }
        let publisher = match self.confirms {
            Confirms::Awaited => Publishes::Confirmed(session.publisher().await?),
            Confirms::Unwanted => Publishes::Unconfirmed(session.unconfirmed_publisher().await?),
        };
        Ok(Outlet { session, publisher })
    }
}

/// The key that messages reach a pool's work queue with.
pub(crate) fn routing_key(topology: &Topology) -> String {
    // The default exchange delivers to the queue that has the key for a name.
    match topology.exchange.is_empty() {
        true => topology.work_queue.clone(),
        false => topology.routing_keys.first().cloned().unwrap_or_default(),
    }
}

/// Looks for the queue that is to take the messages.
pub(super) async fn inspect_queue(session: &mut Session, queue: &str) -> Result<(), Refusal> {
    session.queue_status(queue).await.map_err(missing)?;
    Ok(())
}

/// Says how to get what is not there.
fn missing(error: Error) -> Refusal {
    let hint = match error.kind() {
        ErrorKind::NotFound => {
            "start warren-controller, which declares it, or run again with --declare"
        }
        _ => "",
    };
    Refusal::new(error, hint)
}
