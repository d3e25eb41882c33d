//! Follows the list: a queue of one's own that gets each new one.

use crate::list::List;
use crate::service::Service;
use broker::{
    Endpoint, Error, FollowerQueue, Mandatory, Message, Multiple, Publisher, Session, topology,
};
use std::convert::Infallible;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use worker::outage::{Loss, Outage, refuses};

/// Only the newest list counts.
const LISTS_WAITING_MAX: NonZeroU32 = NonZeroU32::MIN;

/// Who has no list yet asks for it again after this long: the owner may be just changing.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(2);

/// The newest list that was seen; `None` before the first.
pub type Seen = watch::Receiver<Option<Arc<List>>>;

/// Follows one service's list.
#[derive(Debug)]
pub struct Follower {
    endpoint: Endpoint,
    /// What RabbitMQ shows for the connection.
    name: String,
    service: Service,
    seen: watch::Sender<Option<Arc<List>>>,
}

impl Follower {
    /// Nothing is seen before [`Follower::follow`] runs.
    #[must_use]
    pub fn new(endpoint: Endpoint, name: String, service: Service) -> (Self, Seen) {
        let (seen, receiver) = watch::channel(None);
        let follower = Self {
            endpoint,
            name,
            service,
            seen,
        };
        (follower, receiver)
    }

    /// Follows the list for ever, through any number of connections. Nobody may be waiting for its
    /// end any more, so it says it in the log.
    ///
    /// # Errors
    /// When the broker refuses it from the start.
    pub async fn follow(self) -> Error {
        let mut outage = Outage::default();
        let mut has_followed = false;
        loop {
            let error = match self.begin().await {
                Err(error) if !has_followed && refuses(error.kind()) => {
                    tracing::error!(%error, "this worker can't follow the list");
                    return error;
                }
                Err(error) => error,
                Ok(mut following) => {
                    has_followed = true;
                    let Err(error) = outage.during(following.go_on(&self.seen)).await;
                    following.session.close().await;
                    error
                }
            };
            outage.lost(&Loss::Broker(error)).await;
        }
    }

    async fn begin(&self) -> Result<Following, Error> {
        let mut session = Session::open(&self.endpoint, &self.name).await?;
        let changes = self.service.changes();
        topology::ensure_fanout(&mut session, &changes).await?;
        let prefix = self.service.followers();
        let queue = FollowerQueue::bind(&mut session, &prefix, &changes, LISTS_WAITING_MAX).await?;
        let consumer = session.consume(queue.name(), NonZeroU16::MIN).await?;
        let mut publisher = session.publisher().await?;
        // A broker that refuses this one refuses all.
        let announcements = self.service.announcements();
        let announced = Message::default();
        publisher
            .publish_one("", &announcements, announced, Mandatory::No)
            .await?;
        Ok(Following {
            session,
            consumer,
            publisher,
            announcements,
        })
    }
}

struct Following {
    session: Session,
    consumer: broker::Consumer,
    publisher: Publisher,
    announcements: String,
}

impl Following {
    /// Asks for the list again until one comes, then takes each that comes.
    async fn go_on(
        &mut self,
        seen: &watch::Sender<Option<Arc<List>>>,
    ) -> Result<Infallible, Error> {
        let mut patience = ANNOUNCE_EVERY;
        loop {
            let delivery = tokio::select! {
                biased;
                delivery = self.consumer.next() => delivery,
                // A broker that refuses one refuses the next too, on a channel that it has closed.
                Some(((), outcome)) = self.publisher.outcome() => {
                    outcome?;
                    continue;
                }
                error = self.session.closed() => return Err(error),
                () = tokio::time::sleep(patience) => {
                    self.announce().await?;
                    continue;
                }
            };
            let Some(delivery) = delivery else {
                return Err(self.session.closed().await);
            };
            let delivery = delivery?;
            match List::from_bytes(&delivery.body) {
                Ok(list) => {
                    patience = Duration::MAX;
                    let list = Arc::new(list);
                    seen.send_if_modified(|seen| {
                        let is_newer = seen.as_ref().is_none_or(|seen| seen.version < list.version);
                        if is_newer {
                            *seen = Some(list);
                        }
                        is_newer
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "somebody sent something that is no list, ignored");
                }
            }
            let acknowledger = self.consumer.acknowledger();
            acknowledger.ack(delivery.tag, Multiple::One)?;
        }
    }

    /// With no owner there is no such queue, or nobody reads it; the next owner sends the list
    /// without being asked. It is made again until a list comes.
    async fn announce(&mut self) -> Result<(), Error> {
        let message = Message::default();
        self.publisher
            .publish((), "", &self.announcements, message, Mandatory::No)
            .await
    }
}
