//! The round trip to a worker and back, without the work. It is two hops, each from a publisher through
//! the broker to a consumer, and a message to a queue of one's own takes one.

use super::estimate::Quartiles;
use anyhow::{Context as _, anyhow};
use broker::{Endpoint, Mandatory, Message, Multiple, ReplyQueue, Session};
use std::num::NonZeroU16;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Messages that are sent; the first ones warm connections and the broker up.
const MESSAGES: usize = 60;
const WARM_UP: usize = 10;

/// A broker that takes longer for all of them is not one to measure on.
const WITHIN: Duration = Duration::from_secs(20);

/// The broker removes the queue by itself this soon, if the probe is killed.
const EXPIRES: Duration = Duration::from_secs(60);

/// How long the round trip takes: twice the median of a hop.
pub async fn measure(endpoint: &Endpoint) -> anyhow::Result<Duration> {
    let name = format!("warren.replies.{:016x}", rand::random::<u64>());
    let queue = ReplyQueue::new(name, EXPIRES);
    let mut publishes = Session::open(endpoint, "warren-producer probe publishes").await?;
    let mut consumes = Session::open(endpoint, "warren-producer probe takes replies").await?;
    queue.declare(&mut consumes).await?;
    let hops = timeout(WITHIN, hops(&queue, &mut publishes, &mut consumes)).await;
    queue.delete(&mut consumes).await?;
    publishes.close().await;
    consumes.close().await;
    let hops = hops.map_err(|_| {
        anyhow!(
            "the broker took more than {} s for {MESSAGES} small messages: it is too busy to probe",
            WITHIN.as_secs()
        )
    })??;
    let hop = Quartiles::of(&hops).context("no message came back")?.median;
    Ok(Duration::from_secs_f64(2.0 * hop))
}

async fn hops(
    queue: &ReplyQueue,
    publishes: &mut Session,
    consumes: &mut Session,
) -> anyhow::Result<Vec<f64>> {
    let mut publisher = publishes.publisher().await?;
    let mut consumer = consumes.consume(queue.name(), NonZeroU16::MIN).await?;
    let acknowledger = consumer.acknowledger();
    let mut hops = Vec::with_capacity(MESSAGES);
    for _ in 0..MESSAGES {
        let sent = Instant::now();
        let message = Message::default();
        publisher
            .publish((), "", queue.name(), message, Mandatory::Yes)
            .await?;
        let delivery = consumer.next().await.context("the consumer ended")??;
        hops.push(sent.elapsed().as_secs_f64());
        acknowledger.ack(delivery.tag, Multiple::One)?;
        let outcome = publisher.outcome().await;
        outcome.context("a message without an outcome")?.1?;
    }
    consumer.close().await?;
    Ok(hops.split_off(WARM_UP))
}
