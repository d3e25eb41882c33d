//! Prints what is broadcast, through any number of connections.

use super::print::{self, Form};
use crate::service::Service;
use broker::{Consumer, Endpoint, Error, FollowerQueue, Multiple, Session, topology};
use program::Interrupts;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use worker::outage::{Loss, Outage, refuses};

/// What RabbitMQ shows for the connection.
const CONNECTION: &str = "warren-insults client subscribe";

/// Words that wait for a reader who is slow: after an hour at one every 5 s, the oldest go.
const WORDS_WAITING_MAX: NonZeroU32 = NonZeroU32::new(720).expect("720 is not zero");

const PREFETCH: NonZeroU16 = NonZeroU16::new(100).expect("100 is not zero");

/// How listening over one connection ended.
enum Ended {
    /// All words that were wanted are printed, or it was told to stop.
    Done,
    Lost(Error),
}

pub(super) async fn subscribe(
    endpoint: &Endpoint,
    service: &Service,
    count: Option<NonZeroU64>,
    form: Form,
) -> anyhow::Result<()> {
    let interrupts = Interrupts::default();
    interrupts.listen()?;
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
            Ok((session, consumer)) => {
                if !has_listened {
                    tracing::info!(exchange = service.broadcast(), "subscribed");
                }
                has_listened = true;
                let printing = print_words(&session, consumer, &mut left, form, &interrupts);
                let ended = outage.during(printing).await?;
                session.close().await;
                match ended {
                    Ended::Done => return Ok(()),
                    Ended::Lost(error) => error,
                }
            }
        };
        let pause = outage.lost(&Loss::Broker(error));
        tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(()),
            () = pause => {}
        }
    }
}

/// Prints each word that comes; `left` counts down, where only so many are wanted.
async fn print_words(
    session: &Session,
    mut consumer: Consumer,
    left: &mut Option<u64>,
    form: Form,
    interrupts: &Interrupts,
) -> anyhow::Result<Ended> {
    loop {
        let delivery = tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(Ended::Done),
            delivery = consumer.next() => delivery,
            error = session.closed() => return Ok(Ended::Lost(error)),
        };
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => return Ok(Ended::Lost(error)),
            None => return Ok(Ended::Done),
        };
        print::broadcast(&String::from_utf8_lossy(&delivery.body), form)?;
        let acknowledger = consumer.acknowledger();
        if let Err(error) = acknowledger.ack(delivery.tag, Multiple::One) {
            return Ok(Ended::Lost(error));
        }
        *left = left.map(|left| left - 1);
        if *left == Some(0) {
            return Ok(Ended::Done);
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
