//! One channel that both consumes and publishes.
//!
//! RabbitMQ handles what comes over one channel in order, and tells a queue that a channel is gone
//! only after everything that the channel sent to it. So on a queue with a single active consumer,
//! whoever becomes the active one sees all that its predecessor has ever published to that queue,
//! and nothing of it arrives later. With a publisher on a channel or a connection of its own, which
//! end at moments of their own, this would not hold.

use crate::consumer::{Acknowledger, Consumer};
use crate::context::Context;
use crate::error::{Error, Operation};
use crate::message::short;
use crate::publisher::Publisher;
use lapin::Channel;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use std::num::NonZeroU16;

/// A channel for several consumers and a publisher. Delivery tags count over all its consumers, so
/// a [`crate::Multiple::UpTo`] would reach over all of them too.
pub struct ConsumePublish<T = ()> {
    channel: Channel,
    publisher: Publisher<T>,
    context: Context,
}

impl<T> ConsumePublish<T> {
    pub(crate) fn new(channel: Channel, publisher: Publisher<T>, context: Context) -> Self {
        Self {
            channel,
            publisher,
            context,
        }
    }

    /// Consumes a queue. The broker sends at most `prefetch` of its messages ahead of
    /// acknowledgements.
    pub async fn consume(&mut self, queue: &str, prefetch: NonZeroU16) -> Result<Consumer, Error> {
        consume(&self.channel, &self.context, queue, prefetch).await
    }

    /// Publishes, in order with everything else on this channel.
    #[must_use]
    pub fn publisher(&mut self) -> &mut Publisher<T> {
        &mut self.publisher
    }

    /// Acknowledges the deliveries of every consumer of this channel.
    #[must_use]
    pub fn acknowledger(&self) -> Acknowledger {
        Acknowledger::new(self.channel.clone(), self.context.clone())
    }
}

/// Begins to consume on a channel. The limit counts for each consumer by itself.
pub(crate) async fn consume(
    channel: &Channel,
    context: &Context,
    queue: &str,
    prefetch: NonZeroU16,
) -> Result<Consumer, Error> {
    let name = short(queue, "queue name")?;
    let call = async {
        channel
            .basic_qos(prefetch.get(), BasicQosOptions::default())
            .await?;
        let options = BasicConsumeOptions::default();
        channel
            .basic_consume(name, "".into(), options, FieldTable::default())
            .await
    };
    let operation = Operation::Consume(queue.to_owned());
    let consumer = context.call(&operation, call).await?;
    Ok(Consumer::new(
        channel.clone(),
        consumer,
        queue.to_owned(),
        context.clone(),
    ))
}

impl<T> std::fmt::Debug for ConsumePublish<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsumePublish").finish_non_exhaustive()
    }
}
