//! One node owns the list, and no answered write is lost whatever is killed.

use super::asker::Asker;
use super::nodes::{Served, stop_all, take_owner};
use super::{AGREED_WITHIN, FIRST_WORDS, SERVICE};
use crate::context::Context;
use anyhow::{Context as _, Result, ensure};
use broker::{FollowerQueue, Multiple, topology};
use serde_json::json;
use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::{Duration, Instant};
use testbed::node::Node;
use testbed::poll::{until, until_some};
use tokio::time::timeout;

/// Adds words of its own until it is told to stop; gives those that were confirmed.
async fn add_words(context: &Context, client: u32, count: u32) -> Result<BTreeSet<String>> {
    let mut asker = Asker::connect(context).await?;
    let mut confirmed = BTreeSet::new();
    for number in 0..count {
        let word = format!("word-{client}-{number}");
        let answer = asker.ask(&json!({"op": "add", "word": word})).await?;
        ensure!(answer["ok"] == true, "{answer}");
        confirmed.insert(word);
    }
    asker.session.close().await;
    Ok(confirmed)
}

pub(super) async fn owners_killed(context: &Context, _: &Node) -> Result<()> {
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let writers =
        futures_util::future::try_join_all((0..8).map(|client| add_words(context, client, 40)));
    let killers = async {
        // Between writes and during them: whenever a new owner shows.
        for number in 3..8 {
            take_owner(&mut nodes).await?.kill().await?;
            nodes.push(Served::start(context, number)?);
        }
        Ok(())
    };
    let (confirmed, ()) = tokio::try_join!(writers, killers)?;
    let mut expected: BTreeSet<String> = confirmed.into_iter().flatten().collect();
    ensure!(expected.len() == 320, "{}", expected.len());
    expected.extend(FIRST_WORDS.map(str::to_owned));
    let mut asker = Asker::connect(context).await?;
    let words = asker.agreed(&nodes).await?;
    ensure!(
        words == expected,
        "{:?}",
        words.symmetric_difference(&expected)
    );

    // Everybody gone and nobody left: the broker keeps it.
    for node in nodes {
        node.kill().await?;
    }
    let node = Served::start(context, 8)?;
    let words: BTreeSet<_> = asker.words().await?.into_iter().collect();
    ensure!(
        words == expected,
        "{:?}",
        words.symmetric_difference(&expected)
    );
    asker.session.close().await;
    node.stop().await
}

pub(super) async fn drained(context: &Context, _: &Node) -> Result<()> {
    let mut nodes = vec![Served::start(context, 0)?, Served::start(context, 1)?];
    let mut asker = Asker::connect(context).await?;
    for number in 2..4 {
        take_owner(&mut nodes).await?.stop().await?;
        let word = format!("word-{number}");
        let answer = asker.ask(&json!({"op": "add", "word": word})).await?;
        ensure!(answer["changed"] == true, "{answer}");
        nodes.push(Served::start(context, number)?);
    }
    let words = asker.agreed(&nodes).await?;
    ensure!(words.len() == 9, "{words:?}");
    asker.session.close().await;
    stop_all(nodes).await
}

pub(super) async fn mismatch(context: &Context, _: &Node) -> Result<()> {
    let mut session = context.session().await?;
    let list = format!("{SERVICE}.list");
    topology::ensure_results_queue(&mut session, &list).await?;
    session.close().await;
    let mut node = Served::start(context, 0)?;
    let status = timeout(AGREED_WITHIN, node.child.wait()).await;
    let status = status.context("the node's end")??;
    let said = std::fs::read_to_string(&node.log)?;
    ensure!(
        status.code() == Some(1) && said.contains(&list),
        "{status}: {said}"
    );
    Ok(())
}

pub(super) async fn broadcast(context: &Context, _: &Node) -> Result<()> {
    const EVERY: Duration = Duration::from_millis(100);
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let mut asker = Asker::connect(context).await?;
    asker.words().await?;
    let exchange = format!("{SERVICE}.broadcast");
    let many = NonZeroU32::new(1000).context("zero")?;
    let queue = FollowerQueue::bind(&mut asker.session, "listener", &exchange, many).await?;
    let mut heard = asker.session.consume(queue.name(), NonZeroU16::MIN).await?;

    let began_at = Instant::now();
    asker.ask(&json!({"op": "broadcast-start"})).await?;
    let mut count = 0;
    let mut listen = async |words: u32| {
        for _ in 0..words {
            let word = timeout(AGREED_WITHIN, heard.next()).await;
            let word = word.context("no word")?.context("the end")??;
            heard.acknowledger().ack(word.tag, Multiple::One)?;
            let text = std::str::from_utf8(&word.body)?;
            ensure!(FIRST_WORDS.contains(&text), "{text}");
            count += 1;
            // Two owners at once would send twice as many.
            let most = began_at.elapsed().div_duration_f64(EVERY).ceil();
            ensure!(f64::from(count) <= most, "{count} words, at most {most}");
        }
        Ok(())
    };
    listen(10).await?;
    take_owner(&mut nodes).await?.kill().await?;
    listen(10).await?;
    let answer = asker.ask(&json!({"op": "broadcast-stop"})).await?;
    ensure!(answer["changed"] == true, "{answer}");
    asker.session.close().await;
    stop_all(nodes).await
}

pub(super) async fn broker_restarted(context: &Context, node: &mut Node) -> Result<()> {
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let before = add_words(context, 0, 20).await?;
    let during = async {
        let mut confirmed = BTreeSet::new();
        let mut number = 0;
        // Until a word has been confirmed by the broker that came back.
        let mut connections = 0;
        while connections < 2 {
            let mut asker = until_some("the broker to be there", AGREED_WITHIN, async || {
                Ok(Asker::connect(context).await.ok())
            })
            .await?;
            loop {
                let word = format!("word-1-{number}");
                let Ok(answer) = asker.ask(&json!({"op": "add", "word": word})).await else {
                    break;
                };
                ensure!(answer["ok"] == true, "{answer}");
                confirmed.insert(word);
                number += 1;
                if connections == 1 {
                    break;
                }
            }
            connections += 1;
        }
        Ok(confirmed)
    };
    let restart = async {
        until("a few words to be added", AGREED_WITHIN, async || {
            Ok(Asker::connect(context).await?.words().await?.len() >= 35)
        })
        .await?;
        node.shut_down().await?;
        node.start_again(&context.suite.guard).await
    };
    let (during, ()) = tokio::try_join!(during, restart)?;
    let mut asker = Asker::connect(context).await?;
    let words = asker.agreed(&nodes).await?;
    let lost: Vec<_> = before
        .iter()
        .chain(&during)
        .filter(|word| !words.contains(*word))
        .collect();
    ensure!(lost.is_empty(), "confirmed and lost: {lost:?}");
    ensure!(FIRST_WORDS.iter().all(|word| words.contains(*word)));
    asker.session.close().await;
    stop_all(nodes).await
}
