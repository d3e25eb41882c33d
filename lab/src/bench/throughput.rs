//! The filter worker, without work time, beside consumers that one writes first: the same messages,
//! the same broker, one after the other. All are measured from outside, at the queue of the results.

use super::figure::{Figure, Target};
use super::place::Place;
use anyhow::{Context, Result, ensure};
use broker::{Mandatory, Message, Outcome, Persistence, Properties, Publisher, Session, topology};
use std::path::Path;
use std::time::{Duration, Instant};
use testbed::poll::until_some;
use testbed::process;
use testbed::programs::checkout;
use tokio::process::Command;

/// The messages that the filter worker and the lapin loop have in flight.
const PREFETCH: u16 = 250;
/// They take turns, and the median counts: a shared machine has better and worse seconds.
const ROUNDS: usize = 5;
/// The first results are left out: a consumer that has just started is not what is measured.
const WARM_UP_RATIO: u64 = 10;
const WITHIN: Duration = Duration::from_secs(120);
/// Published before their confirmations are waited for.
const WINDOW: usize = 1_000;

/// What takes the messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consumer {
    Filter,
    Pika,
    /// pika that waits for the confirmation of each result.
    PikaConfirmed,
    /// lapin that waits for the confirmation of each result, many at a time.
    LapinConfirmed,
}

/// What a consumer is given to do.
#[derive(Clone, Copy)]
struct Load {
    persistence: Persistence,
    messages: u64,
}

pub(super) async fn filter_and_others(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config(&format!("prefetch = {PREFETCH}\n"))?;
    let mut figures = Vec::new();
    let mut worker_megabytes = 0.0_f64;
    for (kind, persistence, others) in [
        ("transient", Persistence::Transient, &[Consumer::Pika][..]),
        (
            "persistent",
            Persistence::Persistent,
            &[
                Consumer::Pika,
                Consumer::PikaConfirmed,
                Consumer::LapinConfirmed,
            ][..],
        ),
    ] {
        let mut filter = Vec::new();
        let mut rates = vec![Vec::new(); others.len()];
        for _ in 0..ROUNDS {
            let (rate, megabytes) = Consumer::Filter.rate(bench, &config, persistence).await?;
            filter.push(rate);
            worker_megabytes = worker_megabytes.max(megabytes);
            for (other, rates) in others.iter().zip(&mut rates) {
                rates.push(other.rate(bench, &config, persistence).await?.0);
            }
        }
        let filter = median(filter);
        figures.push(Consumer::Filter.figure(kind, filter));
        for (other, rates) in others.iter().zip(rates) {
            let rate = median(rates);
            figures.push(other.figure(kind, rate));
            figures.push(Figure {
                name: format!("filter worker over {}, {kind}", other.short()),
                value: filter / rate,
                unit: "times",
                target: other.target(),
                remark: "same broker, same run".to_owned(),
            });
        }
    }
    figures.push(Figure {
        name: "filter worker, resident memory".to_owned(),
        value: worker_megabytes,
        unit: "MB",
        target: Some(Target::Below(10.0)),
        remark: format!(
            "peak over all of these messages, prefetch {PREFETCH}; the reference's: 33.5 MB"
        ),
    });
    Ok(figures)
}

impl Consumer {
    /// A second or two of work: enough that starting up does not count. Not more, because a classic
    /// queue with a deep backlog spends its time on collecting garbage, and then it is the queue
    /// that is measured.
    fn messages(self) -> u64 {
        match self {
            Self::Filter | Self::LapinConfirmed => 40_000,
            Self::Pika => 20_000,
            Self::PikaConfirmed => 4_000,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Pika => "pika",
            Self::PikaConfirmed => "pika that confirms",
            Self::LapinConfirmed => "lapin that confirms",
        }
    }

    /// What the filter worker is held to reach, as a multiple of this one's rate.
    fn target(self) -> Option<Target> {
        match self {
            Self::Filter | Self::PikaConfirmed => None,
            Self::Pika => Some(Target::AtLeast(4.0)),
            Self::LapinConfirmed => Some(Target::AtLeast(0.8)),
        }
    }

    fn figure(self, kind: &str, rate: f64) -> Figure {
        let (name, how) = match self {
            Self::Filter => ("filter worker", "results confirmed"),
            Self::Pika => ("plain pika consumer", "prefetch 100, nothing confirmed"),
            Self::PikaConfirmed => (
                "pika consumer that confirms",
                "prefetch 100, each result confirmed before the next",
            ),
            Self::LapinConfirmed => (
                "lapin loop that confirms",
                "same prefetch, each message acknowledged once its result is confirmed",
            ),
        };
        let messages = self.messages();
        Figure {
            name: format!("{name}, {kind} messages"),
            value: rate,
            unit: "/s",
            target: None,
            remark: format!("{how}; median of {ROUNDS} times {messages}"),
        }
    }

    fn command(self, bench: &Place<'_>, config: &Path, queue: &str) -> Result<Command> {
        let program = |name| Ok::<_, anyhow::Error>(bench.command(bench.programs.path(name)?));
        match self {
            Self::Filter => {
                let mut command = program("warren-worker")?;
                command
                    .args(["filter", "--queue", queue, "--pool", "filter", "--config"])
                    .arg(config);
                Ok(command)
            }
            Self::LapinConfirmed => {
                let mut command = program("examples/confirming_loop")?;
                command.args([queue, &PREFETCH.to_string()]);
                Ok(command)
            }
            Self::Pika | Self::PikaConfirmed => {
                let python = bench.programs.target().join("python/bin/python");
                ensure!(
                    python.is_file(),
                    "{} is missing: run `setup/python.sh`",
                    python.display()
                );
                let mut command = bench.command(python);
                command
                    .arg(checkout().join("lab/pika_filter.py"))
                    .args([queue, &self.messages().to_string()]);
                if self == Self::PikaConfirmed {
                    command.arg("--confirm");
                }
                Ok(command)
            }
        }
    }

    /// Fills a queue, starts the consumer, and gives the results per second and the consumer's peak
    /// of resident memory in MB; 0 where it has ended by itself.
    async fn rate(
        self,
        bench: &Place<'_>,
        config: &Path,
        persistence: Persistence,
    ) -> Result<(f64, f64)> {
        let messages = self.messages();
        let load = Load {
            persistence,
            messages,
        };
        let mut session = bench.vhost.session("warren-bench").await?;
        let queue = bench.vhost.name("warren.bench.throughput");
        let results = format!("{queue}.results");
        for queue in [&queue, &results] {
            topology::ensure_results_queue(&mut session, queue).await?;
        }
        fill(&mut session, &queue, &results, load).await?;

        let name = self.short();
        let mut consumer = self
            .command(bench, config, &queue)?
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let warm = messages / WARM_UP_RATIO;
        let (from, done_before) = answered(&mut session, &results, warm).await?;
        let (to, done) = answered(&mut session, &results, messages).await?;
        ensure!(
            done == messages,
            "{name} gave {done} results for {messages} messages"
        );
        let megabytes = process::pid(&consumer).and_then(process::resident_peak_megabytes);
        consumer.kill().await.context("end the consumer")?;
        for queue in [&queue, &results] {
            session.delete_queue(queue).await?;
        }
        session.close().await;
        let rate = (done - done_before) as f64 / (to - from).as_secs_f64();
        Ok((rate, megabytes.unwrap_or(0.0)))
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn fill(session: &mut Session, queue: &str, results: &str, load: Load) -> Result<()> {
    let mut publisher = session.publisher().await?;
    for number in 0..load.messages {
        let message = Message {
            body: b"hola tonto, que tal, com estas, que feo ets deu meu".to_vec(),
            properties: Properties {
                reply_to: Some(results.to_owned()),
                correlation_id: Some(number.to_string()),
                persistence: load.persistence,
                ..Properties::default()
            },
        };
        publisher
            .publish((), "", queue, message, Mandatory::Yes)
            .await?;
        if publisher.pending() == WINDOW {
            confirmed(&mut publisher).await?;
        }
    }
    confirmed(&mut publisher).await
}

async fn confirmed(publisher: &mut Publisher) -> Result<()> {
    while let Some(((), outcome)) = publisher.outcome().await {
        let outcome = outcome?;
        ensure!(
            outcome == Outcome::Confirmed,
            "a message was not taken: {outcome:?}"
        );
    }
    Ok(())
}

async fn answered(session: &mut Session, results: &str, at_least: u64) -> Result<(Instant, u64)> {
    until_some(&format!("{at_least} results"), WITHIN, async || {
        let ready = session.queue_status(results).await?.ready;
        Ok((ready >= at_least).then(|| (Instant::now(), ready)))
    })
    .await
}
