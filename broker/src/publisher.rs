//! Publishing with confirmations: many messages on their way at once, and one stream that says what
//! became of each.
//!
//! Two things of the library are mended here. Its publishing call waits until the message is
//! written, which would make it one message at a time: so each call is begun at once, which hands
//! the message over, and is waited for together with all the others. And the library hands a message
//! that the broker returned to whichever confirmation completes next: one acknowledgement confirms
//! many messages, in no order, so that is often another one's. Messages that may be returned
//! therefore carry a header with a number, by which each return is given to the message it belongs
//! to. The cost is that header.

use crate::context::Context;
use crate::error::{Error, Operation};
use crate::message::{Message, short};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::types::AMQPValue;
use lapin::{Channel, Confirmation};
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

/// Messages that wait for their confirmation at most, before [`Publisher::publish`] waits: far more
/// than a broker needs to be kept busy, and at 8 KiB each no more than 32 MiB of memory.
const UNCONFIRMED_MAX: usize = 4096;

/// The header that numbers the messages that may be returned; it means nothing to who gets them.
pub const PUBLISH_HEADER: &str = "warren-publish";

/// Publishes with confirmations on a channel of its own. Each message has a token, any value by
/// which its user knows it again in the stream of outcomes.
///
/// A publish to an exchange that does not exist, or that the user may not write to, closes that
/// channel: everything unconfirmed on it fails with that error, and the publisher is of no more
/// use. The session is: it gives another.
pub struct Publisher<T = ()> {
    channel: Channel,
    context: Context,
    last_number: i64,
    unconfirmed: FuturesUnordered<Publish<T>>,
    /// Why the broker returned a message, by the number of each whose own confirmation is yet to
    /// complete.
    returned: HashMap<i64, String>,
    outcomes: VecDeque<(T, Result<Outcome, Error>)>,
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
    /// The broker has it, on disk where it is persistent and its queue durable.
    Confirmed,
    /// It reached no queue, and the broker does not have it.
    Returned {
        /// The broker's words, with exchange and routing key.
        reason: String,
    },
    /// The broker did not take it: a queue was full or could not write it.
    Refused,
}

/// A message on its way: a future that completes when the library is done with it.
struct Publish<T> {
    number: i64,
    token: Option<T>,
    call: BoxFuture<'static, lapin::Result<Confirmation>>,
}

/// A message that the library is done with.
struct Settled<T> {
    number: i64,
    token: T,
    result: lapin::Result<Confirmation>,
}

// A token is moved whole and never pinned.
impl<T> Unpin for Publish<T> {}

impl<T> Future for Publish<T> {
    type Output = Settled<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Settled<T>> {
        let Poll::Ready(result) = self.call.poll_unpin(cx) else {
            return Poll::Pending;
        };
        let token = self.token.take();
        Poll::Ready(Settled {
            number: self.number,
            token: token.expect("a future is not polled after it is done"),
            result,
        })
    }
}

impl<T> Publisher<T> {
    /// A channel in confirm mode.
    pub(crate) fn new(channel: Channel, context: Context) -> Self {
        Self {
            channel,
            context,
            last_number: 0,
            unconfirmed: FuturesUnordered::new(),
            returned: HashMap::new(),
            outcomes: VecDeque::new(),
        }
    }

    /// Publishes a message, in the order of the calls. Waits only while 4,096 messages are
    /// unconfirmed. What became of it comes out of [`Publisher::outcome`], and is kept until then.
    pub async fn publish(
        &mut self,
        token: T,
        exchange: &str,
        routing_key: &str,
        message: Message,
        mandatory: Mandatory,
    ) -> Result<(), Error> {
        // Handing over never waits, and others want to run too. Nothing is taken yet, so nothing is
        // lost where this is dropped.
        tokio::task::coop::consume_budget().await;
        while self.unconfirmed.len() >= UNCONFIRMED_MAX {
            self.settle_next().await;
        }
        let exchange = short(exchange, "exchange name")?;
        let routing_key = short(routing_key, "routing key")?;
        self.last_number += 1;
        let number = self.last_number;
        let mut properties = message.properties;
        if mandatory == Mandatory::Yes {
            properties.headers.insert(PUBLISH_HEADER, number);
        }
        let properties = properties.into_amqp()?;
        let options = BasicPublishOptions {
            mandatory: mandatory == Mandatory::Yes,
            immediate: false,
        };
        let (channel, body) = (self.channel.clone(), message.body);
        let call = async move {
            let publish = channel.basic_publish(exchange, routing_key, options, &body, properties);
            let confirm = publish.await?;
            drop(body);
            confirm.await
        };
        let mut publish = Publish {
            number,
            token: Some(token),
            call: call.boxed(),
        };
        // The first poll hands the frames over; the rest of the future only waits.
        match (&mut publish).now_or_never() {
            Some(settled) => self.settle_with(settled),
            None => self.unconfirmed.push(publish),
        }
        Ok(())
    }

    /// The next message that the broker has said something of; an error where the channel ended
    /// before it did, and nobody knows. `None` where nothing is on its way. It waits as long as the
    /// broker takes: put a limit on it.
    ///
    /// Dropping the future loses nothing.
    pub async fn outcome(&mut self) -> Option<(T, Result<Outcome, Error>)> {
        if self.outcomes.is_empty() {
            self.settle_next().await;
        }
        self.outcomes.pop_front()
    }

    /// The next outcome that is known already. It is seen even where the task has used up its share
    /// of time: what it left over would be taken for unconfirmed when a connection breaks, and sent
    /// twice.
    pub fn known_outcome(&mut self) -> Option<(T, Result<Outcome, Error>)> {
        self.outcome().now_or_never().flatten()
    }

    /// Messages whose outcome has not come out yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.unconfirmed.len() + self.outcomes.len()
    }

    /// Waits for the next confirmation, and takes with it all that are there.
    async fn settle_next(&mut self) {
        if let Some(first) = self.unconfirmed.next().await {
            self.settle_with(first);
        }
    }

    /// Settles a message, and with it all that the library is done with.
    fn settle_with(&mut self, first: Settled<T>) {
        let mut batch = vec![first];
        // The library completes a batch of confirmations under one lock. This call takes that lock,
        // so the batch is whole when it comes back, and with it every return.
        let _: Option<_> = self.channel.wait_for_confirms().now_or_never();
        while let Some(Some(next)) = self.unconfirmed.next().now_or_never() {
            batch.push(next);
        }
        self.settle(batch);
    }

    /// Gives each return to its own message.
    fn settle(&mut self, mut batch: Vec<Settled<T>>) {
        for settled in &mut batch {
            if let Ok(Confirmation::Ack(message) | Confirmation::Nack(message)) =
                &mut settled.result
                && let Some(message) = message.take()
            {
                self.returned
                    .insert(number_of(&message), reason_of(&message));
            }
        }
        for Settled {
            number,
            token,
            result,
        } in batch
        {
            let outcome = match (result, self.returned.remove(&number)) {
                (Ok(_), Some(reason)) => Ok(Outcome::Returned { reason }),
                (Ok(Confirmation::Ack(_)), None) => Ok(Outcome::Confirmed),
                (Ok(Confirmation::Nack(_) | Confirmation::NotRequested), None) => {
                    Ok(Outcome::Refused)
                }
                (Err(error), _) => Err(self.context.failed(&Operation::Publish, &error)),
            };
            self.outcomes.push_back((token, outcome));
        }
    }
}

impl Publisher {
    /// Publishes one message, and waits until the broker has said what became of it. Only on a
    /// publisher with nothing pending: outcomes come in no order, and have no token here.
    pub async fn publish_one(
        &mut self,
        exchange: &str,
        routing_key: &str,
        message: Message,
        mandatory: Mandatory,
    ) -> Result<Outcome, Error> {
        debug_assert_eq!(self.pending(), 0, "the outcome would be another message's");
        self.publish((), exchange, routing_key, message, mandatory)
            .await?;
        let outcome = self.outcome().await;
        outcome.map_or_else(
            || Err(Error::closed(&self.context.endpoint, "it ended")),
            |((), outcome)| outcome,
        )
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

impl<T> std::fmt::Debug for Publisher<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher")
            .field("pending", &self.pending())
            .finish_non_exhaustive()
    }
}
