//! `warren-producer probe`: from its flags to a probe, and from what was found to a page, an object
//! or an error.

use super::prepared::Prepared;
use super::values::{duration, secret};
use crate::load::target::routing_key;
use crate::probe::advice::{Advice, workers};
use crate::probe::findings::Findings;
use crate::probe::live::{self, Target};
use crate::probe::procedure::{Known, Limits};
use crate::probe::question::Question;
use crate::probe::record::Record;
use crate::probe::row::Row;
use crate::probe::{self, Audience, Busy, round_trip};
use anyhow::{Context as _, anyhow};
use broker::Endpoint;
use clap::Args;
use config::{Secret, Topology};
use indicatif::ProgressBar;
use program::bars::{self, Above};
use program::log::{self, LogFormat, Times};
use program::runtime::complete_on_two_threads;
use program::{Failure, Interrupts, print};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use traffic::Rate;

/// Between two turns of the bar's clock.
const BAR_EVERY: Duration = Duration::from_millis(200);

#[derive(Args, Debug)]
#[command(after_help = "\
It sends real messages to the live queue: one at a time, then by more and more clients until nothing
is gained, then at even rates just below and just above what the fleet can do. Workers treat them as
any others. The fleet should do nothing else and keep its size meanwhile: under warren-controller,
set min = max.

Workers have to answer to reply_to with the message's correlation_id.

SIGINT or SIGTERM stops it; nothing is left behind.

Example:
  warren-producer probe --for 30s
  warren-producer probe --queue tasks --input tasks.txt --json")]
pub(super) struct Arguments {
    /// The pool to probe, instead of the first one of the configuration
    #[arg(long, value_name = "NAME", conflicts_with = "queue")]
    pool: Option<String>,
    /// Probe the consumers of this queue, whosever they are; messages go straight to it
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// Send the lines of this text file (UTF-8; empty lines are skipped), again and again
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// How long it may take, about: more time, narrower intervals
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = time)]
    time: Duration,
    /// Bring about no more messages per second than this
    #[arg(long, value_name = "N", default_value = "10000", value_parser = rate)]
    max_rate: Rate,
    /// Have no more messages unanswered at once than this
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(2..=10_000))]
    max_clients: u32,
    /// How long an answer may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    patience: Duration,
    /// The rate that the fleet is to carry: max is worked out for it
    #[arg(long, value_name = "RATE", value_parser = rate)]
    peak: Option<Rate>,
    /// Probe even though messages wait in the queue
    #[arg(long)]
    force: bool,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    /// Where RabbitMQ is; every user of this machine sees a command line, so set
    /// WARREN_BROKER_URL instead
    #[arg(long, value_name = "URL", value_parser = secret)]
    broker_url: Option<Secret>,
}

/// Below this, no step would be longer than its own beginning.
const TIME_MIN: Duration = Duration::from_secs(5);

fn time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        short if short < TIME_MIN => Err("is less than 5 s, which shows nothing".to_owned()),
        time => Ok(time),
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    let number: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    match Rate::try_new(number) {
        Ok(Rate::ZERO) => Err("is no rate to probe at".to_owned()),
        Ok(rate) => Ok(rate),
        Err(error) => Err(error.to_string()),
    }
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
        || Ok(live::scenario(arguments.input.as_deref())),
    )?;
    let (exchange, routing_key, work_queue) = address(arguments.queue.as_deref(), &pool.topology);
    let target = Target {
        endpoint: Endpoint::new(&loaded.config.broker),
        exchange,
        routing_key,
        work_queue,
        scenario,
        bodies,
        patience: arguments.patience,
        interrupts: Interrupts::default(),
    };
    let limits = Limits {
        time: arguments.time,
        rate_max: arguments.max_rate,
        clients_max: arguments.max_clients,
    };
    let busy = match arguments.force {
        true => Busy::Accepted,
        false => Busy::Refused,
    };
    let mut screen = Screen::new(arguments);
    log::start(format, Times::Shown, Above(screen.bar.clone()))?;
    let found = complete_on_two_threads(async {
        target.interrupts.listen()?;
        let looking = async {
            let status = probe::look_first(&target, busy).await?;
            anyhow::Ok(Known {
                consumers: status.consumers,
                round_trip_seconds: round_trip::measure(&target.endpoint).await?.as_secs_f64(),
            })
        };
        let Some(known) = target.interrupts.stop.run_until_cancelled(looking).await else {
            return Ok(None);
        };
        let known = known?;
        screen.announce(&target, &known, &limits);
        probe::probe(&target, known, limits, &mut screen).await
    });
    screen.finish();
    let Some((findings, rows)) = found? else {
        return Err(anyhow!("interrupted before anything was certain").into());
    };
    let advice = Advice::of(&findings, arguments.peak.map(Rate::per_second));
    match arguments.json {
        true => {
            let record = Record::new(&target.work_queue, &findings, advice.as_ref(), &rows);
            let json = serde_json::to_string(&record).context("write the findings as JSON")?;
            print(&format!("{json}\n"))
        }
        false => print(&page(&findings, advice.as_ref())),
    }
}

/// The exchange and the routing key that lead to a queue, and the queue: one of that name, or else the
/// pool's.
fn address(queue: Option<&str>, topology: &Topology) -> (String, String, String) {
    match queue {
        // The default exchange delivers to the queue that has the key for a name.
        Some(queue) => (String::new(), queue.to_owned(), queue.to_owned()),
        None => (
            topology.exchange.clone(),
            routing_key(topology),
            topology.work_queue.clone(),
        ),
    }
}

/// What follows the table of steps.
fn page(findings: &Findings, advice: Option<&Advice>) -> String {
    match advice {
        Some(advice) => format!("\n{findings}\nFor config.toml:\n\n{advice}"),
        None => {
            format!("\n{findings}\nNo lines for config.toml follow: the capacity was not seen.\n")
        }
    }
}

/// Shows a probe as it goes on: its steps on stdout unless that is for machines, a bar on stderr
/// where somebody watches.
struct Screen {
    bar: Option<ProgressBar>,
    table: Table,
}

/// Whether steps are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Printed,
    None,
}

impl Screen {
    fn new(arguments: &Arguments) -> Self {
        let wanted = !arguments.quiet && std::io::stderr().is_terminal();
        let bar = wanted.then(|| {
            let bar = bars::bar(100, "{elapsed_precise} [{bar:30}] {msg}");
            bar.enable_steady_tick(BAR_EVERY);
            bar
        });
        let table = match arguments.json {
            true => Table::None,
            false => Table::Printed,
        };
        Self { bar, table }
    }

    /// Says what is about to be done to whom.
    fn announce(&self, target: &Target, known: &Known, limits: &Limits) {
        self.line(&format!(
            "Probing the {} of queue {} for about {}: up to {} messages at once, up to {}.",
            workers(known.consumers),
            target.work_queue,
            humantime::format_duration(limits.time),
            limits.clients_max,
            limits.rate_max,
        ));
        self.line(&format!(
            "The round trip takes {:.2} ms, and is left out below.\n",
            known.round_trip_seconds * 1e3
        ));
        self.line(&Row::heading());
    }

    fn line(&self, line: &str) {
        if self.table == Table::None {
            return;
        }
        let print = || {
            if let Err(failure) = print(&format!("{line}\n")) {
                tracing::debug!(%failure, "a line of the table is not shown");
            }
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Audience for Screen {
    fn begins(&mut self, question: Question, spent_share: f64) {
        let Some(bar) = &self.bar else { return };
        // A share of the time; the bar has a hundred parts.
        bar.set_position(crate::probe::procedure::percent(spent_share));
        bar.set_message(question.to_string());
    }

    fn ended(&mut self, row: &Row) {
        self.line(&row.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_too_short_to_show_anything_is_refused() {
        assert_eq!(time("30s"), Ok(Duration::from_secs(30)));
        assert!(time("4s").is_err_and(|error| error.contains("5 s")));
        assert!(time("soon").is_err());
    }

    #[test]
    fn a_rate_is_a_number_above_zero() {
        assert_eq!(rate("2.5"), Ok(Rate::try_new(2.5).unwrap()));
        for text in ["0", "-1", "fast"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
