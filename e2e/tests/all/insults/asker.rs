//! A client over AMQP, and when all nodes answer it alike.

use super::nodes::Served;
use super::{AGREED_WITHIN, SERVICE};
use crate::context::Context;
use anyhow::{Context as _, Result, ensure};
use broker::{
    Consumer, FollowerQueue, Mandatory, Message, Multiple, Outcome, Persistence, Properties,
    Publisher, Session, topology,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU16, NonZeroU32};
use testbed::poll::until;
use tokio::time::timeout;

/// A client that asks one thing after the other.
pub(super) struct Asker {
    pub(super) session: Session,
    pub(super) publisher: Publisher,
    consumer: Consumer,
    reply_to: String,
}

impl Asker {
    pub(super) async fn connect(context: &Context) -> Result<Self> {
        let mut session = context.session().await?;
        topology::ensure_results_queue(&mut session, SERVICE).await?;
        let many = NonZeroU32::new(1000).context("zero")?;
        let replies = FollowerQueue::declare(&mut session, "replies", many).await?;
        let consumer = session.consume(replies.name(), NonZeroU16::MIN).await?;
        let publisher = session.publisher().await?;
        Ok(Self {
            session,
            publisher,
            consumer,
            reply_to: replies.name().to_owned(),
        })
    }

    pub(super) async fn ask(&mut self, request: &Value) -> Result<Value> {
        self.ask_raw(request.to_string().into_bytes()).await
    }

    pub(super) async fn ask_raw(&mut self, body: Vec<u8>) -> Result<Value> {
        let message = Message {
            body,
            properties: Properties {
                reply_to: Some(self.reply_to.clone()),
                correlation_id: Some("c".to_owned()),
                persistence: Persistence::Persistent,
                ..Properties::default()
            },
        };
        let publish = self
            .publisher
            .publish_one("", SERVICE, message, Mandatory::Yes);
        ensure!(publish.await? == Outcome::Confirmed);
        let answer = timeout(AGREED_WITHIN, self.consumer.next()).await;
        let answer = answer.context("no answer")?.context("the end")??;
        self.consumer
            .acknowledger()
            .ack(answer.tag, Multiple::One)?;
        ensure!(answer.properties.correlation_id.as_deref() == Some("c"));
        Ok(serde_json::from_slice(&answer.body)?)
    }

    pub(super) async fn words(&mut self) -> Result<Vec<String>> {
        let answer = self.ask(&json!({"op": "list"})).await?;
        serde_json::from_value(answer["words"].clone()).context("a list")
    }

    /// The words, once all nodes have the same list.
    pub(super) async fn agreed(&mut self, nodes: &[Served]) -> Result<BTreeSet<String>> {
        until(
            "all nodes to have the same list",
            AGREED_WITHIN,
            async || {
                let mut versions = BTreeMap::new();
                // Requests go round, so that each node gets several.
                for _ in 0..nodes.len() * 3 {
                    let answer = self.ask(&json!({"op": "status"})).await?;
                    versions.insert(answer["node"].to_string(), answer["version"].to_string());
                }
                let different: BTreeSet<_> = versions.values().collect();
                Ok(versions.len() == nodes.len() && different.len() == 1)
            },
        )
        .await?;
        let first = self.words().await?;
        for _ in 0..nodes.len() * 3 {
            let other = self.words().await?;
            ensure!(first == other, "two nodes disagree: {first:?}, {other:?}");
        }
        Ok(first.into_iter().collect())
    }
}
