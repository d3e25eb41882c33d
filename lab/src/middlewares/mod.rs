//! `make middlewares`: the filter and the insult service through five middlewares, in one run on one
//! machine, and what came of it as tables and a picture in docs/middlewares.md.
//!
//! Never a test: what a machine reaches depends on the machine. But every answer is compared with
//! what it must be, and a case that lost one shows that instead of a rate.

mod case;
mod chart;
mod clients;
mod nodes;
mod page;
mod plan;
mod redis;

pub use case::{Call, Case, Measured, Middleware, Rate, Work};
pub use clients::rate_of;
pub use nodes::{Nodes, Place};
pub use redis::Redis;

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;
use testbed::broker_in_use::Vhost;
use testbed::guard::Guard;
use testbed::node::Node;
use testbed::programs::{Programs, checkout};

/// Long enough that a second's hiccup is not all that is seen, and short enough for the whole run to
/// stay under six minutes.
const CASE_TIME: Duration = Duration::from_secs(2);

/// The page that the tables are written into.
fn page_file() -> PathBuf {
    checkout().join("docs/middlewares.md")
}

/// Measures every case, calls `progress` with a line for each, and writes page and picture. Stops all that it
/// started.
pub async fn run(
    guard: &Guard,
    programs: &Programs,
    directory: &Path,
    progress: &mut impl FnMut(&str),
) -> Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    let redis = Redis::start(guard, &directory.join("redis")).await?;
    let node = Node::start(guard, &directory.join("rabbitmq")).await?;
    let vhost = Vhost::of_node(&node, "middlewares").await?;
    let place = Place {
        guard,
        programs,
        vhost: &vhost,
        redis: Some(redis.address()),
        directory,
        part: "middlewares",
    };
    let measured = measure(&place, progress).await;
    let machine = page::Machine::of(&place, &node).await;
    guard.kill_survivors(place.part);
    redis.stop().await?;
    node.stop(guard).await?;
    let measured = measured?;
    page::write(&page_file(), &machine?, &measured)?;
    chart::draw(&checkout().join("docs/images/middlewares.svg"), &measured)
}

async fn measure(place: &Place<'_>, progress: &mut impl FnMut(&str)) -> Result<Vec<Measured>> {
    let rounds = plan::rounds();
    let cases: usize = rounds.iter().map(|round| round.clients.len()).sum();
    let mut measured = Vec::with_capacity(cases);
    for (number, round) in rounds.iter().enumerate() {
        let mut nodes = Nodes::start(place, round.case(1), number).await;
        for &clients in round.clients {
            let case = round.case(clients);
            let rate = match &nodes {
                Ok(nodes) => rate_of(place, nodes, case, CASE_TIME).await?,
                Err(error) => Rate::Failed(format!("{error:#}")),
            };
            let done = measured.len() + 1;
            progress(&format!("{done:>3}/{cases} {case}: {rate}"));
            measured.push(Measured { case, rate });
        }
        if let Ok(nodes) = &mut nodes {
            nodes.stop().await?;
        }
    }
    Ok(measured)
}
