//! Prints what is broadcast, through any number of connections.

use super::print::{self, Form};
use crate::service::Service;
use broker::{Consumer, Endpoint, Error, FollowerQueue, Multiple, Session, topology};
use program::Interrupts;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use tokio::time::Instant;
use worker::outage::{Loss, Outage, refuses};

/// What RabbitMQ shows for the connection.
const CONNECTION: &str = "warren-insults client subscribe";

/// Words that wait for a reader who is slow: after an hour at one every 5 s, the oldest go.
const WORDS_WAITING_MAX: NonZeroU32 = NonZeroU32::new(720).expect("720 is not zero");

const PREFETCH: NonZeroU16 = NonZeroU16::new(100).expect("100 is not zero");

pub(super) async fn subscribe(
    endpoint: &Endpoint,
    service: &Service,
    count: Option<NonZeroU64>,
    form: Form,
) -> anyhow::Result<()> {
    let interrupts = Interrupts::default();
    interrupts.listen()?;
    let started_at = Instant::now();
    let mut outage = Outage::default();
    let mut left = count.map(NonZeroU64::get);
    let mut has_listened = false;
    loop {
        let listening = tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(()),
            listening = listen(endpoint, service) => listening,
        };
        let error = match listening {
            Err(error) if !has_listened && refuses(error.kind()) => return Err(error.into()),
            Err(error) => error,
            Ok((session, mut consumer)) => {
                if !has_listened {
                    tracing::info!(exchange = service.broadcast(), "subscribed");
                }
                has_listened = true;
                outage.over(started_at.elapsed());
                let error = loop {
                    let delivery = tokio::select! {
                        biased;
                        () = interrupts.stop.cancelled() => None,
                        delivery = consumer.next() => delivery,
                        error = session.closed() => Some(Err(error)),
                    };
                    let delivery = match delivery {
                        Some(Ok(delivery)) => delivery,
                        Some(Err(error)) => break error,
                        None => {
                            session.close().await;
                            return Ok(());
                        }
                    };
                    print::broadcast(&String::from_utf8_lossy(&delivery.body), form)?;
                    if let Err(error) = consumer.acknowledger().ack(delivery.tag, Multiple::One) {
                        break error;
                    }
                    left = left.map(|left| left - 1);
                    if left == Some(0) {
                        session.close().await;
                        return Ok(());
                    }
                };
                session.close().await;
                error
            }
        };
        let pause = outage.lost(started_at.elapsed(), &Loss::Broker(error));
        tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn listen(endpoint: &Endpoint, service: &Service) -> Result<(Session, Consumer), Error> {
    let mut session = Session::open(endpoint, CONNECTION).await?;
    let exchange = service.broadcast();
    topology::ensure_fanout(&mut session, &exchange).await?;
    let prefix = service.followers();
    let queue = FollowerQueue::bind(&mut session, &prefix, &exchange, WORDS_WAITING_MAX).await?;
    let consumer = session.consume(queue.name(), PREFETCH).await?;
    Ok((session, consumer))
}
