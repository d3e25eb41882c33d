//! What may happen to an idle pool, or while it becomes idle and wakes again and again: no message
//! is lost or counted twice, and nothing is left at the broker.

use crate::context::{Context, SOON};
use crate::idle::until_idle;
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{Mandatory, Message, Outcome};
use nix::sys::signal::Signal;
use testbed::node::Node;
use testbed::poll::until;

/// Idle times, each with its own wakeup. 200 have been tried; so many take a few seconds.
const IDLE_TIMES: u64 = 30;

/// The session's own, one for the wakeup, and one that is on its way out.
const CHANNELS_MAX: u32 = 4;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::on_the_node(
            "wakeups::many_short_idle_times_count_every_message_once_and_leave_no_channel",
            many,
        ),
        Test::in_a_vhost(
            "wakeups::a_flood_that_ends_an_idle_time_is_counted_whole",
            flooded,
        ),
        Test::on_the_node(
            "wakeups::a_controller_killed_while_idle_is_followed_by_another",
            killed,
        ),
        Test::on_the_node(
            "wakeups::a_work_queue_deleted_while_idle_is_declared_again_and_wakes",
            deleted,
        ),
        Test::alone(
            "wakeups::a_broker_restarted_while_idle_wakes_again",
            restarted,
        ),
    ]
}

async fn many(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", FLEETING)])?;
    let controller = context.controller(&config).await?;
    let mut session = context.session().await?;
    let mut publisher = session.publisher().await?;
    let exchange = context.vhost.name("warren.events");
    let mut sent = 0;
    for round in 0..IDLE_TIMES {
        let counted = until_idle(context, &controller).await?;
        ensure!(counted == sent, "{counted} of {sent} messages were counted");
        for _ in 0..=round % 3 {
            let publish = publisher.publish_one(&exchange, "", Message::default(), Mandatory::Yes);
            ensure!(publish.await? == Outcome::Confirmed);
            sent += 1;
        }
        until("the messages to be counted", SOON, async || {
            Ok(context.report(&controller, "filter").await?.totals.arrivals >= sent)
        })
        .await?;
    }
    let counted = until_idle(context, &controller).await?;
    ensure!(counted == sent, "{counted} of {sent} messages were counted");
    session.close().await;
    few_channels(context, node).await?;
    controller.stop().await
}

async fn flooded(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let mut sent = 0;
    for _ in 0..3 {
        until_idle(context, &controller).await?;
        let outcome = context.producer(&config, 1500, 1)?.outcome().await?;
        context.all_answered(&outcome, 1500).await?;
        sent += 1500;
        let counted = until_idle(context, &controller).await?;
        ensure!(counted == sent, "{counted} of {sent} messages were counted");
    }
    controller.stop().await
}

async fn killed(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut controller = context.controller(&config).await?;
    until_idle(context, &controller).await?;
    controller.signal(Signal::SIGKILL)?;
    controller.wait(SOON).await?;

    let producer = context.producer_of(&config, "rate = 5\nduration = \"1s\"", &[])?;
    until("messages that nobody takes", SOON, async || {
        Ok(context.ready_messages(&context.work_queue()).await? == 5)
    })
    .await?;
    let controller = context.controller(&config).await?;
    context.all_answered(&producer.outcome().await?, 5).await?;

    let before = until_idle(context, &controller).await?;
    let outcome = context.producer(&config, 3, 1)?.outcome().await?;
    context.all_answered(&outcome, 3).await?;
    let counted = until_idle(context, &controller).await? - before;
    ensure!(counted == 3, "{counted} of 3 messages were counted");
    let queues = node
        .control(&["list_queues", "--vhost", &context.part, "--silent", "name"])
        .await?;
    ensure!(queues.matches("warren.count.").count() == 1, "{queues}");
    controller.stop().await
}

async fn deleted(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let mut session = context.session().await?;
    for times in 1..=8 {
        until_idle(context, &controller).await?;
        session.delete_queue(&context.work_queue()).await?;
        until("the work queue to be there again", SOON, async || {
            let log = controller.log();
            Ok(log.matches("work queue is there again").count() == times)
        })
        .await?;
    }
    session.close().await;
    let before = until_idle(context, &controller).await?;
    let outcome = context.producer(&config, 3, 1)?.outcome().await?;
    context.all_answered(&outcome, 3).await?;
    let counted = until_idle(context, &controller).await? - before;
    ensure!(counted == 3, "{counted} of 3 messages were counted");
    few_channels(context, node).await?;
    controller.stop().await
}

async fn restarted(context: &Context, node: &mut Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    until_idle(context, &controller).await?;
    node.shut_down().await?;
    until("the broker to be missed", SOON, async || {
        let pool = context.report(&controller, "filter").await?;
        Ok(!pool.broker_connected && pool.polling != "idle")
    })
    .await?;
    node.start_again(&context.suite.guard).await?;

    let before = until_idle(context, &controller).await?;
    let outcome = context.producer(&config, 3, 1)?.outcome().await?;
    context.all_answered(&outcome, 3).await?;
    let counted = until_idle(context, &controller).await? - before;
    ensure!(counted == 3, "{counted} of 3 messages were counted");
    controller.stop().await
}

/// No wakeup that has ended is left at the broker.
async fn few_channels(context: &Context, node: &Node) -> Result<()> {
    let arguments = ["list_connections", "--silent", "vhost", "channels"];
    let connections = node.control(&arguments).await?;
    for line in connections.lines() {
        let (virtual_host, channels) = line.split_once('\t').context("two columns")?;
        let channels: u32 = channels.trim().parse().context("a number of channels")?;
        ensure!(
            virtual_host != context.part || channels <= CHANNELS_MAX,
            "{connections}"
        );
    }
    Ok(())
}

const FLEETING: &str = r#"
interval = "1h"
fast_interval = "50ms"
[scaling]
hold = "0s"
"#;
