//! The probe against fleets whose truth is known: workers that wait instead of working, so that
//! what they do does not depend on the machine.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, bail, ensure};
use broker::topology;
use config::{Config, Environment};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use testbed::controller::Controller;
use testbed::poll::until;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("probe::three_workers_of_40_ms_are_found_out", three_workers),
        Test::in_a_vhost("probe::five_workers_of_50_ms_are_found_out", five_workers),
        Test::in_a_vhost(
            "probe::one_worker_of_four_at_once_is_found_out",
            four_at_once,
        ),
        Test::in_a_vhost(
            "probe::a_queue_without_consumers_is_named_and_sent_nothing",
            no_consumers,
        ),
        Test::in_a_vhost(
            "probe::a_queue_with_messages_in_it_is_left_alone",
            not_empty,
        ),
        Test::in_a_vhost("probe::a_fleet_that_does_not_answer_is_told", no_answer),
    ]
}

async fn three_workers(context: &Context) -> Result<()> {
    let truth = Truth {
        workers: 3,
        milliseconds: 40,
        at_once_each: 1,
    };
    found_out(context, r#""filter", "--work-time", "40ms""#, truth).await
}

async fn five_workers(context: &Context) -> Result<()> {
    let truth = Truth {
        workers: 5,
        milliseconds: 50,
        at_once_each: 1,
    };
    found_out(context, r#""filter", "--work-time", "50ms""#, truth).await
}

async fn four_at_once(context: &Context) -> Result<()> {
    let truth = Truth {
        workers: 1,
        milliseconds: 100,
        at_once_each: 4,
    };
    let work = r#""sleep", "--for", "100ms", "--concurrency", "4""#;
    found_out(context, work, truth).await
}

/// What a fleet is like.
#[derive(Clone, Copy, Debug)]
struct Truth {
    workers: u32,
    milliseconds: u32,
    at_once_each: u32,
}

async fn found_out(context: &Context, work: &str, truth: Truth) -> Result<()> {
    let Truth {
        workers,
        milliseconds,
        at_once_each,
    } = truth;
    let command = format!("[\"warren-worker\", {work}]");
    let (config, controller) = fleet(context, workers, &command).await?;

    let mut found = probe(context, &config, &["--for", "9s"]).await?;
    if asks_for_more_time(&found) {
        found = probe(context, &config, &["--for", "20s"]).await?;
    }

    let servers = f64::from(workers * at_once_each);
    let rate = servers * 1000.0 / f64::from(milliseconds);
    let close = |value: f64, truth: f64, share: f64| (value / truth - 1.0).abs() < share;
    ensure!(
        close(number(&found, "/capacity_per_second/value")?, rate, 0.1),
        "{found:#}"
    );
    ensure!(
        (number(&found, "/served_at_once")? - servers).abs() <= 1.0,
        "{found:#}"
    );
    ensure!(
        number(&found, "/consumers")? == f64::from(workers),
        "{found:#}"
    );
    let takes = if at_once_each == 1 { "one" } else { "several" };
    ensure!(found["takes"] == takes, "{found:#}");
    ensure!(
        (number(&found, "/held_by_each")? - 12.0).abs() <= 1.0,
        "{found:#}"
    );
    let worker_rate = rate / f64::from(workers);
    ensure!(
        close(number(&found, "/config/worker_rate")?, worker_rate, 0.1),
        "{found:#}"
    );
    ensure!(
        number(&found, "/config/max")? == f64::from(workers),
        "{found:#}"
    );
    ensure!(
        context.ready_messages(&context.work_queue()).await? == 0,
        "messages are left"
    );
    controller.stop().await
}

/// Whether a probe says itself that it could not see enough in its time: another test may have had
/// the machine's other core, and this one's too.
fn asks_for_more_time(found: &Value) -> bool {
    let notes = found["notes"].as_array();
    let mut notes = notes.into_iter().flatten().filter_map(Value::as_str);
    notes.any(|note| note.contains("allow more") && note.contains("--for"))
}

/// A fleet of a fixed size, whose workers are all there and hold up to 12 messages each.
async fn fleet(context: &Context, workers: u32, command: &str) -> Result<(PathBuf, Controller)> {
    let changes = format!(
        "prefetch = 12\n[scaling]\nmin = {workers}\nmax = {workers}\n[fleet]\ncommand = {command}\n"
    );
    let config = context.config(vec![context.pool("filter", &changes)])?;
    let controller = context.controller(&config).await?;
    let mut session = context.session().await?;
    let queue = context.work_queue();
    until("all workers to consume", SOON, async || {
        Ok(session.queue_status(&queue).await?.consumers == workers)
    })
    .await?;
    session.close().await;
    Ok((config, controller))
}

async fn no_consumers(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    declare(context, &config).await?;
    let said = refused(context, &config, &[]).await?;
    ensure!(
        said.contains("no consumers") && said.contains(&context.work_queue()),
        "{said}"
    );
    ensure!(
        context.ready_messages(&context.work_queue()).await? == 0,
        "something was sent"
    );
    Ok(())
}

async fn not_empty(context: &Context) -> Result<()> {
    let (config, controller) = fleet(
        context,
        1,
        "[\"warren-worker\", \"filter\", \"--work-time\", \"1s\"]",
    )
    .await?;
    let producer = context.producer_of(
        &config,
        "shape = \"flood\"\nmessages = 40",
        &["--settle", "0s"],
    )?;
    until("messages to wait", SOON, async || {
        Ok(context.ready_messages(&context.work_queue()).await? > 0)
    })
    .await?;
    let said = refused(context, &config, &[]).await?;
    ensure!(said.contains("--force"), "{said}");
    producer.outcome().await?;
    controller.stop().await
}

async fn no_answer(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    declare(context, &config).await?;
    let mut session = context.session().await?;
    // A consumer that takes a message and does nothing with it.
    let prefetch = std::num::NonZeroU16::MIN;
    let consumer = session.consume(&context.work_queue(), prefetch).await?;
    let said = refused(context, &config, &["--patience", "1s"]).await?;
    ensure!(
        said.contains("not answered within 1s") && said.contains("reply_to"),
        "{said}"
    );
    consumer.close().await?;
    session.close().await;
    Ok(())
}

async fn declare(context: &Context, config: &Path) -> Result<()> {
    let loaded = Config::load(config, &Environment::default())?;
    let pool = loaded.config.pools.into_iter().next();
    let pool = pool.context("the configuration has no pool")?;
    let mut session = context.session().await?;
    topology::ensure(&mut session, &pool.topology).await?;
    session.close().await;
    Ok(())
}

/// What a probe finds.
async fn probe(context: &Context, config: &Path, arguments: &[&str]) -> Result<Value> {
    let output = run(context, config, arguments).await?;
    match serde_json::from_slice(&output.stdout) {
        Ok(found) if output.status.success() => Ok(found),
        _ => bail!(
            "the probe ended with {}; its log:\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// What a probe says that does not begin.
async fn refused(context: &Context, config: &Path, arguments: &[&str]) -> Result<String> {
    let output = run(context, config, arguments).await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
    ensure!(output.stdout.is_empty(), "it printed a result");
    Ok(said)
}

async fn run(context: &Context, config: &Path, arguments: &[&str]) -> Result<std::process::Output> {
    let program = context.programs.path("warren-producer")?;
    let mut command = context.suite.guard.command(program, &context.part);
    command
        .args(["probe", "--json", "--config"])
        .arg(config)
        .args(arguments)
        .env("WARREN_BROKER_URL", context.vhost.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.output().await.context("run warren-producer")
}

fn number(found: &Value, path: &str) -> Result<f64> {
    let value = found.pointer(path).and_then(Value::as_f64);
    value.with_context(|| format!("the result has no number {path}: {found:#}"))
}
