//! `make middlewares`: the filter and the insult service through five middlewares, in one run on one
//! machine, and what came of it as tables and a picture in docs/middlewares.md.
//!
//! Never a test: what a machine reaches depends on the machine. But every answer is compared with
//! what it must be, and a cell that lost one shows that instead of a rate.

mod cell;
mod chart;
mod nodes;
mod page;
mod plan;
mod players;
mod redis;

pub use cell::{Call, Cell, Measured, Middleware, Rate, Work};
pub use nodes::{Nodes, Place};
pub use players::play;
pub use redis::Redis;

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;
use testbed::broker_in_use::Corner;
use testbed::guard::Guard;
use testbed::node::Node;
use testbed::programs::{Programs, checkout};

/// Long enough that a second's hiccup is not all that is seen, and short enough for the whole run to
/// stay under six minutes.
const CELL: Duration = Duration::from_secs(2);

/// The page that the tables are written into.
fn page_file() -> PathBuf {
    checkout().join("docs/middlewares.md")
}

/// Measures every cell, tells `said` a line for each, and writes page and picture. Stops all that it
/// started.
///
/// # Errors
/// When something can't be started, or the page can't be written.
pub async fn run(
    guard: &Guard,
    programs: &Programs,
    directory: &Path,
    said: &mut impl FnMut(&str),
) -> Result<()> {
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    let redis = Redis::start(guard, &directory.join("redis")).await?;
    let node = Node::start(guard, &directory.join("rabbitmq")).await?;
    let corner = Corner::of_node(&node, "middlewares").await?;
    let place = Place {
        guard,
        programs,
        corner: &corner,
        redis: Some(redis.address()),
        directory,
        part: "middlewares",
    };
    let measured = measure(&place, said).await;
    let machine = page::Machine::of(&place, &node).await;
    guard.kill_survivors(place.part);
    redis.stop().await?;
    node.stop(guard).await?;
    let measured = measured?;
    page::write(&page_file(), &machine?, &measured)?;
    chart::draw(&checkout().join("docs/images/middlewares.svg"), &measured)
}

async fn measure(place: &Place<'_>, said: &mut impl FnMut(&str)) -> Result<Vec<Measured>> {
    let rounds = plan::rounds();
    let cells: usize = rounds.iter().map(|round| round.clients.len()).sum();
    let mut measured = Vec::with_capacity(cells);
    for (number, round) in rounds.iter().enumerate() {
        let mut nodes = Nodes::start(place, round.cell(1), number).await;
        for &clients in round.clients {
            let cell = round.cell(clients);
            let rate = match &nodes {
                Ok(nodes) => play(place, nodes, cell, CELL).await?,
                Err(error) => Rate::Failed(format!("{error:#}")),
            };
            let done = measured.len() + 1;
            said(&format!("{done:>3}/{cells} {cell}: {rate}"));
            measured.push(Measured { cell, rate });
        }
        if let Ok(nodes) = &mut nodes {
            nodes.stop().await?;
        }
    }
    Ok(measured)
}
