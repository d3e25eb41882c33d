//! Takes the replies, matches them to what was sent, and acknowledges them.

use super::link::{Link, Purpose, Refusal};
use super::shared::Shared;
use crate::load::ledger::Transfer;
use broker::{Consumer, Delivery, Error, Multiple, ReplyQueue, Session};
use futures_util::FutureExt as _;
use std::num::NonZeroU16;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Replies that the broker sends ahead: enough that it never waits for an acknowledgement at tens
/// of thousands a second, and little memory.
const PREFETCH: NonZeroU16 = NonZeroU16::new(1000).expect("1000 is not zero");

/// Replies that one acknowledgement covers at most, so that the broker gets one several times
/// before the prefetch is used up.
const BATCH_MAX: usize = 250;

/// Takes one run's replies.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) shared: Arc<Shared>,
    pub(super) link: Link<ReplyQueue>,
}

/// An open connection that consumes.
pub(super) struct Inlet {
    session: Session,
    consumer: Consumer,
}

impl Purpose for ReplyQueue {
    type Opened = Inlet;

    async fn open(&self, mut session: Session) -> Result<Inlet, Refusal> {
        self.declare(&mut session).await?;
        let consumer = session.consume(self.name(), PREFETCH).await?;
        Ok(Inlet { session, consumer })
    }
}

impl Receiver {
    /// Takes replies until `done`, then removes the reply queue.
    pub(super) async fn run(self, mut inlet: Inlet, done: CancellationToken) {
        while let Some(received) = done
            .run_until_cancelled(self.receive_over(&mut inlet))
            .await
        {
            if let Err(error) = received {
                tracing::warn!(%error, "the connection that takes replies broke");
                self.shared.books().outages += 1;
            }
            drop(inlet);
            match done.run_until_cancelled(self.link.again()).await {
                Some(opened) => inlet = opened,
                None => {
                    tracing::warn!(
                        queue = self.link.purpose.name(),
                        "the reply queue stays until the broker lets it expire"
                    );
                    return;
                }
            }
        }
        if let Err(error) = self.link.purpose.delete(&mut inlet.session).await {
            tracing::warn!(%error, "the reply queue stays until the broker lets it expire");
        }
        inlet.session.close().await;
    }

    async fn receive_over(&self, inlet: &mut Inlet) -> Result<(), Error> {
        let acknowledger = inlet.consumer.acknowledger();
        while let Some(first) = inlet.consumer.next().await {
            let mut tag = self.on_reply(&first?);
            // What else is here already is acknowledged by the same frame.
            for _ in 1..BATCH_MAX {
                match inlet.consumer.next().now_or_never().flatten() {
                    Some(next) => tag = self.on_reply(&next?),
                    None => break,
                }
            }
            acknowledger.ack(tag, Multiple::UpTo)?;
        }
        Ok(())
    }

    /// Its delivery tag.
    fn on_reply(&self, delivery: &Delivery) -> u64 {
        let id = delivery.properties.correlation_id.as_deref();
        let sequence = id.and_then(|id| self.shared.sequence_of(id));
        let transfer = match delivery.redelivered {
            true => Transfer::Repeated,
            false => Transfer::First,
        };
        self.shared.replied(sequence, transfer);
        delivery.tag
    }
}
