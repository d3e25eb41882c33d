//! The producer's clients, who each wait for their answer: seen from the queue that they send to.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{
    Acknowledger, Consumer, Delivery, Mandatory, Message, Multiple, Properties, Publisher, Session,
    topology,
};
use config::{Config, Environment};
use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::path::Path;
use std::time::{Duration, Instant};
use testbed::node::Node;
use tokio::time::timeout;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "closed_loop::no_more_is_unanswered_than_there_are_clients",
            never_more_than_clients,
        ),
        Test::in_a_vhost(
            "closed_loop::phases_of_virtual_users_come_one_after_another_with_their_pause",
            phases_of_virtual_users,
        ),
        Test::in_a_vhost(
            "closed_loop::a_client_whose_answer_is_late_goes_on_and_the_answer_still_counts",
            timeouts,
        ),
        Test::in_a_vhost(
            "closed_loop::without_replies_a_client_waits_for_the_confirmation",
            confirmations,
        ),
        Test::alone(
            "closed_loop::a_broker_that_restarts_costs_no_request",
            restart,
        ),
    ]
}

/// What stands in for the workers: messages in their order, answered when a test says so.
struct Fleet {
    session: Session,
    consumer: Consumer,
    acknowledger: Acknowledger,
    publisher: Publisher,
}

impl Fleet {
    async fn start(context: &Context, config: &Path) -> Result<Self> {
        let loaded = Config::load(config, &Environment::default())?;
        let pool = loaded.config.pools.into_iter().next();
        let pool = pool.context("the configuration has no pool")?;
        let mut session = context.session().await?;
        topology::ensure(&mut session, &pool.topology).await?;
        let prefetch = NonZeroU16::new(1000).context("1000 is not zero")?;
        let consumer = session.consume(&context.work_queue(), prefetch).await?;
        let acknowledger = consumer.acknowledger();
        let publisher = session.publisher().await?;
        Ok(Self {
            session,
            consumer,
            acknowledger,
            publisher,
        })
    }

    async fn next(&mut self) -> Result<Delivery> {
        let next = timeout(SOON, self.consumer.next()).await;
        let delivery = next.context("no message came")?;
        Ok(delivery.context("the consumer ended")??)
    }

    async fn answer(&mut self, delivery: &Delivery) -> Result<()> {
        let asked = &delivery.properties;
        let queue = asked.reply_to.clone();
        let queue = queue.context("a message asks for no reply")?;
        let message = Message {
            body: b"done".to_vec(),
            properties: Properties {
                correlation_id: asked.correlation_id.clone(),
                ..Properties::default()
            },
        };
        self.publisher
            .publish_one("", &queue, message, Mandatory::Yes)
            .await?;
        self.acknowledger.ack(delivery.tag, Multiple::One)?;
        Ok(())
    }

    async fn end(self) {
        self.session.close().await;
    }
}

async fn never_more_than_clients(context: &Context) -> Result<()> {
    const CLIENTS: usize = 5;
    const REQUESTS: usize = 200;
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut fleet = Fleet::start(context, &config).await?;
    let phase = format!("clients = {CLIENTS}\nrequests = {REQUESTS}");
    let producer = context.producer_of(&config, &phase, &["--connections", "2"])?;

    // The oldest is answered only when all clients wait. One message too many would stay ahead of
    // them from then on, and be here with them in one of two hundred rounds.
    let mut held = VecDeque::new();
    for received in 1..=REQUESTS {
        held.push_back(fleet.next().await?);
        if held.len() == CLIENTS {
            let another = timeout(Duration::ZERO, fleet.consumer.next()).await;
            ensure!(another.is_err(), "another came after {received}");
            fleet
                .answer(&held.pop_front().context("none is held")?)
                .await?;
        }
    }
    for delivery in held {
        fleet.answer(&delivery).await?;
    }
    fleet.end().await;
    context
        .all_answered(&producer.outcome().await?, REQUESTS as u64)
        .await
}

async fn phases_of_virtual_users(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut fleet = Fleet::start(context, &config).await?;
    let phases = "clients = 2\nrequests = 20\n\
                  [[phase]]\nclients = 0\nduration = \"1s\"\n\
                  [[phase]]\nclients = 4\nrequests = 20";
    let producer = context.producer_of(&config, phases, &[])?;
    let mut came = Vec::new();
    for _ in 0..40 {
        let delivery = fleet.next().await?;
        came.push(Instant::now());
        fleet.answer(&delivery).await?;
    }
    fleet.end().await;
    let pause = came[20] - came[19];
    // It counts from the last answer, which came after the last message.
    ensure!(pause >= Duration::from_secs(1), "{pause:?}");
    context.all_answered(&producer.outcome().await?, 40).await
}

async fn timeouts(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut fleet = Fleet::start(context, &config).await?;
    let phase = "clients = 1\nrequests = 3";
    let arguments = ["--reply-timeout", "500ms", "--settle", "3s"];
    let producer = context.producer_of(&config, phase, &arguments)?;
    let first = fleet.next().await?;
    // The second comes although the first has no answer; the third gets none at all.
    let second = fleet.next().await?;
    fleet.answer(&first).await?;
    fleet.answer(&second).await?;
    let third = fleet.next().await?;
    let outcome = producer.outcome().await?;
    ensure!(!third.redelivered, "{third:?}");
    fleet.end().await;
    ensure!(
        (outcome.sent, outcome.replied, outcome.lost) == (3, 2, 1),
        "{outcome:#?}"
    );
    ensure!(outcome.number("timed_out")? >= 2.0, "{outcome:#?}");
    Ok(())
}

async fn confirmations(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let phase = "clients = 3\nrequests = 300";
    let scenario = format!("name = \"test\"\nseed = 1\nreply = false\n[[phase]]\n{phase}\n");
    let producer = context.producer_of_scenario(&config, &scenario, &["--declare"])?;
    let outcome = producer.outcome().await?;
    ensure!(
        (outcome.sent, outcome.confirmed, outcome.replied) == (300, 300, 0),
        "{outcome:#?}"
    );
    let ready = context.ready_messages(&context.work_queue()).await?;
    ensure!(ready == 300, "{ready}");

    let arguments = ["--declare", "--no-confirms"];
    let producer = context.producer_of_scenario(&config, &scenario, &arguments)?;
    let Err(error) = producer.outcome().await else {
        anyhow::bail!("clients waited for nothing");
    };
    let said = format!("{error:#}");
    ensure!(said.contains("nothing to wait for"), "{said}");
    Ok(())
}

async fn restart(context: &Context, node: &mut Node) -> Result<()> {
    const REQUESTS: u64 = 2000;
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let phase = format!("clients = 4\nrequests = {REQUESTS}");
    let producer = context.producer_of(&config, &phase, &[])?;
    context.counted(&controller, 400).await?;
    node.shut_down().await?;
    node.start_again(&context.suite.guard).await?;
    let outcome = producer.outcome().await?;
    context.all_answered(&outcome, REQUESTS).await?;
    ensure!(outcome.number("outages")? >= 2.0, "{outcome:#?}");
    controller.stop().await
}
