//! The controller when the broker, or somebody at it, does what it should not.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{Mandatory, Message, Outcome, Session};
use std::path::Path;
use testbed::controller::{Controller, Launch};
use testbed::node::{MemoryAlarm, Node};
use testbed::poll::until;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "controller::a_second_one_on_the_pool_is_told_who_has_it",
            second_controller,
        ),
        Test::in_a_vhost(
            "controller::a_deleted_work_queue_is_declared_again_and_worked_off",
            deleted_queue,
        ),
        Test::in_a_vhost(
            "controller::a_missing_work_queue_is_waited_for_and_never_hidden",
            missing_queue,
        ),
        Test::in_a_vhost(
            "controller::a_pool_without_its_command_leaves_the_others_running",
            missing_command,
        ),
        Test::in_a_vhost("controller::two_pools_are_worked_side_by_side", two_pools),
        Test::on_the_node("controller::a_refusal_says_what_to_correct", refusals),
        Test::on_the_node(
            "controller::a_closed_connection_costs_no_worker_and_is_said_once",
            closed_connections,
        ),
        Test::alone(
            "controller::a_broker_that_comes_late_is_waited_for_and_said_once",
            late_broker,
        ),
        Test::alone(
            "controller::a_memory_alarm_stops_neither_samples_nor_drains",
            alarm,
        ),
        Test::alone(
            "controller::a_memory_alarm_is_said_and_so_is_its_end",
            said_alarm,
        ),
    ]
}

async fn second_controller(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let first = context.controller(&config).await?;
    let pid = first.pid()?;

    // Another state directory: the same one would already be locked.
    let launch = Launch {
        config: &config,
        state_dir: &context.directory.join("other"),
        broker_url: Some(context.vhost.url()),
        part: &context.part,
    };
    let mut second = Controller::start(&context.suite.guard, context.programs, launch).await?;
    let status = second.wait(SOON).await?;

    let log = second.log();
    ensure!(status.code() == Some(1), "it ended with {status}:\n{log}");
    ensure!(
        log.contains(&format!("pid {pid}")),
        "it does not name {pid}:\n{log}"
    );
    ensure!(context.report(&first, "filter").await?.state == "running");
    first.stop().await
}

async fn deleted_queue(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "[scaling]\nmin = 2")])?;
    let controller = context.controller(&config).await?;
    consuming(context, 2).await?;

    let mut session = context.session().await?;
    session.delete_queue(&context.work_queue()).await?;
    session.close().await;

    // The workers that were there come back to it.
    the_same_two_go_on(context, &controller, &config).await?;
    said(&controller, "the count queue is deleted, too", 1)?;
    said(&controller, "work queue is there again", 1)?;
    controller.stop().await
}

async fn missing_queue(context: &Context) -> Result<()> {
    let declaring = context.config(vec![context.pool("filter", "")])?;
    context.controller(&declaring).await?.stop().await?;
    let mut session = context.session().await?;
    let work_queue = context.work_queue();
    session.delete_queue(&work_queue).await?;
    let config = context.config(vec![context.pool("filter", "declare = \"never\"")])?;

    let controller = context.controller_at(&config, context.vhost.url()).await?;
    error_of(context, &controller, &work_queue).await?;
    ensure!(controller.status("/readyz").await? == 503);
    ensure!(
        context
            .report(&controller, "filter")
            .await?
            .broker_connected
    );
    // No count queue takes the message for the work queue.
    unroutable(&mut session, context).await?;

    let topology = config::Config::load(&declaring, &config::Environment::default())?;
    let topology = &topology.config.pools[0].topology;
    let may_declare = config::Topology {
        declare: config::Declare::Missing,
        ..topology.clone()
    };
    broker::topology::ensure(&mut session, &may_declare).await?;
    controller.ready().await?;

    // And once more while it is counting.
    until("arrivals to be counted", SOON, async || {
        Ok(context
            .report(&controller, "filter")
            .await?
            .arrival_rate
            .is_some())
    })
    .await?;
    session.delete_queue(&work_queue).await?;
    error_of(context, &controller, &work_queue).await?;
    unroutable(&mut session, context).await?;
    said(&controller, "the count queue is deleted, too", 1)?;
    session.close().await;
    controller.stop().await
}

async fn missing_command(context: &Context) -> Result<()> {
    let broken = format!(
        "work_queue = \"{}\"\n[fleet]\ncommand = [\"no-such-worker\"]\n[scaling]\nmin = 1",
        context.vhost.name("warren.broken")
    );
    let pools = vec![context.pool("broken", &broken), context.pool("filter", "")];
    let config = context.config(pools)?;
    let controller = context.controller(&config).await?;

    until("the broken pool to be degraded", SOON, async || {
        Ok(context.report(&controller, "broken").await?.state == "degraded")
    })
    .await?;
    let error = context
        .report(&controller, "broken")
        .await?
        .last_error
        .unwrap_or_default();
    ensure!(
        error.contains("no-such-worker"),
        "it is said otherwise: {error}"
    );

    let outcome = context.producer(&config, 200, 2)?.outcome().await?;
    ensure!(
        outcome.lost == 0,
        "the other pool does not work: {outcome:#?}"
    );
    ensure!(context.report(&controller, "filter").await?.state == "running");
    controller.stop().await
}

async fn two_pools(context: &Context) -> Result<()> {
    let names = ["exchange", "work_queue"].map(|key| {
        let name = context.vhost.name(&format!("warren.second.{key}"));
        format!("{key} = \"{name}\"\n")
    });
    let first = context.pool("filter", "");
    let second = context.pool("second", &names.concat());
    let config = context.config(vec![first, second])?;
    let controller = context.controller(&config).await?;
    let second = context.vhost.pool_name("second");
    let rate = |rate| format!("rate = {rate}\nduration = \"3s\"");

    let to_first = context.producer_of(&config, &rate(200), &[])?;
    let to_second = context.producer_of(&config, &rate(100), &["--pool", &second])?;
    let (to_first, to_second) = tokio::try_join!(to_first.outcome(), to_second.outcome())?;

    context.all_answered(&to_first, 600).await?;
    context.all_answered(&to_second, 300).await?;
    for (pool, messages) in [("filter", 600), ("second", 300)] {
        until("the arrivals to be counted", SOON, async || {
            let totals = context.report(&controller, pool).await?.totals;
            Ok(totals.arrivals == messages && totals.workers_peak > 0)
        })
        .await?;
    }
    controller.stop().await
}

async fn refusals(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let management = node.management();
    let user = format!("{}-user", context.part);
    management.create_user(&user, "right").await?;
    let host = context.part.as_str();
    let cases = [
        (node.url_as(&user, "wrong", host), "wrong user or password"),
        (
            node.url_as(&user, "right", host),
            "may not use virtual host",
        ),
        (
            node.url_as("guest", "guest", "no-such-host"),
            "has no virtual host 'no-such-host'",
        ),
    ];
    for (url, part) in cases {
        let controller = context.controller_at(&config, &url).await?;
        error_of(context, &controller, part).await?;
        ensure!(controller.status("/readyz").await? == 503);
        ensure!(controller.status("/healthz").await? == 200);
        ensure!(
            !controller.log().contains(":wrong@"),
            "the password is in the log"
        );
        controller.stop().await?;
    }
    Ok(())
}

async fn closed_connections(context: &Context, node: &Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "[scaling]\nmin = 2")])?;
    let controller = context.controller(&config).await?;
    consuming(context, 2).await?;

    let arguments = [
        "close_all_connections",
        "--vhost",
        &context.part,
        "closed by a test",
    ];
    node.control(&arguments).await?;
    until(
        "the controller to have lost the broker once",
        SOON,
        async || Ok(controller.log().contains("queue can't be looked at")),
    )
    .await?;
    controller.ready().await?;
    the_same_two_go_on(context, &controller, &config).await?;
    said(&controller, "queue can't be looked at", 1)?;
    said(&controller, "queue can be looked at again", 1)?;
    controller.stop().await
}

async fn late_broker(context: &Context, node: &mut Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "[scaling]\nmin = 1")])?;
    node.shut_down().await?;
    let controller = context.controller_at(&config, context.vhost.url()).await?;
    error_of(context, &controller, "can't reach").await?;
    ensure!(controller.status("/readyz").await? == 503);
    ensure!(controller.status("/healthz").await? == 200);
    let pool = context.report(&controller, "filter").await?;
    ensure!(
        pool.totals.workers_moved == 0,
        "a decision on no data: {pool:#?}"
    );

    node.start_again(&context.suite.guard).await?;

    controller.ready().await?;
    consuming(context, 1).await?;
    said(&controller, "queue can't be looked at", 1)?;
    said(&controller, "queue can be looked at again", 1)?;
    controller.stop().await
}

async fn alarm(context: &Context, node: &mut Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "[scaling]\nmin = 2")])?;
    let controller = context.controller(&config).await?;
    consuming(context, 2).await?;

    node.set_memory_alarm(MemoryAlarm::On).await?;
    let before = context.report(&controller, "filter").await?.totals.samples;
    until("five more samples", SOON, async || {
        Ok(context.report(&controller, "filter").await?.totals.samples >= before + 5)
    })
    .await?;
    ensure!(controller.status("/readyz").await? == 200);
    // Workers end in order, too: exit code 0 within the grace.
    controller.stop().await?;
    let left = context.workers();
    ensure!(
        left.is_empty(),
        "workers outlive a stopped controller: {left:#?}"
    );
    node.set_memory_alarm(MemoryAlarm::Off).await
}

/// The controller publishes nothing, so RabbitMQ does not tell it of an alarm; it tells the workers,
/// and the controller's log has their lines.
async fn said_alarm(context: &Context, node: &mut Node) -> Result<()> {
    // A dead letter every 20 ms, for longer than all this takes.
    let slow = "[scaling]\nmin = 1\nmax = 1\n\
                [fleet]\ncommand = [\"warren-worker\", \"filter\", \"--work-time\", \"20ms\"]";
    let config = context.config(vec![context.pool("filter", slow)])?;
    let controller = context.controller(&config).await?;
    consuming(context, 1).await?;
    let mut session = context.session().await?;
    let mut publisher = session.publisher().await?;
    for _ in 0..2000 {
        let message = Message {
            body: vec![0xff],
            ..Message::default()
        };
        let queue = context.work_queue();
        let publish = publisher.publish_one("", &queue, message, Mandatory::Yes);
        ensure!(publish.await? == Outcome::Confirmed);
    }
    session.close().await;

    node.set_memory_alarm(MemoryAlarm::On).await?;
    comes_to_say(&controller, "broker takes no results for now").await?;
    node.set_memory_alarm(MemoryAlarm::Off).await?;
    comes_to_say(&controller, "broker takes results again").await?;
    controller.stop().await
}

async fn comes_to_say(controller: &Controller, part: &str) -> Result<()> {
    until(&format!("the log to say '{part}'"), SOON, async || {
        Ok(controller.log().contains(part))
    })
    .await
}

/// Two workers consume again, none was replaced, and what comes now is answered.
async fn the_same_two_go_on(
    context: &Context,
    controller: &Controller,
    config: &Path,
) -> Result<()> {
    consuming(context, 2).await?;
    let pool = context.report(controller, "filter").await?;
    ensure!(
        pool.totals.workers_moved == 2,
        "workers were replaced: {pool:#?}"
    );
    let outcome = context.producer(config, 200, 2)?.outcome().await?;
    context.all_answered(&outcome, 400).await
}

/// Waits until so many consumers are on the work queue.
async fn consuming(context: &Context, consumers: u32) -> Result<()> {
    let mut session = context.session().await?;
    let queue = context.work_queue();
    until("the workers to consume", SOON, async || {
        // While it is missing nobody consumes it.
        let status = session.queue_status(&queue).await;
        Ok(status.is_ok_and(|status| status.consumers == consumers))
    })
    .await?;
    session.close().await;
    Ok(())
}

/// Waits until the pool's trouble is said with this part.
async fn error_of(context: &Context, controller: &Controller, part: &str) -> Result<()> {
    until("the pool to say what is wrong", SOON, async || {
        let error = context.report(controller, "filter").await?.last_error;
        Ok(error.is_some_and(|error| error.contains(part)))
    })
    .await
    .with_context(|| format!("expected {part:?} in: {}", controller.log()))
}

/// Waits until a message to the pool's exchange comes back, because no queue takes it.
async fn unroutable(session: &mut Session, context: &Context) -> Result<()> {
    let exchange = context.vhost.name("warren.events");
    let mut publisher = session.publisher().await?;
    until("a message to come back", SOON, async || {
        let publish = publisher.publish_one(&exchange, "", Message::default(), Mandatory::Yes);
        Ok(matches!(publish.await?, Outcome::Returned { .. }))
    })
    .await
}

/// The log has this so many times.
fn said(controller: &Controller, what: &str, times: usize) -> Result<()> {
    let log = controller.log();
    let found = log.matches(what).count();
    ensure!(
        found == times,
        "{what:?} is said {found} times, not {times}:\n{log}"
    );
    Ok(())
}
