//! A filter whose list changes under it.

use super::AGREED_WITHIN;
use super::asker::Asker;
use super::nodes::{Served, program};
use crate::context::Context;
use anyhow::{Context as _, Result, bail, ensure};
use broker::{Consumer, Mandatory, Message, Multiple, Outcome, Properties, topology};
use nix::sys::signal::Signal;
use serde_json::json;
use std::collections::BTreeSet;
use std::num::NonZeroU16;
use testbed::node::Node;
use testbed::process;
use tokio::time::timeout;

pub(super) async fn live_list(context: &Context, _: &Node) -> Result<()> {
    let node = Served::start(context, 0)?;
    let mut asker = Asker::connect(context).await?;
    asker.ask(&json!({"op": "remove", "word": "tonto"})).await?;
    topology::ensure_results_queue(&mut asker.session, "texts").await?;
    topology::ensure_results_queue(&mut asker.session, "censored").await?;
    let mut filter = program(context, &["filter", "--queue", "texts"])?
        .env("WARREN_LOG", "warn")
        .spawn()
        .context("start a filter")?;

    let many = NonZeroU16::new(200).context("zero")?;
    let mut answers = asker.session.consume("censored", many).await?;
    let mut sent: i64 = 0;
    let mut answered = BTreeSet::new();
    let mut new_list_since = None;
    let mut is_added = false;
    // Goes on until a thousand texts were censored by the new list.
    while new_list_since.is_none_or(|since| sent < since + 1000) {
        for _ in 0..100 {
            let text = text(sent);
            asker
                .publisher
                .publish((), "", "texts", text, Mandatory::Yes)
                .await?;
            sent += 1;
        }
        while let Some(((), outcome)) = asker.publisher.outcome().await {
            ensure!(outcome? == Outcome::Confirmed);
        }
        // Some are always unanswered.
        while i64::try_from(answered.len())? < sent - 50 {
            receive(&mut answers, &mut answered, &mut new_list_since).await?;
        }
        if !is_added && sent > 1000 {
            ensure!(new_list_since.is_none(), "nobody has listed it yet");
            asker.ask(&json!({"op": "add", "word": "burro"})).await?;
            is_added = true;
        }
    }
    while i64::try_from(answered.len())? < sent {
        receive(&mut answers, &mut answered, &mut new_list_since).await?;
    }
    process::signal(&filter, Signal::SIGTERM)?;
    ensure!(timeout(AGREED_WITHIN, filter.wait()).await??.success());
    asker.session.close().await;
    node.stop().await
}

/// A text of a number, with a word that is listed at first, one that will be, and one that was.
fn text(number: i64) -> Message {
    let mut message = Message {
        body: b"feo burro tonto".to_vec(),
        properties: Properties {
            reply_to: Some("censored".to_owned()),
            ..Properties::default()
        },
    };
    message.properties.headers.insert("warren-number", number);
    message
}

/// Takes one answer; once one is censored by the new list, every later text must be.
async fn receive(
    answers: &mut Consumer,
    answered: &mut BTreeSet<i64>,
    new_list_since: &mut Option<i64>,
) -> Result<()> {
    let answer = timeout(AGREED_WITHIN, answers.next()).await;
    let answer = answer.context("no answer")?.context("the end")??;
    answers.acknowledger().ack(answer.tag, Multiple::One)?;
    let number = answer.properties.headers.integer("warren-number");
    let number = number.context("a text without its number")?;
    ensure!(answered.insert(number), "{number} was answered twice");
    match std::str::from_utf8(&answer.body)? {
        "CENSORED burro tonto" => {
            ensure!(new_list_since.is_none(), "{number} by the old list");
        }
        "CENSORED CENSORED tonto" => {
            new_list_since.get_or_insert(number);
        }
        other => bail!("{other}"),
    }
    Ok(())
}
