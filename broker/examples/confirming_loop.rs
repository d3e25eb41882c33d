//! The consumer that one writes with lapin so that nothing is lost: consume, publish a persistent
//! result, wait for its confirmation, acknowledge. As many messages are worked on at once as the
//! prefetch allows. The bench measures the filter worker beside it.
//!
//! Unlike the filter, it does not publish as `mandatory`: a result that reaches no queue is
//! confirmed, and forgotten.
//!
//! ```text
//! WARREN_BROKER_URL=… confirming_loop QUEUE PREFETCH
//! ```

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use std::env;
use std::error::Error;

const PERSISTENT: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("WARREN_BROKER_URL")?;
    let mut arguments = env::args().skip(1);
    let queue = arguments.next().ok_or("name the queue")?;
    let prefetch: u16 = arguments.next().ok_or("say how many at once")?.parse()?;

    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let qos = BasicQosOptions::default();
    channel.basic_qos(prefetch, qos).await?;
    let select = ConfirmSelectOptions::default();
    channel.confirm_select(select).await?;
    let mut deliveries = channel
        .basic_consume(
            queue.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(delivery) = deliveries.next() => running.push(answer(&channel, delivery?)),
            Some(done) = running.next() => done?,
            else => return Ok(()),
        }
    }
}

/// Publishes the result, and acknowledges the message once the broker has confirmed it.
async fn answer(channel: &Channel, delivery: Delivery) -> Result<(), lapin::Error> {
    let Some(reply_to) = delivery.properties.reply_to().clone() else {
        return delivery.ack(BasicAckOptions::default()).await.map(drop);
    };
    let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    if let Some(id) = delivery.properties.correlation_id().clone() {
        properties = properties.with_correlation_id(id);
    }
    let confirm = channel
        .basic_publish(
            "".into(),
            reply_to,
            BasicPublishOptions::default(),
            &delivery.data,
            properties,
        )
        .await?;
    match confirm.await? {
        Confirmation::Ack(_) => delivery.ack(BasicAckOptions::default()).await.map(drop),
        // Not confirmed, so not acknowledged: the broker delivers it again, once this connection has
        // ended.
        Confirmation::Nack(_) | Confirmation::NotRequested => Ok(()),
    }
}
