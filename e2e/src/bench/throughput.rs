//! The filter worker, without work time, beside a plain pika consumer: the same messages, the same
//! broker, one after the other. Both are measured from outside, at the queue of the results.

use super::figure::{Figure, Target};
use super::{Bench, proc};
use crate::poll::until_some;
use crate::programs::checkout;
use anyhow::{Context, Result, ensure};
use broker::{Endpoint, Mandatory, Message, Outcome, Persistence, Properties, Session, topology};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Child;

/// Enough for seconds of work, so that starting up does not count.
const FILTER_MESSAGES: u64 = 150_000;
/// pika takes as long for fewer.
const PIKA_MESSAGES: u64 = 30_000;
/// The first results are left out: a consumer that has just started is not what is measured.
const WARM_UP_RATIO: u64 = 10;
const WITHIN: Duration = Duration::from_secs(120);
/// Published before their confirmations are waited for.
const WINDOW: usize = 1_000;

pub(super) async fn filter_and_pika(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let config = bench.config("prefetch = 250\n")?;
    let mut worker_bytes = 0.0;
    let filter = rate_of(
        bench,
        "filter",
        FILTER_MESSAGES,
        |queue| {
            let mut command = bench
                .guard
                .command(bench.programs.path("warren-worker")?, bench.part);
            command
                .args(["filter", "--queue", queue, "--pool", "filter", "--config"])
                .arg(&config)
                .env("WARREN_BROKER_URL", bench.corner.url())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().context("start warren-worker")
        },
        |pid| {
            worker_bytes = proc::resident_peak_megabytes(pid)?;
            Ok(())
        },
    )
    .await?;
    let pika = rate_of(
        bench,
        "pika",
        PIKA_MESSAGES,
        |queue| {
            let python = bench.programs.target().join("python/bin/python");
            ensure!(
                python.is_file(),
                "{} is missing: run `setup/python.sh`",
                python.display()
            );
            let mut command = bench.guard.command(python, bench.part);
            command
                .arg(checkout().join("e2e/pika_filter.py"))
                .args([queue, &PIKA_MESSAGES.to_string()])
                .env("WARREN_BROKER_URL", bench.corner.url())
                .stdout(Stdio::null());
            command.spawn().context("start the pika consumer")
        },
        |_| Ok(()),
    )
    .await?;
    Ok(vec![
        Figure {
            name: "filter worker, messages answered".to_owned(),
            value: filter,
            unit: "/s",
            target: None,
            remark: format!("{FILTER_MESSAGES} messages, results confirmed, one worker"),
        },
        Figure {
            name: "plain pika consumer, the same".to_owned(),
            value: pika,
            unit: "/s",
            target: None,
            remark: format!("{PIKA_MESSAGES} messages, prefetch 100, results not confirmed"),
        },
        Figure {
            name: "filter worker over pika".to_owned(),
            value: filter / pika,
            unit: "times",
            target: Some(Target::AtLeast(4.0)),
            remark: "same broker, same run".to_owned(),
        },
        Figure {
            name: "filter worker, resident memory".to_owned(),
            value: worker_bytes,
            unit: "MB",
            target: Some(Target::Below(10.0)),
            remark: "peak over these messages; the reference's: 33.5 MB".to_owned(),
        },
    ])
}

/// Fills a queue, starts a consumer, and gives the results per second; `look` sees the consumer's
/// process once the last result is there.
async fn rate_of(
    bench: &Bench<'_>,
    name: &str,
    messages: u64,
    start: impl FnOnce(&str) -> Result<Child>,
    look: impl FnOnce(i32) -> Result<()>,
) -> Result<f64> {
    let url = bench
        .corner
        .url()
        .parse()
        .context("read the broker's URL")?;
    let endpoint = Endpoint::new(&config::Broker { url, ca_file: None });
    let mut session = Session::open(&endpoint, "warren-bench").await?;
    let queue = bench.corner.name(&format!("warren.bench.{name}"));
    let results = format!("{queue}.results");
    for queue in [&queue, &results] {
        topology::ensure_results_queue(&mut session, queue).await?;
    }
    fill(&mut session, &queue, &results, messages).await?;

    let mut consumer = start(&queue)?;
    let warm = messages / WARM_UP_RATIO;
    let (from, done_before) = answered(&mut session, &results, warm).await?;
    let (to, done) = answered(&mut session, &results, messages).await?;
    ensure!(
        done == messages,
        "{name} gave {done} results for {messages} messages"
    );
    let pid = consumer.id().map(u32::cast_signed);
    if let Some(pid) = pid {
        look(pid).ok();
    }
    consumer.kill().await.context("end the consumer")?;
    for queue in [&queue, &results] {
        session.delete_queue(queue).await?;
    }
    session.close().await;
    Ok((done - done_before) as f64 / (to - from).as_secs_f64())
}

async fn fill(session: &mut Session, queue: &str, results: &str, messages: u64) -> Result<()> {
    let publisher = session.publisher().await?;
    let mut confirms = Vec::with_capacity(WINDOW);
    for number in 0..messages {
        let message = Message {
            body: b"hola tonto, que tal, com estas, que feo ets deu meu".to_vec(),
            properties: Properties {
                reply_to: Some(results.to_owned()),
                correlation_id: Some(number.to_string()),
                persistence: Persistence::Persistent,
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
