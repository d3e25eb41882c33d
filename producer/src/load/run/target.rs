//! Where messages go, and the way there.

use super::link::{Purpose, Refusal};
use crate::load::ledger::Confirms;
use broker::{Error, ErrorKind, Publisher, Session, UnconfirmedPublisher, topology};
use config::Topology;

/// Where messages go.
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
    pub(super) way: Way,
}

/// How messages are handed to the broker.
#[derive(Debug)]
pub(super) enum Way {
    Confirmed(Publisher),
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
        let way = match self.confirms {
            Confirms::Awaited => Way::Confirmed(session.publisher().await?),
            Confirms::Unwanted => Way::Unconfirmed(session.unconfirmed_publisher().await?),
        };
        Ok(Outlet { session, way })
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
