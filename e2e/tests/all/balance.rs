//! A pool whose arrivals nothing counts: they follow from the balance of its backlog.

use crate::context::Context;
use crate::harness::Test;
use anyhow::{Result, ensure};
use e2e::poll::until;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

pub(crate) fn tests() -> Vec<Test> {
    vec![Test::in_a_corner(
        "balance::a_pool_on_the_default_exchange_is_answered_whole_and_goes_home",
        balanced,
    )]
}

async fn balanced(context: &Context) -> Result<()> {
    let changes = "arrivals = \"balance\"\nexchange = \"\"";
    let config = context.config(vec![context.pool("filter", changes)])?;
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
