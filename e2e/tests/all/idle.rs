//! An idle pool: the first message wakes it, and is counted like every other.

use crate::context::{Context, SOON};
use crate::sessions::{declared, pool, remove};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{CountQueue, ErrorKind, Mandatory, Message, Outcome, Publisher};
use std::time::Duration;
use testbed::controller::Controller;
use testbed::poll::{until, until_some};
use tokio::time::timeout;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("idle::a_wakeup_keeps_no_message_from_the_count", counted),
        Test::in_a_vhost(
            "idle::a_wakeup_that_is_dropped_keeps_no_message_from_the_count",
            dropped,
        ),
        Test::in_a_vhost(
            "idle::a_wakeup_of_a_deleted_queue_says_so_and_a_closed_session_too",
            ended,
        ),
        Test::in_a_vhost(
            "idle::the_first_messages_of_every_idle_time_are_answered_and_counted_once",
            woken,
        ),
    ]
}

/// The purge that follows the end of a wakeup has all that came, every time.
async fn counted(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let topology = declared(&mut session, context).await?;
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    let mut publishing = context.session().await?;
    let mut publisher = publishing.publisher().await?;
    for round in 0..300_u64 {
        let mut wakeup = count.wakeup(&mut session).await?;
        ensure!(!wakeup.has_message()?);
        ensure!(count.purge(&mut session).await?.messages == 0);
        let sent = 1 + round % 3;
        for _ in 0..sent {
            publish(&mut publisher, &topology.exchange).await?;
        }
        timeout(SOON, wakeup.first_message()).await??;
        ensure!(wakeup.has_message()?);
        confirmed(&mut publisher).await?;
        if round % 2 == 0 {
            // A purge meanwhile has the others, and this one comes afterwards.
            ensure!(count.purge(&mut session).await?.messages == sent - 1);
            wakeup.give_back().await?;
            ensure!(count.purge(&mut session).await?.messages == 1);
        } else {
            wakeup.give_back().await?;
            let purged = count.purge(&mut session).await?.messages;
            ensure!(purged == sent, "{purged} of {sent} counted");
        }
    }
    remove(&mut session, &topology).await
}

/// A wakeup that nobody gives back is given back all the same, a moment later.
async fn dropped(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let topology = declared(&mut session, context).await?;
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    let mut publishing = context.session().await?;
    let mut publisher = publishing.publisher().await?;
    let (mut sent, mut purged, mut told) = (0, 0, 0);
    for round in 0..300 {
        let mut wakeup = count.wakeup(&mut session).await?;
        publish(&mut publisher, &topology.exchange).await?;
        sent += 1;
        // From before the message is here until after it.
        let within = Duration::from_micros(round * 10);
        told += u64::from(timeout(within, wakeup.first_message()).await.is_ok());
        drop(wakeup);
        confirmed(&mut publisher).await?;
        purged += count.purge(&mut session).await?.messages;
    }
    // What was given back late, because nobody waited for it.
    until_some("every message to be counted", SOON, async || {
        purged += count.purge(&mut session).await?.messages;
        Ok((purged >= sent).then_some(()))
    })
    .await?;
    ensure!(purged == sent, "{purged} of {sent} counted");
    ensure!(count.purge(&mut session).await?.messages == 0);
    ensure!(told > 0, "no round came as far as its message");
    remove(&mut session, &topology).await
}

async fn ended(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let topology = declared(&mut session, context).await?;
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    let mut wakeup = count.wakeup(&mut session).await?;
    count.clone().delete(&mut session).await?;
    let end = timeout(SOON, wakeup.first_message()).await?;
    ensure!(end.is_err_and(|error| error.kind() == ErrorKind::NotFound));
    let mut wakeup = {
        let deleted = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
        let wakeup = deleted.wakeup(&mut session).await?;
        deleted.delete(&mut session).await?;
        wakeup
    };
    until("a look at the wakeup to say so, too", SOON, async || {
        let look = wakeup.has_message();
        Ok(look.is_err_and(|error| error.kind() == ErrorKind::NotFound))
    })
    .await?;
    let refused = count.wakeup(&mut session).await;
    ensure!(refused.is_err_and(|error| error.kind() == ErrorKind::NotFound));

    // The session is as good as before, until it ends.
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    let mut wakeup = count.wakeup(&mut session).await?;
    remove(&mut session, &topology).await?;
    session.close().await;
    let end = timeout(SOON, wakeup.first_message()).await?;
    ensure!(end.is_err_and(|error| error.kind() == ErrorKind::Closed));
    ensure!(!wakeup.has_message()?);
    wakeup
        .give_back()
        .await
        .context("there is nothing to give back")
}

/// The looks at normal polling, and at idle, are an hour apart: only the message itself can have
/// brought the worker that answers it.
async fn woken(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", SLEEPY)])?;
    let controller = context.controller(&config).await?;
    let before = until_idle(context, &controller).await?;

    let mut sent = 0;
    for messages in [1, 2, 1, 5, 1, 3, 1, 1] {
        let outcome = context
            .producer_of(&config, &phase(messages), &[])?
            .outcome()
            .await?;
        context.all_answered(&outcome, messages).await?;
        sent += messages;
        let counted = until_idle(context, &controller).await? - before;
        ensure!(counted == sent, "{counted} of {sent} messages were counted");
    }
    controller.stop().await
}

/// Waits until the pool is idle; how many messages it has counted.
pub(crate) async fn until_idle(context: &Context, controller: &Controller) -> Result<u64> {
    until_some("the pool to be idle", SOON, async || {
        let pool = context.report(controller, "filter").await?;
        let idle = pool.polling == "idle" && pool.workers.all() == 0;
        Ok(idle.then_some(pool.totals.arrivals))
    })
    .await
}

const SLEEPY: &str = r#"
interval = "1h"
fast_interval = "100ms"
"#;

/// So many messages within one second.
fn phase(messages: u64) -> String {
    format!("rate = {messages}\nduration = \"1s\"")
}

async fn publish(publisher: &mut Publisher, exchange: &str) -> Result<()> {
    let publish = publisher.publish((), exchange, "", Message::default(), Mandatory::Yes);
    Ok(publish.await?)
}

async fn confirmed(publisher: &mut Publisher) -> Result<()> {
    while let Some(((), outcome)) = publisher.outcome().await {
        ensure!(outcome? == Outcome::Confirmed);
    }
    Ok(())
}
