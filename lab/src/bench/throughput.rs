//! The filter worker, without work time, beside a plain pika consumer: the same messages, the same
//! broker, one after the other. Both are measured from outside, at the queue of the results.

use super::figure::{Figure, Target};
use super::{Bench, proc};
use anyhow::{Context, Result, ensure};
use broker::{Endpoint, Mandatory, Message, Outcome, Persistence, Properties, Session, topology};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use testbed::poll::until_some;
use testbed::programs::checkout;
use tokio::process::Child;

/// A second or two of work each: enough that starting up does not count. Not more, because a classic
/// queue with a deep backlog spends its time on collecting garbage, and then it is the queue that is
/// measured.
const FILTER_MESSAGES: u64 = 40_000;
/// pika takes as long for fewer.
const PIKA_MESSAGES: u64 = 20_000;
/// The two take turns, and the median counts: a shared machine has better and worse seconds.
const ROUNDS: usize = 5;
/// The first results are left out: a consumer that has just started is not what is measured.
const WARM_UP_RATIO: u64 = 10;
const WITHIN: Duration = Duration::from_secs(120);
/// Published before their confirmations are waited for.
const WINDOW: usize = 1_000;

pub(super) async fn filter_and_pika(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let config = bench.config("prefetch = 250\n")?;
    let mut figures = Vec::new();
    let mut worker_megabytes = 0.0_f64;
    for (kind, persistence) in [
        ("transient", Persistence::Transient),
        ("persistent", Persistence::Persistent),
    ] {
        let (mut filter, mut pika) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let load = Load {
                persistence,
                messages: FILTER_MESSAGES,
            };
            let start = |queue: &str| filter_worker(bench, &config, queue);
            let (rate, megabytes) = rate_of(bench, "filter", load, start).await?;
            filter.push(rate);
            worker_megabytes = worker_megabytes.max(megabytes);
            let load = Load {
                persistence,
                messages: PIKA_MESSAGES,
            };
            let (rate, _) =
                rate_of(bench, "pika", load, |queue| pika_consumer(bench, queue)).await?;
            pika.push(rate);
        }
        let (filter, pika) = (median(filter), median(pika));
        figures.push(Figure {
            name: format!("filter worker, {kind} messages"),
            value: filter,
            unit: "/s",
            target: None,
            remark: format!("results confirmed; median of {ROUNDS} times {FILTER_MESSAGES}"),
        });
        figures.push(Figure {
            name: format!("plain pika consumer, {kind} messages"),
            value: pika,
            unit: "/s",
            target: None,
            remark: format!(
                "prefetch 100, nothing confirmed; median of {ROUNDS} times {PIKA_MESSAGES}"
            ),
        });
        figures.push(Figure {
            name: format!("filter worker over pika, {kind}"),
            value: filter / pika,
            unit: "times",
            target: Some(Target::AtLeast(4.0)),
            remark: "same broker, same run".to_owned(),
        });
    }
    figures.push(Figure {
        name: "filter worker, resident memory".to_owned(),
        value: worker_megabytes,
        unit: "MB",
        target: Some(Target::Below(10.0)),
        remark: "peak over all of these messages, prefetch 250; the reference's: 33.5 MB"
            .to_owned(),
    });
    Ok(figures)
}

fn filter_worker(bench: &Bench<'_>, config: &Path, queue: &str) -> Result<Child> {
    let program = bench.programs.path("warren-worker")?;
    let mut command = bench.guard.command(program, bench.part);
    command
        .args(["filter", "--queue", queue, "--pool", "filter", "--config"])
        .arg(config)
        .env("WARREN_BROKER_URL", bench.vhost.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().context("start warren-worker")
}

fn pika_consumer(bench: &Bench<'_>, queue: &str) -> Result<Child> {
    let python = bench.programs.target().join("python/bin/python");
    ensure!(
        python.is_file(),
        "{} is missing: run `setup/python.sh`",
        python.display()
    );
    let mut command = bench.guard.command(python, bench.part);
    command
        .arg(checkout().join("lab/pika_filter.py"))
        .args([queue, &PIKA_MESSAGES.to_string()])
        .env("WARREN_BROKER_URL", bench.vhost.url())
        .stdout(Stdio::null());
    command.spawn().context("start the pika consumer")
}

/// What a consumer is given to do.
#[derive(Clone, Copy)]
struct Load {
    persistence: Persistence,
    messages: u64,
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Fills a queue, starts a consumer, and gives the results per second and the consumer's peak of
/// resident memory in MB; 0 where it has ended by itself.
async fn rate_of(
    bench: &Bench<'_>,
    name: &str,
    load: Load,
    start: impl FnOnce(&str) -> Result<Child>,
) -> Result<(f64, f64)> {
    let messages = load.messages;
    let url = bench.vhost.url().parse().context("read the broker's URL")?;
    let endpoint = Endpoint::new(&config::Broker { url, ca_file: None });
    let mut session = Session::open(&endpoint, "warren-bench").await?;
    let queue = bench.vhost.name(&format!("warren.bench.{name}"));
    let results = format!("{queue}.results");
    for queue in [&queue, &results] {
        topology::ensure_results_queue(&mut session, queue).await?;
    }
    fill(&mut session, &queue, &results, load).await?;

    let mut consumer = start(&queue)?;
    let warm = messages / WARM_UP_RATIO;
    let (from, done_before) = answered(&mut session, &results, warm).await?;
    let (to, done) = answered(&mut session, &results, messages).await?;
    ensure!(
        done == messages,
        "{name} gave {done} results for {messages} messages"
    );
    let pid = consumer.id().map(u32::cast_signed);
    let megabytes = pid.and_then(|pid| proc::resident_peak_megabytes(pid).ok());
    consumer.kill().await.context("end the consumer")?;
    for queue in [&queue, &results] {
        session.delete_queue(queue).await?;
    }
    session.close().await;
    let rate = (done - done_before) as f64 / (to - from).as_secs_f64();
    Ok((rate, megabytes.unwrap_or(0.0)))
}

async fn fill(session: &mut Session, queue: &str, results: &str, load: Load) -> Result<()> {
    let publisher = session.publisher().await?;
    let mut confirms = Vec::with_capacity(WINDOW);
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
        confirms.push(
            publisher
                .publish("", queue, message, Mandatory::Yes)
                .await?,
        );
        if confirms.len() == WINDOW {
            confirmed(&mut confirms).await?;
        }
    }
    confirmed(&mut confirms).await
}

async fn confirmed(confirms: &mut Vec<broker::Confirm>) -> Result<()> {
    for confirm in confirms.drain(..) {
        let outcome = confirm.await?;
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
