//! The producer when the broker breaks its connections, blocks it, or has nowhere for its messages.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, bail, ensure};
use broker::topology;
use config::{Config, Environment};
use std::path::Path;
use testbed::node::{MemoryAlarm, Node};
use testbed::poll::until;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "producer::what_reaches_no_queue_is_returned_and_never_lost",
            unroutable,
        ),
        Test::in_a_vhost(
            "producer::a_missing_exchange_is_named_with_the_flag_that_declares_it",
            missing_exchange,
        ),
        Test::in_a_vhost(
            "producer::a_missing_queue_is_named_with_the_flag_that_declares_it",
            missing_queue,
        ),
        Test::in_a_vhost(
            "producer::without_confirmations_every_message_is_still_counted",
            without_confirmations,
        ),
        Test::on_the_node(
            "producer::what_breaks_without_confirmations_is_said_and_not_hidden",
            broken_without_confirmations,
        ),
        Test::on_the_node("producer::connections_share_one_rate", several_connections),
        Test::in_a_vhost(
            "producer::a_flood_that_had_no_room_is_unsent",
            flood_without_room,
        ),
        Test::in_a_vhost(
            "producer::a_time_series_that_fails_costs_no_message_and_no_report",
            full_disk,
        ),
        Test::on_the_node(
            "producer::broken_connections_lose_nothing",
            broken_connections,
        ),
        Test::alone(
            "producer::a_memory_alarm_makes_messages_late_and_loses_none",
            alarm,
        ),
    ]
}

async fn unroutable(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut session = context.session().await?;
    topology::ensure(&mut session, &topology_of(&config)?).await?;
    session.delete_queue(&context.work_queue()).await?;
    session.close().await;

    // Told where to publish, the producer knows of no queue that it could miss.
    let exchange = context.vhost.name("warren.events");
    let phase = "rate = 100\nduration = \"2s\"";
    let producer = context.producer_of(&config, phase, &["--exchange", &exchange])?;
    let outcome = producer.outcome().await?;

    ensure!(
        (outcome.sent, outcome.confirmed, outcome.lost) == (200, 0, 0),
        "{outcome:#?}"
    );
    ensure!(outcome.number("returned")? == 200.0, "{outcome:#?}");
    Ok(())
}

async fn missing_exchange(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let exchange = context.vhost.name("warren.events");
    is_named_as_missing(context, &config, &exchange).await
}

async fn missing_queue(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut session = context.session().await?;
    topology::ensure(&mut session, &topology_of(&config)?).await?;
    session.delete_queue(&context.work_queue()).await?;
    session.close().await;
    is_named_as_missing(context, &config, &context.work_queue()).await
}

/// A producer ends before its first message, and says what is missing and how to get it.
async fn is_named_as_missing(context: &Context, config: &Path, what: &str) -> Result<()> {
    match context.producer(config, 100, 2)?.outcome().await {
        Ok(outcome) => bail!("it found somewhere to send to: {outcome:#?}"),
        Err(error) => {
            let said = format!("{error:#}");
            ensure!(said.contains(what) && said.contains("--declare"), "{said}");
            Ok(())
        }
    }
}

async fn flood_without_room(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let phase = "shape = \"flood\"\nmessages = 1000000";
    let arguments = ["--declare", "--settle", "0s"];
    let producer = context.producer_of(&config, phase, &arguments)?;

    let outcome = producer.outcome().await?;

    let unsent = outcome.number("unsent")?;
    ensure!(outcome.sent as f64 + unsent == 1e6, "{outcome:#?}");
    ensure!(unsent > 0.0, "{outcome:#?}");
    Ok(())
}

async fn full_disk(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let phase = "rate = 100\nduration = \"2s\"";
    let producer = context.producer_of(&config, phase, &["--csv", "/dev/full"])?;
    context
        .all_answered(&producer.outcome().await?, 200)
        .await?;
    controller.stop().await
}

async fn broken_connections(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    for _ in 0..2 {
        context.counted(&controller, 400).await?;
        let arguments = [
            "close_all_connections",
            "--vhost",
            &context.part,
            "closed by a test",
        ];
        node.control(&arguments).await?;
    }
    context.counted(&controller, 400).await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    // Each time both of its connections broke.
    ensure!(outcome.number("outages")? >= 4.0, "{outcome:#?}");
    controller.stop().await
}

async fn without_confirmations(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let phase = "shape = \"flood\"\nmessages = 1000";
    let producer = context.producer_of(&config, phase, &["--no-confirms"])?;
    let outcome = producer.outcome().await?;
    ensure!(
        (outcome.sent, outcome.confirmed) == (1000, 0),
        "{outcome:#?}"
    );
    ensure!((outcome.replied, outcome.lost) == (1000, 0), "{outcome:#?}");
    ensure!(
        (outcome.number("unconfirmed")?, outcome.number("cut_off")?) == (0.0, 0.0),
        "{outcome:#?}"
    );
    controller.stop().await?;

    // Nobody waits for what no queue takes, and it is counted all the same.
    let mut session = context.session().await?;
    session.delete_queue(&context.work_queue()).await?;
    session.close().await;
    let exchange = context.vhost.name("warren.events");
    let arguments = ["--no-confirms", "--exchange", &exchange];
    let outcome = context
        .producer_of(&config, phase, &arguments)?
        .outcome()
        .await?;
    ensure!(
        (outcome.sent, outcome.lost) == (1000, 0) && outcome.number("returned")? == 1000.0,
        "{outcome:#?}"
    );
    Ok(())
}

async fn broken_without_confirmations(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let phase = "rate = 400\nduration = \"600s\"";
    let arguments = ["--no-confirms", "--settle", "5s"];
    let producer = context.producer_of(&config, phase, &arguments)?;
    context.counted(&controller, 400).await?;
    let reason = "closed by a test";
    node.control(&["close_all_connections", "--vhost", &context.part, reason])
        .await?;
    context.counted(&controller, 400).await?;
    let outcome = producer.stop().await?;
    ensure!(outcome.number("outages")? >= 2.0, "{outcome:#?}");
    // Nothing is sent again, and what is lost is among what was on its way.
    ensure!(
        outcome.sent == outcome.replied + outcome.lost && outcome.number("resent")? == 0.0,
        "{outcome:#?}"
    );
    ensure!(
        outcome.lost as f64 <= outcome.number("cut_off")?,
        "{outcome:#?}"
    );
    controller.stop().await
}

async fn several_connections(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let phase = "rate = 200\nduration = \"600s\"";
    let producer = context.producer_of(&config, phase, &["--connections", "4"])?;
    context.counted(&controller, 200).await?;
    let list = ["list_connections", "vhost", "client_properties"];
    let connections = node.control(&list).await?;
    let publishing = connections
        .lines()
        .filter(|line| line.starts_with(&context.part) && line.contains(" publishes "))
        .count();
    ensure!(publishing == 4, "{connections}");
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    // However many connections there are, no more is sent than the one schedule has.
    let seconds = outcome.number("duration_seconds")?;
    ensure!(outcome.sent as f64 <= 200.0 * seconds + 1.0, "{outcome:#?}");
    controller.stop().await
}

async fn alarm(context: &Context, node: &mut Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    context.counted(&controller, 400).await?;
    node.set_memory_alarm(MemoryAlarm::On).await?;
    let samples = context.report(&controller, "filter").await?.totals.samples;
    until("a second of alarm", SOON, async || {
        Ok(context.report(&controller, "filter").await?.totals.samples >= samples + 5)
    })
    .await?;
    node.set_memory_alarm(MemoryAlarm::Off).await?;
    context.counted(&controller, 400).await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    ensure!(outcome.number("blocked_seconds")? > 0.5, "{outcome:#?}");
    ensure!(outcome.number("blocked_count")? == 1.0, "{outcome:#?}");
    ensure!(outcome.late > 0, "{outcome:#?}");
    controller.stop().await
}

fn topology_of(config: &Path) -> Result<config::Topology> {
    let loaded = Config::load(config, &Environment::default())?;
    let pool = loaded.config.pools.into_iter().next();
    Ok(pool.context("the configuration has no pool")?.topology)
}
