//! One worker of any kind and its queues: messages published to it, and what it made of them.

use crate::context::{Context, SOON};
use anyhow::{Context as _, Result, ensure};
use broker::{
    Delivery, Mandatory, Message, Multiple, Outcome, Persistence, Properties, Publisher, Session,
    topology,
};
use config::{Config, Environment, Topology};
use nix::sys::signal::Signal;
use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::path::PathBuf;
use testbed::process;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A work queue with dead letters behind it, and a queue for replies.
pub(crate) struct Harness {
    pub(crate) config: PathBuf,
    pub(crate) topology: Topology,
    pub(crate) session: Session,
    publisher: Mutex<Publisher>,
    pub(crate) replies: String,
}

impl Harness {
    pub(crate) async fn set_up(context: &Context, changes: &str) -> Result<Self> {
        let config = context.config(vec![context.pool("filter", changes)])?;
        let pools = Config::load(&config, &Environment::default())?.config.pools;
        let pool = pools.into_iter().next().context("a pool")?;
        let mut session = context.session().await?;
        topology::ensure(&mut session, &pool.topology).await?;
        let replies = context.vhost.name("replies");
        topology::ensure_results_queue(&mut session, &replies).await?;
        let publisher = session.publisher().await?;
        Ok(Self {
            config,
            topology: pool.topology,
            session,
            publisher: Mutex::new(publisher),
            replies,
        })
    }

    pub(crate) fn worker(
        &self,
        context: &Context,
        kind: &str,
        arguments: &[&str],
    ) -> Result<Child> {
        let mut command = self.command(context, kind, arguments)?;
        command.spawn().context("start a worker")
    }

    pub(crate) fn command(
        &self,
        context: &Context,
        kind: &str,
        arguments: &[&str],
    ) -> Result<Command> {
        let program = context.programs.path("warren-worker")?;
        let mut command = context.suite.guard.command(program, &context.part);
        command
            .args([kind, "--config"])
            .arg(&self.config)
            .args(arguments)
            .env("WARREN_WORKER_BROKER_URL", context.vhost.url())
            .env("WARREN_LOG", "error");
        Ok(command)
    }

    pub(crate) async fn publish(&self, message: Message) -> Result<()> {
        let queue = &self.topology.work_queue;
        let mut publisher = self.publisher.lock().await;
        let publish = publisher.publish_one("", queue, message, Mandatory::Yes);
        let outcome = publish.await?;
        ensure!(outcome == Outcome::Confirmed, "published: {outcome:?}");
        Ok(())
    }

    /// Texts with a number each, which their answers carry too.
    pub(crate) async fn ask(&self, numbers: std::ops::Range<i64>) -> Result<()> {
        for number in numbers {
            self.publish(question(number, "hola tonto", &self.replies))
                .await?;
        }
        Ok(())
    }

    /// Waits until the numbers of so many different answers are there, then gives every answer.
    pub(crate) async fn answers(&mut self, different: usize) -> Result<Vec<Delivery>> {
        let queue = self.replies.clone();
        self.read(&queue, different).await
    }

    pub(crate) async fn dead_letters(&mut self, different: usize) -> Result<Vec<Delivery>> {
        let queue = self.topology.dead_letter_exchange.clone();
        self.read(&queue.context("dead letters")?, different).await
    }

    async fn read(&mut self, queue: &str, different: usize) -> Result<Vec<Delivery>> {
        let prefetch = NonZeroU16::new(100).context("zero")?;
        let mut consumer = self.session.consume(queue, prefetch).await?;
        let acknowledger = consumer.acknowledger();
        let mut numbers = BTreeSet::new();
        let mut all = Vec::new();
        while numbers.len() < different {
            let next = timeout(SOON, consumer.next()).await;
            let next = next.with_context(|| format!("only {} in {queue}", numbers.len()))?;
            let delivery = next.context("the consumer ended")??;
            acknowledger.ack(delivery.tag, Multiple::One)?;
            numbers.insert(number(&delivery)?);
            all.push(delivery);
        }
        consumer.cancel().await?;
        while let Some(delivery) = consumer.next().await {
            let delivery = delivery?;
            acknowledger.ack(delivery.tag, Multiple::One)?;
            all.push(delivery);
        }
        Ok(all)
    }

    pub(crate) async fn waiting(&mut self) -> Result<u64> {
        let queue = self.topology.work_queue.clone();
        Ok(self.session.queue_status(&queue).await?.ready)
    }
}

pub(crate) fn question(number: i64, body: impl Into<Vec<u8>>, reply_to: &str) -> Message {
    let mut properties = Properties {
        reply_to: Some(reply_to.to_owned()),
        correlation_id: Some(format!("question-{number}")),
        persistence: Persistence::Persistent,
        ..Properties::default()
    };
    properties.headers.insert("warren-sequence", number);
    properties.headers.insert("other", number);
    Message {
        body: body.into(),
        properties,
    }
}

pub(crate) fn number(delivery: &Delivery) -> Result<i64> {
    let number = delivery.properties.headers.integer("warren-sequence");
    number.context("a message without its number")
}

pub(crate) async fn stop(mut worker: Child, code: i32) -> Result<()> {
    process::signal(&worker, Signal::SIGTERM)?;
    let status = timeout(SOON, worker.wait())
        .await
        .context("the worker's end")??;
    ensure!(
        status.code() == Some(code),
        "the worker ended with {status}"
    );
    Ok(())
}
