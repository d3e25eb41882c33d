//! Takes the replies, matches them to what was sent, and acknowledges them.

use super::reconnect::{Purpose, Reconnect, Refusal};
use super::stats::Stats;
use crate::load::accounts::Transfer;
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

#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) stats: Arc<Stats>,
    pub(super) connection: Reconnect<ReplyQueue>,
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
                self.stats.totals().outages += 1;
            }
            drop(inlet);
            match done.run_until_cancelled(self.connection.again()).await {
                Some(opened) => inlet = opened,
                None => {
                    tracing::warn!(
                        queue = self.connection.purpose.name(),
                        "the reply queue stays until the broker lets it expire"
                    );
                    return;
                }
            }
        }
        if let Err(error) = self.connection.purpose.delete(&mut inlet.session).await {
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

    fn on_reply(&self, delivery: &Delivery) -> u64 {
        let id = delivery.properties.correlation_id.as_deref();
        let sequence = id.and_then(|id| self.stats.sequence_of(id));
        let transfer = match delivery.redelivered {
            true => Transfer::Repeated,
            false => Transfer::First,
        };
        let now = self.stats.clock.now();
        self.stats.replied(sequence, transfer, now);
        delivery.tag
    }
}
