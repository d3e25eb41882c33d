//! Whatever is killed or stopped in a burst, every message that was confirmed is answered.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testbed::controller::Controller;
use testbed::node::Node;
use testbed::poll::{until, until_some};
use testbed::process;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "bursts::a_burst_is_answered_and_the_fleet_goes_home",
            answered,
        ),
        Test::in_a_vhost("bursts::killed_workers_lose_nothing", killed_workers),
        Test::in_a_vhost(
            "bursts::a_killed_controller_is_followed_by_another",
            killed_controller,
        ),
        Test::in_a_vhost(
            "bursts::a_stopped_controller_leaves_no_worker",
            stopped_controller,
        ),
        Test::alone("bursts::a_restarted_broker_loses_nothing", restarted_broker),
    ]
}

async fn answered(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let outcome = context.producer(&config, 400, 4)?.outcome().await?;
    context.all_answered(&outcome, 1600).await?;
    ensure!(
        outcome.duplicated == 0,
        "nothing broke, yet there are duplicates: {outcome:#?}"
    );
    let peak = context
        .report(&controller, "filter")
        .await?
        .totals
        .workers_peak;
    ensure!(
        (3..=4).contains(&peak),
        "400 messages/s at 150 each took {peak} workers"
    );
    until("the workers to go home", SOON, async || {
        Ok(context.report(&controller, "filter").await?.workers.all() == 0)
    })
    .await?;
    let arrivals = context.report(&controller, "filter").await?.totals.arrivals;
    ensure!(arrivals == 1600, "{arrivals} of 1600 arrivals were counted");
    controller.stop().await
}

async fn killed_workers(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    let mut killed = Vec::new();
    for _ in 0..3 {
        let victim = until_some("a ready worker to kill", SOON, async || {
            let mut ready = ready_workers(context, &controller).await?;
            ready.retain(|pid| !killed.contains(pid));
            // One that has been there for a moment holds messages.
            Ok(if ready.len() >= 2 {
                ready.first().copied()
            } else {
                None
            })
        })
        .await?;
        process::signal_pid(victim, Signal::SIGKILL)?;
        killed.push(victim);
    }
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    controller.stop().await
}

async fn killed_controller(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let mut controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    let left = until_some("two ready workers", SOON, async || {
        let ready = ready_workers(context, &controller).await?;
        Ok((ready.len() >= 2).then_some(ready))
    })
    .await?;
    controller.signal(Signal::SIGKILL)?;
    controller.wait(SOON).await?;
    for pid in &left {
        ensure!(is_alive(*pid), "worker {pid} ended with its controller");
    }
    // The next one finds them, drains them, and has workers of its own.
    let controller = context.controller(&config).await?;
    until(
        "the workers of the killed controller to end",
        SOON,
        async || Ok(!left.iter().any(|pid| is_alive(*pid))),
    )
    .await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    controller.stop().await
}

async fn stopped_controller(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    until("two ready workers", SOON, async || {
        Ok(ready_workers(context, &controller).await?.len() >= 2)
    })
    .await?;
    controller.stop().await?;
    let left = context.workers();
    ensure!(
        left.is_empty(),
        "workers outlive a stopped controller: {left:#?}"
    );
    let controller = context.controller(&config).await?;
    until("a ready worker", SOON, async || {
        Ok(!ready_workers(context, &controller).await?.is_empty())
    })
    .await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    ensure!(
        outcome.duplicated == 0,
        "an orderly stop makes no duplicates: {outcome:#?}"
    );
    controller.stop().await
}

async fn restarted_broker(context: &Context, node: &mut Node) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    until("two ready workers", SOON, async || {
        Ok(ready_workers(context, &controller).await?.len() >= 2)
    })
    .await?;
    node.shut_down().await?;
    // The rate goes on as last known through the outage; only a count says that something came.
    let before = context.report(&controller, "filter").await?.totals.arrivals;
    until(
        "the controller to say that it is not ready",
        SOON,
        async || Ok(controller.status("/readyz").await? == 503),
    )
    .await?;
    node.start_again(&context.suite.guard).await?;
    controller.ready().await?;
    until("messages after the restart", SOON, async || {
        let pool = context.report(&controller, "filter").await?;
        Ok(pool.totals.arrivals > before)
    })
    .await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    controller.stop().await
}

pub(crate) async fn ready_workers(context: &Context, controller: &Controller) -> Result<Vec<i32>> {
    let pool = context.report(controller, "filter").await?;
    Ok(pool
        .fleet
        .into_iter()
        .filter(|worker| worker.state == "ready")
        .filter_map(|worker| worker.pid)
        .collect())
}

/// Signal 0 asks only whether the process is there. A zombie would answer too, but nobody here is
/// these workers' parent but the controller, which reaps them, or init.
fn is_alive(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}
