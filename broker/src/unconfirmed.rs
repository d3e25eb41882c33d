//! Publishing without confirmations: messages are handed over, and nobody waits for each.
//!
//! AMQP answers such a message with nothing. What it promises is order: the broker works through
//! what one channel sends in its order, so the answer to a call that follows a message shows that
//! the broker has read the message. One such call is always on its way. It bounds the memory that
//! unread messages take, shows a broker that reads nothing, and tells of a broken connection how
//! many messages may be lost with it. Whether a message was written to disk it does not show.

use crate::context::Context;
use crate::error::{Error, Operation};
use crate::message::{Message, short};
use crate::publisher::reason_of;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::Channel;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, BasicQosOptions};

/// Publishes without confirmations, on a channel of its own.
///
/// A publish to an exchange that does not exist, or that the user may not write to, closes that
/// channel: every call fails from then on. The session is still of use: it gives another publisher.
pub struct UnconfirmedPublisher {
    channel: Channel,
    context: Context,
    /// Messages handed over.
    handed: u64,
    /// Messages that the broker has read.
    read: u64,
    /// The message that was handed over last, until it is written.
    last: Option<BoxFuture<'static, lapin::Result<()>>>,
    /// The call that is on its way, and the messages that were handed over before it.
    call: Option<(u64, BoxFuture<'static, lapin::Result<()>>)>,
}

/// A message that reached no queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Names the message, if it had a name.
    pub message_id: Option<String>,
    /// The broker's words, with exchange and routing key.
    pub reason: String,
}

impl UnconfirmedPublisher {
    pub(crate) fn new(channel: Channel, context: Context) -> Self {
        Self {
            channel,
            context,
            handed: 0,
            read: 0,
            last: None,
            call: None,
        }
    }

    /// Hands a message over to be written, after those before it, and comes back at once: put a
    /// limit on [`UnconfirmedPublisher::unread`]. One that reaches no queue is returned.
    pub fn hand_over(
        &mut self,
        exchange: &str,
        routing_key: &str,
        message: Message,
    ) -> Result<(), Error> {
        let exchange = short(exchange, "exchange name")?;
        let routing_key = short(routing_key, "routing key")?;
        let Message { body, properties } = message;
        let properties = properties.into_amqp()?;
        let options = BasicPublishOptions {
            mandatory: true,
            immediate: false,
        };
        let channel = self.channel.clone();
        let mut publish = async move {
            let publish = channel.basic_publish(exchange, routing_key, options, &body, properties);
            // On this channel the confirmation is there at once, and says that none was asked for.
            publish.await.map(drop)
        }
        .boxed();
        self.handed += 1;
        // The first poll hands the frames over; the rest of the future only waits.
        self.last = match (&mut publish).now_or_never() {
            Some(Ok(())) => None,
            Some(Err(error)) => return Err(self.failed(&error)),
            None => Some(publish),
        };
        Ok(())
    }

    /// Messages that were handed over and not shown to have been read by the broker.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.handed - self.read
    }

    /// Waits until the broker has shown that it read some more, and gives those that came back.
    /// While nothing is unread it waits for ever. Dropping the future loses nothing.
    pub async fn read(&mut self) -> Result<Vec<Returned>, Error> {
        if self.unread() == 0 {
            std::future::pending::<()>().await;
        }
        let (handed, call) = self.call.get_or_insert_with(|| {
            let channel = self.channel.clone();
            let last = self.last.take();
            let call = async move {
                // The library writes calls before messages, so the messages have to be written.
                if let Some(last) = last {
                    last.await?;
                }
                // Any call would do. This one sets a limit for consumers that nobody has here.
                channel.basic_qos(0, BasicQosOptions::default()).await
            };
            (self.handed, call.boxed())
        });
        let handed = *handed;
        let answer = call.await;
        self.call = None;
        answer.map_err(|error| self.failed(&error))?;
        self.read = handed;
        // What came back did so before the answer. Without confirmations there is nothing to wait
        // for, so this only takes what is there.
        let returned = self.channel.wait_for_confirms().await;
        let returned = returned.map_err(|error| self.failed(&error))?;
        Ok(returned.iter().map(Returned::from_amqp).collect())
    }

    fn failed(&self, error: &lapin::Error) -> Error {
        self.context.failed(&Operation::Publish, error)
    }
}

impl Returned {
    fn from_amqp(message: &BasicReturnMessage) -> Self {
        let id = message.delivery.properties.message_id();
        Self {
            message_id: id.as_ref().map(|id| id.as_str().to_owned()),
            reason: reason_of(message),
        }
    }
}

impl std::fmt::Debug for UnconfirmedPublisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnconfirmedPublisher")
            .field("handed", &self.handed)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
