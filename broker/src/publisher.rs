//! Publishing with confirmations: many messages on their way at once, and for each what became of
//! it.
//!
//! A task of its own talks to the library, for two reasons. The library's publishing call waits
//! until the message is written, which would make it one at a time. And the library hands a message
//! that the broker returned to whichever confirmation completes next: one acknowledgement confirms
//! many messages, in no order, so that is often another one's. Messages that may be returned
//! therefore carry a header with a number, and the task gives each return to the message it belongs
//! to. The cost is that header, and two hand-overs between tasks for each message.

use crate::error::{Error, Operation};
use crate::message::{Message, short};
use crate::session::Context;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context as TaskContext, Poll};
use tokio::sync::{mpsc, oneshot};

/// Messages that wait for their confirmation at most, before [`Publisher::publish`] waits: far more
/// than a broker needs to be kept busy, and at 8 KiB each no more than 32 MiB of memory.
const UNCONFIRMED_MAX: usize = 4096;

/// Messages between [`Publisher::publish`] and the task: enough that neither waits for the other.
const REQUESTS_MAX: usize = 256;

/// The header that numbers the messages that may be returned; it says nothing to who gets them.
pub const PUBLISH_HEADER: &str = "warren-publish";

/// Publishes with confirmations. Clones share a channel.
///
/// A publish to an exchange that does not exist, or that the user may not write to, closes that
/// channel: everything unconfirmed on it fails with that error, and the publisher is of no more
/// use. The session is: it gives another.
#[derive(Clone, Debug)]
pub struct Publisher {
    requests: mpsc::Sender<Request>,
    numbers: Arc<AtomicI64>,
    context: Context,
}

/// Whether a message must reach a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandatory {
    /// The broker returns it where it reaches no queue: [`Outcome::Returned`].
    Yes,
    /// The broker confirms it, and forgets it where it reaches no queue.
    No,
}

/// What became of a published message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The broker has it.
    Confirmed,
    /// It reached no queue, and the broker does not have it.
    Returned {
        /// The broker's words.
        reason: String,
    },
    /// The broker did not take it: a queue was full or could not write it.
    Refused,
}

/// What will have become of a published message; an error where the session ended before the broker
/// said so, and nobody knows. It waits as long as that takes: put a limit on it.
#[derive(Debug)]
pub struct Confirm {
    outcome: oneshot::Receiver<Result<Outcome, Error>>,
    context: Context,
}

#[derive(Debug)]
struct Request {
    number: i64,
    exchange: ShortString,
    routing_key: ShortString,
    mandatory: Mandatory,
    body: Vec<u8>,
    properties: BasicProperties,
    outcome: oneshot::Sender<Result<Outcome, Error>>,
}

/// A message that the library is done with.
struct Settled {
    number: i64,
    result: lapin::Result<Confirmation>,
    outcome: oneshot::Sender<Result<Outcome, Error>>,
}

impl Publisher {
    /// Publishes a message, in the order of the calls. Waits only while 4,096 messages are
    /// unconfirmed, or while the broker has blocked the connection and that many wait for it.
    pub async fn publish(
        &self,
        exchange: &str,
        routing_key: &str,
        message: Message,
        mandatory: Mandatory,
    ) -> Result<Confirm, Error> {
        let (outcome, receiver) = oneshot::channel();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let mut properties = message.properties;
        if mandatory == Mandatory::Yes {
            properties.headers.insert(PUBLISH_HEADER, number);
        }
        let request = Request {
            number,
            exchange: short(exchange, "exchange name")?,
            routing_key: short(routing_key, "routing key")?,
            mandatory,
            body: message.body,
            properties: properties.into_amqp()?,
            outcome,
        };
        match self.requests.send(request).await {
            Ok(()) => Ok(Confirm {
                outcome: receiver,
                context: self.context.clone(),
            }),
            Err(_) => Err(Error::closed(
                &self.context.endpoint,
                "its session was dropped",
            )),
        }
    }
}

impl Future for Confirm {
    type Output = Result<Outcome, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.outcome.poll_unpin(cx).map(|outcome| {
            outcome.unwrap_or_else(|_| {
                let why = "its session was dropped before the broker confirmed a message";
                Err(Error::closed(&self.context.endpoint, why))
            })
        })
    }
}

/// A publisher on a channel in confirm mode, and the task that it needs.
pub(crate) fn new(
    channel: Channel,
    context: Context,
) -> (Publisher, impl Future<Output = ()> + Send + 'static) {
    let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
    let driver = drive(channel, receiver, context.clone());
    let numbers = Arc::new(AtomicI64::new(1));
    (
        Publisher {
            requests,
            numbers,
            context,
        },
        driver,
    )
}

async fn drive(channel: Channel, mut requests: mpsc::Receiver<Request>, context: Context) {
    let mut unconfirmed = FuturesUnordered::new();
    let mut returned = HashMap::new();
    loop {
        tokio::select! {
            biased;
            Some(first) = unconfirmed.next(), if !unconfirmed.is_empty() => {
                let mut batch: Vec<Settled> = vec![first];
                // The library completes a batch of confirmations under one lock. This call takes
                // that lock, so the batch is whole when it comes back, and with it every return.
                let _: Option<_> = channel.wait_for_confirms().now_or_never();
                while let Some(Some(next)) = unconfirmed.next().now_or_never() {
                    batch.push(next);
                }
                settle(batch, &mut returned, &context);
            }
            Some(request) = requests.recv(), if unconfirmed.len() < UNCONFIRMED_MAX => {
                unconfirmed.push(publish(channel.clone(), request));
            }
            else => return,
        }
    }
}

async fn publish(channel: Channel, request: Request) -> Settled {
    let Request {
        number,
        exchange,
        routing_key,
        mandatory,
        body,
        properties,
        outcome,
    } = request;
    let options = BasicPublishOptions {
        mandatory: mandatory == Mandatory::Yes,
        immediate: false,
    };
    let publish = channel.basic_publish(exchange, routing_key, options, &body, properties);
    let result = match publish.await {
        Ok(confirm) => confirm.await,
        Err(error) => Err(error),
    };
    Settled {
        number,
        result,
        outcome,
    }
}

/// Gives each return to its own message, then tells everybody.
fn settle(mut batch: Vec<Settled>, returned: &mut HashMap<i64, String>, context: &Context) {
    for settled in &mut batch {
        if let Ok(Confirmation::Ack(message) | Confirmation::Nack(message)) = &mut settled.result
            && let Some(message) = message.take()
        {
            returned.insert(number_of(&message), reason_of(&message));
        }
    }
    for Settled {
        number,
        result,
        outcome,
    } in batch
    {
        let result = match (result, returned.remove(&number)) {
            (Ok(_), Some(reason)) => Ok(Outcome::Returned { reason }),
            (Ok(Confirmation::Ack(_)), None) => Ok(Outcome::Confirmed),
            (Ok(Confirmation::Nack(_) | Confirmation::NotRequested), None) => Ok(Outcome::Refused),
            (Err(error), _) => Err(context.failed(&Operation::Publish, &error)),
        };
        // Nobody waits any more: then nobody wants to know.
        drop(outcome.send(result));
    }
}

/// Every message that can be returned was numbered; 0 belongs to none.
fn number_of(message: &BasicReturnMessage) -> i64 {
    let headers = message.delivery.properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(PUBLISH_HEADER)) {
        Some(AMQPValue::LongLongInt(number)) => *number,
        _ => 0,
    }
}

pub(crate) fn reason_of(message: &BasicReturnMessage) -> String {
    let delivery = &message.delivery;
    format!(
        "{} (exchange '{}', routing key '{}')",
        message.reply_text, delivery.exchange, delivery.routing_key
    )
}
