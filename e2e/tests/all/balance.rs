//! A pool whose arrivals nothing counts: they follow from the balance of its backlog.

use crate::bursts::ready_workers;
use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use testbed::poll::{until, until_some};
use testbed::process;

const BALANCE: &str = "arrivals = \"balance\"\nexchange = \"\"";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "balance::a_pool_on_the_default_exchange_is_answered_whole_and_goes_home",
            balanced,
        ),
        Test::in_a_vhost(
            "balance::killed_workers_lose_nothing_and_the_others_go_home",
            killed_workers,
        ),
    ]
}

async fn balanced(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", BALANCE)])?;
    let controller = context.controller(&config).await?;
    let outcome = context.producer(&config, 400, 4)?.outcome().await?;
    context.all_answered(&outcome, 1600).await?;
    until("the workers to go home", SOON, async || {
        Ok(context.report(&controller, "filter").await?.workers.all() == 0)
    })
    .await?;
    let pool = context.report(&controller, "filter").await?;
    ensure!(pool.totals.workers_peak > 0, "nobody worked: {pool:#?}");
    ensure!(pool.totals.arrivals == 0, "something counts: {pool:#?}");
    controller.stop().await
}

/// What a killed worker had completed since its last report is missing from the balance; what it
/// held comes back as backlog that never arrived anew.
async fn killed_workers(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", BALANCE)])?;
    let controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    let mut killed = Vec::new();
    for _ in 0..4 {
        let victim = until_some("a ready worker to kill", SOON, async || {
            let mut ready = ready_workers(context, &controller).await?;
            ready.retain(|pid| !killed.contains(pid));
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
    until("the workers to go home", SOON, async || {
        Ok(context.report(&controller, "filter").await?.workers.all() == 0)
    })
    .await?;
    controller.stop().await
}
