//! What `exec` costs a message: the worker with a command that does nothing, beside bare starts of the
//! same command, one after the other in the same run.

use super::figure::{Figure, Target};
use super::place::Place;
use anyhow::{Context, Result, ensure};
use broker::{Mandatory, Message, Outcome, Persistence, Properties, Session, topology};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use testbed::poll::until_some;
use tokio::process::Child;

/// As little as a program can do.
const COMMAND: &str = "/bin/true";
/// A second or two of starts each.
const MESSAGES: u32 = 1_000;
/// The first results are left out: a worker that has just started is not what is measured.
const WARM_UP: u32 = 100;
/// The two take turns, and the median counts: a shared machine has better and worse seconds.
const ROUNDS: usize = 5;
const WITHIN: Duration = Duration::from_secs(120);

pub(super) async fn cost(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config("")?;
    let (mut bare, mut worked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(bare_milliseconds()?);
        worked.push(worker_milliseconds(bench, &config).await?);
    }
    let (bare, worked) = (median(bare), median(worked));
    Ok(vec![
        Figure {
            name: format!("bare start of {COMMAND}"),
            value: bare,
            unit: "ms",
            target: None,
            remark: format!("start and wait; median of {ROUNDS} times {MESSAGES}"),
        },
        Figure {
            name: format!("exec worker with {COMMAND}"),
            value: worked,
            unit: "ms",
            target: None,
            remark: format!(
                "a message at a time, result confirmed; median of {ROUNDS} times {}",
                MESSAGES - WARM_UP
            ),
        },
        Figure {
            name: "exec over a bare start, a message".to_owned(),
            value: worked - bare,
            unit: "ms",
            target: Some(Target::Below(3.0)),
            remark: "same machine, same run".to_owned(),
        },
    ])
}

/// How long it takes to start the command and wait for it, by itself.
fn bare_milliseconds() -> Result<f64> {
    let began = Instant::now();
    for _ in 0..MESSAGES {
        let status = std::process::Command::new(COMMAND)
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("start {COMMAND}"))?;
        ensure!(status.success(), "{COMMAND} ended with {status}");
    }
    Ok(began.elapsed().as_secs_f64() * 1e3 / f64::from(MESSAGES))
}

/// How long a message takes the worker, with a queue that always has another one.
async fn worker_milliseconds(bench: &Place<'_>, config: &Path) -> Result<f64> {
    let mut session = bench.vhost.session("warren-bench").await?;
    let queue = bench.vhost.name("warren.bench.exec");
    let results = format!("{queue}.results");
    for queue in [&queue, &results] {
        topology::ensure_results_queue(&mut session, queue).await?;
    }
    fill(&mut session, &queue, &results).await?;

    let mut worker = start(bench, config, &queue)?;
    let (from, before) = answered(&mut session, &results, WARM_UP).await?;
    let (to, all) = answered(&mut session, &results, MESSAGES).await?;
    worker.kill().await.context("end the worker")?;
    for queue in [&queue, &results] {
        session.delete_queue(queue).await?;
    }
    session.close().await;
    ensure!(
        all == u64::from(MESSAGES),
        "{all} results for {MESSAGES} messages"
    );
    Ok((to - from).as_secs_f64() * 1e3 / (all - before) as f64)
}

fn start(bench: &Place<'_>, config: &Path, queue: &str) -> Result<Child> {
    let mut command = bench.command(bench.programs.path("warren-worker")?);
    command
        .args(["exec", "--queue", queue, "--pool", "filter", "--config"])
        .arg(config)
        // There is no dead-letter exchange here, and nothing that fails.
        .args(["--on-failure", "drop", "--", COMMAND]);
    command.spawn().context("start warren-worker")
}

async fn fill(session: &mut Session, queue: &str, results: &str) -> Result<()> {
    let mut publisher = session.publisher().await?;
    for number in 0..MESSAGES {
        let message = Message {
            body: b"hola tonto, que tal, com estas, que feo ets deu meu".to_vec(),
            properties: Properties {
                reply_to: Some(results.to_owned()),
                correlation_id: Some(number.to_string()),
                persistence: Persistence::Transient,
                ..Properties::default()
            },
        };
        let publish = publisher.publish_one("", queue, message, Mandatory::Yes);
        let outcome = publish.await?;
        ensure!(
            outcome == Outcome::Confirmed,
            "a message was not taken: {outcome:?}"
        );
    }
    Ok(())
}

async fn answered(session: &mut Session, results: &str, at_least: u32) -> Result<(Instant, u64)> {
    until_some(&format!("{at_least} results"), WITHIN, async || {
        let ready = session.queue_status(results).await?.ready;
        Ok((ready >= u64::from(at_least)).then(|| (Instant::now(), ready)))
    })
    .await
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
