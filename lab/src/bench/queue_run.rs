//! A consumer that finds a full queue: how fast its results come, measured from outside, at their
//! queue.

use super::place::Place;
use anyhow::{Context, Result, ensure};
use broker::{Mandatory, Message, Outcome, Persistence, Properties, Publisher, Session, topology};
use std::time::{Duration, Instant};
use testbed::poll::until_some;
use testbed::process;
use tokio::process::Command;

const WITHIN: Duration = Duration::from_secs(120);
/// Published before their confirmations are waited for.
const WINDOW: usize = 1_000;

/// What is in the queue, and how many of the results count.
#[derive(Clone, Copy)]
pub(super) struct QueueRun {
    pub(super) messages: u64,
    pub(super) persistence: Persistence,
    /// The first results are left out: a consumer that has just started is not what is measured.
    pub(super) warm_up: u64,
}

/// What was seen of a consumer.
pub(super) struct Seen {
    pub(super) results_per_second: f64,
    /// The peak of what it had resident; 0 where it has ended by itself.
    pub(super) megabytes: f64,
}

impl QueueRun {
    /// Fills a queue and starts the consumer, which is told the queue's name, on it.
    pub(super) async fn measure(
        self,
        bench: &Place<'_>,
        consumer: impl FnOnce(&str) -> Result<Command>,
    ) -> Result<Seen> {
        let mut session = bench.vhost.session("warren-bench").await?;
        let queue = bench.vhost.name("warren.bench");
        let results = format!("{queue}.results");
        for queue in [&queue, &results] {
            topology::ensure_results_queue(&mut session, queue).await?;
        }
        self.fill(&mut session, &queue, &results).await?;

        let mut consumer = consumer(&queue)?.spawn().context("start the consumer")?;
        let (from, before) = answered(&mut session, &results, self.warm_up).await?;
        let (to, all) = answered(&mut session, &results, self.messages).await?;
        ensure!(
            all == self.messages,
            "{all} results for {} messages",
            self.messages
        );
        let megabytes = process::pid(&consumer).and_then(process::resident_peak_megabytes);
        consumer.kill().await.context("end the consumer")?;
        for queue in [&queue, &results] {
            session.delete_queue(queue).await?;
        }
        session.close().await;
        Ok(Seen {
            results_per_second: (all - before) as f64 / (to - from).as_secs_f64(),
            megabytes: megabytes.unwrap_or(0.0),
        })
    }

    async fn fill(self, session: &mut Session, queue: &str, results: &str) -> Result<()> {
        let mut publisher = session.publisher().await?;
        for number in 0..self.messages {
            let message = Message {
                body: b"hola tonto, que tal, com estas, que feo ets deu meu".to_vec(),
                properties: Properties {
                    reply_to: Some(results.to_owned()),
                    correlation_id: Some(number.to_string()),
                    persistence: self.persistence,
                    ..Properties::default()
                },
            };
            publisher
                .publish((), "", queue, message, Mandatory::Yes)
                .await?;
            if publisher.pending() == WINDOW {
                confirmed(&mut publisher).await?;
            }
        }
        confirmed(&mut publisher).await
    }
}

/// The middle one of several runs, because a shared machine has better and worse seconds.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

async fn confirmed(publisher: &mut Publisher) -> Result<()> {
    while let Some(((), outcome)) = publisher.outcome().await {
        let outcome = outcome?;
        ensure!(
            outcome == Outcome::Confirmed,
            "a message was not taken: {outcome:?}"
        );
    }
    Ok(())
}

async fn answered(session: &mut Session, results: &str, at_least: u64) -> Result<(Instant, u64)> {
    until_some(&format!("{at_least} results"), WITHIN, async || {
        let ready = session.queue_status(results).await?.ready;
        Ok((ready >= at_least).then(|| (Instant::now(), ready)))
    })
    .await
}
