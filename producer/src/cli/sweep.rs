//! `warren-producer sweep`: from its flags to a grid and its fleets, and from the results to tables
//! and files.

use super::file::{can_be_written, write_wanted};
use super::prepared::{Prepared, scenario};
use super::values::{duration, secret};
use crate::sweep::fleet::Maker;
use crate::sweep::fleet_config::FleetConfig;
use crate::sweep::grid::{Grid, Rows};
use crate::sweep::metric::Metric;
use crate::sweep::numbers::Numbers;
use crate::sweep::play::Requested;
use crate::sweep::progress::Progress;
use crate::sweep::record::{self, Ending};
use crate::sweep::results::Results;
use crate::sweep::runner::{Sweep, WarmUp};
use crate::sweep::tls_url::tls_url;
use crate::sweep::{heat_map, supervisor, table};
use anyhow::{Context as _, anyhow};
use broker::{Endpoint, Session};
use clap::Args;
use config::{Broker, Loaded, Pool, Secret, Transport};
use program::bars::Above;
use program::log::{self, LogFormat, Times};
use program::runtime::complete_on_two_threads;
use program::{Failure, Interrupts, print};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// As many as a pool can have.
const WORKERS_MAX: u32 = 1000;

/// More clients than one process can play without becoming the bottleneck itself.
const CLIENTS_MAX: u32 = 10_000;

/// Each request of a cell is remembered until the cell is done, in 72 bytes.
const REQUESTS_MAX: u32 = 1_000_000;

/// Where nothing is said: enough that a fleet of twenty does not end within a blink.
const REQUESTS_DEFAULT: u32 = 1000;

/// More plays than this don't make the median any better.
const REPEAT_MAX: i64 = 100;

#[derive(Args, Debug)]
#[command(after_help = "\
N is a number, a list or a range: 4 or 2,4,10 or 14..20 (20 included) or 1..10:2 (every second
one). Each cell plays that many clients, who each wait for their reply before they send the next
request, against a fleet of exactly that many workers: a controller of the sweep's own, with queues
of its own, which are deleted at the end. A live system is not touched.

Examples:
  warren-producer sweep --workers 14..20 --clients 2,4,5,10,20 --requests 1000
  warren-producer sweep --workers 3 --messages 1000,5000 --clients 100,200,300,500,1000
  warren-producer sweep --workers 1,2,3 --clients 20 --svg speed-up.svg
  warren-producer sweep --workers 2 --clients 4,8 --tls --command 'warren-worker filter'")]
pub(super) struct Arguments {
    /// The fleets' sizes, a row each; with --messages one size, the pool's max where this is missing
    #[arg(long, value_name = "N", required_unless_present = "messages")]
    workers: Option<Numbers>,
    /// How many clients, a column each
    #[arg(long, value_name = "N")]
    clients: Numbers,
    /// How many requests the clients of a cell send in all [default: 1000]
    #[arg(long, value_name = "M", conflicts_with = "messages")]
    requests: Option<Numbers>,
    /// The same, a row each, against one fleet
    #[arg(long, value_name = "M")]
    messages: Option<Numbers>,
    /// Play each cell over amqps:// too, and show what TLS costs
    #[arg(long)]
    tls: bool,
    /// Where RabbitMQ answers over TLS, instead of on port 5671 of the same host, as
    /// amqps://HOST:PORT; login and virtual host are those in clear
    #[arg(long, value_name = "URL", requires = "tls", value_parser = secret)]
    tls_url: Option<Secret>,
    /// What the tables and the heat map show; all of it is in the files
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["rate", "p95"])]
    metric: Vec<Metric>,
    /// Play every cell so often, one round after the other, and show the median
    #[arg(long, value_name = "TIMES", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(1..=REPEAT_MAX))]
    repeat: u16,
    /// Requests that each fleet answers before its first cell and that no figure counts [default:
    /// one for each worker]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    warm_up: Option<u32>,
    /// Run these workers, instead of those of the pool; quotes work as in a shell, nothing else does
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Send what this scenario sends: shipped, or a TOML file; its load is not played
    #[arg(long, value_name = "NAME|FILE", default_value = "reference")]
    scenario: String,
    /// Send the lines of this text file (UTF-8; empty lines are skipped), again and again
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The pool whose workers are swept, instead of the first one of the configuration
    #[arg(long, value_name = "NAME")]
    pool: Option<String>,
    /// Where RabbitMQ is; every user of this machine sees a command line, so set
    /// WARREN_BROKER_URL instead
    #[arg(long, value_name = "URL", value_parser = secret)]
    broker_url: Option<Secret>,
    /// How long a fleet may take to start, and how long a client waits for each reply, before a cell
    /// has failed
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    settle: Duration,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// Write the cells to this file, a row each
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw a heat map into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(
    arguments: &Arguments,
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
        arguments.broker_url.clone(),
        arguments.pool.as_deref(),
        || scenario(&arguments.scenario, arguments.input.as_deref()),
    )?;
    let brokers = brokers(arguments, &loaded.config.broker)?;
    let grid = grid(arguments, &pool, &brokers).map_err(Failure::Usage)?;
    let fleet_config = fleet_config(arguments, &loaded, &pool)?;

    let plays = grid.len() * usize::from(arguments.repeat);
    let progress = match arguments.quiet {
        true => Progress::none(),
        false => Progress::new(plays as u64),
    };
    log::start(format, Times::Shown, Above(progress.bar()))?;
    for path in [&arguments.csv, &arguments.svg].into_iter().flatten() {
        can_be_written(path)?;
    }
    let maker = Maker {
        fleet_config,
        controller: supervisor::find_program("warren-controller")?,
        supervisor: std::env::current_exe().context("find the path of this program")?,
        cleanup: scenario.cleanup.clone(),
        start_max: arguments.settle,
    };
    let sweep = Sweep {
        maker,
        brokers,
        requested: Requested {
            scenario,
            bodies,
            settle: arguments.settle,
        },
        warm_up: arguments
            .warm_up
            .map_or(WarmUp::OnePerWorker, WarmUp::Requests),
        rounds: usize::from(arguments.repeat),
        interrupts: Interrupts::default(),
        progress,
    };
    let (results, ending) = complete_on_two_threads(play(sweep, grid))?;
    report(arguments, &results, ending)
}

/// Looks whether all that is needed is there, and plays.
async fn play(sweep: Sweep, grid: Grid) -> anyhow::Result<(Results, Ending)> {
    sweep.interrupts.listen()?;
    for (transport, broker) in &sweep.brokers {
        can_be_reached(*transport, broker).await?;
    }
    let largest = grid.places().map(|place| grid.cell(place).workers).max();
    for (_, broker) in &sweep.brokers {
        sweep.maker.check(broker, largest.unwrap_or(1)).await?;
    }
    Ok(sweep.play(grid).await)
}

async fn can_be_reached(transport: Transport, broker: &Broker) -> anyhow::Result<()> {
    let endpoint = Endpoint::new(broker);
    let opened = Session::open(&endpoint, "warren-producer/sweep").await;
    let session = opened.with_context(|| match transport {
        Transport::Plain => format!("can't sweep at {}", broker.url),
        Transport::Tls => format!(
            "can't sweep over TLS at {}; say where RabbitMQ answers over TLS with --tls-url, and who \
             signed its certificate with broker.ca_file",
            broker.url
        ),
    })?;
    session.close().await;
    Ok(())
}

fn grid(
    arguments: &Arguments,
    users: &Pool,
    brokers: &[(Transport, Broker)],
) -> Result<Grid, String> {
    let at_most = |flag: &str, numbers: &Numbers, most: u32| match numbers.largest() {
        largest if largest > most => Err(format!("{flag} {largest}: {most} is the most")),
        _ => Ok(()),
    };
    at_most("--clients", &arguments.clients, CLIENTS_MAX)?;
    if let Some(workers) = &arguments.workers {
        at_most("--workers", workers, WORKERS_MAX)?;
    }
    let rows = match &arguments.messages {
        Some(messages) => {
            at_most("--messages", messages, REQUESTS_MAX)?;
            let several = "--workers has to be one number where --messages makes the rows";
            Rows::Requests {
                requests: messages.clone(),
                workers: match &arguments.workers {
                    Some(workers) => workers.only().ok_or(several)?,
                    None => users.scaling.limits.max,
                },
            }
        }
        None => {
            let requests = arguments.requests.clone();
            let requests = requests.unwrap_or_else(|| REQUESTS_DEFAULT.into());
            at_most("--requests", &requests, REQUESTS_MAX)?;
            let several = "--requests has to be one number; --messages makes rows of several";
            Rows::Workers {
                workers: arguments.workers.clone().ok_or("--workers is missing")?,
                requests: requests.only().ok_or(several)?,
            }
        }
    };
    let transports = brokers.iter().map(|(transport, _)| *transport).collect();
    Grid::new(rows, arguments.clients.clone(), transports).map_err(|error| error.to_string())
}

/// Where RabbitMQ is, over each transport that is asked for.
fn brokers(arguments: &Arguments, broker: &Broker) -> Result<Vec<(Transport, Broker)>, Failure> {
    let mut brokers = vec![(broker.url.transport(), broker.clone())];
    if !arguments.tls {
        return Ok(brokers);
    }
    if broker.url.transport() == Transport::Tls {
        return Err(Failure::Usage(format!(
            "--tls compares amqps:// with amqp://, and the broker's URL is {}; name the one in \
             clear in WARREN_BROKER_URL, and this one with --tls-url",
            broker.url
        )));
    }
    let usage = |error| Failure::Usage(format!("--tls-url: {error}"));
    let said = arguments.tls_url.as_ref().map(Secret::expose);
    let url = tls_url(&broker.url, said).map_err(usage)?;
    if url.transport() == Transport::Plain {
        return Err(Failure::Usage(format!("--tls-url: {url} is not amqps://")));
    }
    let ca_file = broker.ca_file.clone();
    brokers.push((Transport::Tls, Broker { url, ca_file }));
    Ok(brokers)
}

fn fleet_config(
    arguments: &Arguments,
    loaded: &Loaded,
    users: &Pool,
) -> Result<FleetConfig, Failure> {
    let command = match &arguments.command {
        None => None,
        Some(command) => match shlex::split(command) {
            Some(words) if !words.is_empty() => Some(words),
            Some(_) => return Err(Failure::Usage("--command names no program".to_owned())),
            None => {
                let open = format!("--command {command}: a quote is not closed");
                return Err(Failure::Usage(open));
            }
        },
    };
    let mut pools = loaded.config.pools.iter();
    let index = pools.position(|pool| pool.name == users.name);
    Ok(FleetConfig::new(
        loaded,
        index.unwrap_or_default(),
        command.as_deref(),
    ))
}

fn report(arguments: &Arguments, results: &Results, ending: Ending) -> Result<(), Failure> {
    if arguments.json {
        let json = record::json(results, ending).context("write the result as JSON")?;
        print(&format!("{json}\n"))?;
    } else {
        print(&table::write(results, &arguments.metric))?;
    }
    let (cells, failed) = (results.grid().len(), results.failures().len());
    let played = cells - results.not_played();
    let shortcoming = match ending {
        Ending::Interrupted => Err(anyhow!(
            "interrupted: {played} of {cells} cells were played"
        )),
        Ending::Finished if failed > 0 => Err(anyhow!(
            "{failed} of {cells} cells failed: the result says why"
        )),
        Ending::Finished => Ok(()),
    };
    let csv = || {
        let mut rows = Vec::new();
        record::csv(results, &mut rows)?;
        Ok(rows)
    };
    // Where nothing was played there is nothing to write, and an older result stays.
    let wanted = |path: &'_ Option<PathBuf>| path.clone().filter(|_| played > 0);
    let written = [
        shortcoming,
        write_wanted(wanted(&arguments.csv).as_deref(), "cells", csv),
        write_wanted(wanted(&arguments.svg).as_deref(), "heat map", || {
            heat_map::draw(results, &arguments.metric)
        }),
    ];
    let failed = written.into_iter().filter_map(Result::err);
    let shortcomings: Vec<String> = failed.map(|error| format!("{error:#}")).collect();
    match shortcomings.is_empty() {
        true => Ok(()),
        false => Err(anyhow!(shortcomings.join("; ")).into()),
    }
}
