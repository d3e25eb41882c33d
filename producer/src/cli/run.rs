//! `warren-producer run`: from its flags to a plan, and from what came of it to an exit code.

use super::outputs::Outputs;
use super::prepared::{Prepared, scenario};
use super::values::{duration, duration_or_none, secret};
use super::virtual_users::VirtualUsersArguments;
use crate::load::finished::Finished;
use crate::load::monitor::Progress;
use crate::load::run::{self, Plan};
use crate::load::target::routing_key;
use crate::report::Confirms;
use anyhow::{Context as _, anyhow};
use broker::Endpoint;
use clap::Args;
use config::Secret;
use program::bars::Above;
use program::log::{self, LogFormat, Times};
use program::runtime::complete_on_two_threads;
use program::{Failure, Interrupts, print};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args, Debug)]
#[command(after_help = "\
Every message is due at an instant. One that is handed over more than 5 ms later is counted as
late, and its wait counts from when it was due. A message that was confirmed and never answered is
lost; one whose connection broke before its confirmation is sent again under the same id.

SIGINT or SIGTERM stops sending and reports soon after; a second one ends at once.

Example:
  warren-producer run --scenario reference --input book.txt --csv seconds.csv
  warren-producer run --scenario bursts --html run.html --fail-if \"p99 > 2s\"")]
pub(super) struct Arguments {
    /// A shipped scenario (see warren-producer scenarios), or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    scenario: String,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// Send the lines of this text file (UTF-8; empty lines are skipped), again and again
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Decide all that is left to chance by this, instead of by the scenario's seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The pool to send to, instead of the first one of the configuration
    #[arg(long, value_name = "NAME")]
    pool: Option<String>,
    /// Publish here, instead of to the pool's exchange
    #[arg(long, value_name = "NAME")]
    exchange: Option<String>,
    /// Publish with this, instead of with the pool's first routing key
    #[arg(long, value_name = "KEY")]
    routing_key: Option<String>,
    /// Declare the pool's exchange and work queue first, where they are missing
    #[arg(long, conflicts_with = "exchange")]
    declare: bool,
    /// Where RabbitMQ is; every user of this machine sees a command line, so set
    /// WARREN_BROKER_URL instead
    #[arg(long, value_name = "URL", value_parser = secret)]
    broker_url: Option<Secret>,
    #[command(flatten)]
    virtual_users: VirtualUsersArguments,
    /// Publish over so many connections; the rate stays the scenario's
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(1..=CONNECTIONS_MAX))]
    connections: u16,
    /// Ask the broker for no confirmations: faster, and what never arrived looks like what is lost
    #[arg(long)]
    no_confirms: bool,
    /// How long one of the clients waits for its answer before the message counts as timed out and
    /// the client sends its next
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    reply_timeout: Duration,
    /// How many messages may wait for their confirmation at once; when that many do, messages
    /// become late
    #[arg(long, value_name = "N", default_value_t = 2000,
          value_parser = clap::value_parser!(u16).range(1..=4000))]
    window: u16,
    /// How long nothing may happen, once all messages were due, before the run gives up; a broker
    /// that does not answer at the start gets as long
    #[arg(long, value_name = "TIME", default_value = "30s",
          value_parser = duration_or_none)]
    settle: Duration,
    #[command(flatten)]
    outputs: Outputs,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// RabbitMQ takes thousands, and beyond a few dozen they only cost.
const CONNECTIONS_MAX: i64 = 64;

pub(super) fn run(
    arguments: Arguments,
    config: Option<&Path>,
    format: LogFormat,
) -> Result<(), Failure> {
    let Prepared {
        loaded,
        pool,
        scenario,
        bodies,
    } = Prepared::load(
        config,
        arguments.broker_url,
        arguments.pool.as_deref(),
        || {
            let mut scenario = scenario(&arguments.scenario, arguments.input.as_deref())?;
            if let Some(seed) = arguments.seed {
                scenario.reseed(seed);
            }
            if let Some(load) = arguments.virtual_users.load() {
                scenario.load = load;
            }
            Ok(scenario)
        },
    )?;

    let progress = match arguments.quiet {
        true => Progress::none(),
        false => Progress::new(&scenario.load, format),
    };
    log::start(format, Times::Shown, Above(progress.bar()))?;
    let series = arguments.outputs.begin()?;

    let topology = &pool.topology;
    // Where messages go otherwise is the broker's business.
    let queue = (arguments.exchange.is_none() && arguments.routing_key.is_none())
        .then(|| topology.work_queue.clone());
    let exchange = arguments
        .exchange
        .unwrap_or_else(|| topology.exchange.clone());
    let routing_key = arguments
        .routing_key
        .unwrap_or_else(|| routing_key(topology));
    let endpoint = Endpoint::new(&loaded.config.broker);
    let (http, pool_name) = (&loaded.config.http, pool.name.as_str());
    let fleet = arguments.outputs.fleet(http.listen, pool_name);
    let played = scenario.description();
    let interrupts = Interrupts::default();
    let plan = |fleet| Plan {
        queue,
        declare: arguments.declare.then(|| topology.clone()),
        connections: NonZeroU16::new(arguments.connections).unwrap_or(NonZeroU16::MIN),
        confirms: match arguments.no_confirms {
            true => Confirms::Unwanted,
            false => Confirms::Awaited,
        },
        window: usize::from(arguments.window),
        reply_timeout: arguments.reply_timeout,
        settle: arguments.settle,
        series,
        fleet,
        progress,
        interrupts: interrupts.clone(),
        ..Plan::new(endpoint, exchange, routing_key, scenario, bodies)
    };
    let Finished {
        mut report,
        measured,
        series,
        ..
    } = complete_on_two_threads(async {
        // One thread sends and one takes replies.
        interrupts.listen()?;
        run::run(plan(fleet.await)).await
    })?;
    arguments.outputs.judge(&mut report);
    if arguments.json {
        print(&format!(
            "{}\n",
            report.json().context("write the report as JSON")?
        ))?;
    } else {
        print(&report.to_string())?;
    }
    let mut shortcomings = report.shortcomings();
    shortcomings.extend(arguments.outputs.end(series, &report, &measured, &played));
    match shortcomings.is_empty() {
        true => Ok(()),
        false => Err(anyhow!(shortcomings.join("; ")).into()),
    }
}
