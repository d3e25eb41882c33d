//! `warren-producer run`: from its flags to a plan, and from what came of it to an exit code.

use super::crowd::CrowdArguments;
use super::outputs::Outputs;
use super::{duration, duration_or_none, pool, print, secret};
use crate::interrupts::Interrupts;
use crate::load::payload::Bodies;
use crate::load::run::{self, Confirms, Finished, Plan};
use crate::load::scenario::{Payload, Scenario};
use crate::progress::Progress;
use anyhow::{Context as _, anyhow};
use broker::Endpoint;
use clap::Args;
use config::{Config, Environment, Secret};
use program::Failure;
use program::bars::Above;
use program::log::{self, LogFormat, Times};
use std::num::NonZeroU16;
use std::path::PathBuf;
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
    crowd: CrowdArguments,
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

/// Carries it out.
pub(super) fn run(
    arguments: Arguments,
    config: Option<PathBuf>,
    format: LogFormat,
) -> Result<(), Failure> {
    let bad = |error: anyhow::Error| Failure::Configuration(error);
    let mut environment = Environment::from_process();
    if let Some(url) = arguments.broker_url {
        environment.broker_url = Some(url);
    }
    let loaded = Config::load_or_shipped(config.as_deref(), &environment)
        .map_err(|error| bad(error.into()))?;
    let pool = pool(&loaded.config, arguments.pool.as_deref()).map_err(bad)?;
    let mut scenario = Scenario::find(&arguments.scenario).map_err(|error| bad(error.into()))?;
    if let Some(input) = arguments.input {
        scenario.payload = Payload::Lines(input);
    }
    if let Some(seed) = arguments.seed {
        scenario.reseed(seed);
    }
    if let Some(load) = arguments.crowd.load() {
        scenario.load = load;
    }
    let bodies =
        Bodies::load(&scenario.payload, scenario.seed).map_err(|error| bad(error.into()))?;

    let progress = match arguments.quiet {
        true => Progress::none(),
        false => Progress::new(&scenario.load, format),
    };
    log::start(format, Times::Shown, Above(progress.bar()))?;
    let series = arguments.outputs.begin()?;

    let topology = &pool.topology;
    let first_key = || {
        // The default exchange delivers to the queue that has the key for a name.
        if topology.exchange.is_empty() {
            return topology.work_queue.clone();
        }
        topology.routing_keys.first().cloned().unwrap_or_default()
    };
    // Where messages go otherwise is the broker's business.
    let queue = (arguments.exchange.is_none() && arguments.routing_key.is_none())
        .then(|| topology.work_queue.clone());
    let exchange = arguments
        .exchange
        .unwrap_or_else(|| topology.exchange.clone());
    let routing_key = arguments.routing_key.unwrap_or_else(first_key);
    let endpoint = Endpoint::new(&loaded.config.broker);
    let (http, pool_name) = (&loaded.config.http, pool.name.as_str());
    let fleet = arguments.outputs.fleet(http.listen, pool_name);
    let played = scenario.clone();
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
    // One thread sends and one takes replies, so that neither waits for the other.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the runtime")?;
    let Finished {
        mut report,
        measured,
        series,
        ..
    } = runtime.block_on(async {
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
