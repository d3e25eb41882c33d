//! The journal of a real run: replayed to the last action, and explained while nobody runs.

use crate::bursts::ready_workers;
use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::Path;
use testbed::poll::{until, until_some};
use testbed::process;

pub(crate) fn tests() -> Vec<Test> {
    vec![Test::in_a_vhost(
        "journal::a_run_with_a_killed_worker_and_a_killed_controller_is_replayed",
        replayed,
    )]
}

async fn replayed(context: &Context) -> Result<()> {
    // One worker is there to the end, so that a slow machine's fleet has not gone home before the
    // pool ends, which then changes nothing and is no decision to explain.
    let config = context.config(vec![context.pool("filter", "[scaling]\nmin = 1")])?;
    let mut controller = context.controller(&config).await?;
    let producer = context.steady_producer(&config)?;
    let victim = until_some("a ready worker to kill", SOON, async || {
        let ready = ready_workers(context, &controller).await?;
        Ok(if ready.len() >= 2 {
            ready.first().copied()
        } else {
            None
        })
    })
    .await?;
    process::signal_pid(victim, Signal::SIGKILL)?;
    until("the worker to be replaced", SOON, async || {
        let ready = ready_workers(context, &controller).await?;
        Ok(ready.len() >= 2 && !ready.contains(&victim))
    })
    .await?;
    // Its exit was noted within the second before; a killed controller writes nothing more.
    let journal = context
        .directory
        .join("state")
        .join(context.vhost.pool_name("filter"))
        .join("journal");
    until("the worker's end to be on the disk", SOON, async || {
        let first = std::fs::read_to_string(journal.join("00000001.jsonl"));
        Ok(first.is_ok_and(|text| text.contains("\"exit\":{\"signal\":9}")))
    })
    .await?;
    controller.signal(Signal::SIGKILL)?;
    controller.wait(SOON).await?;
    let controller = context.controller(&config).await?;
    until("workers of the next controller", SOON, async || {
        Ok(!ready_workers(context, &controller).await?.is_empty())
    })
    .await?;
    let outcome = producer.stop().await?;
    context.all_answered(&outcome, outcome.sent).await?;
    controller.stop().await?;

    let replay = answer(context, "warren-sim", &["replay", "--json"], &journal).await?;
    ensure!(replay["files"] == 2, "{replay}");
    ensure!(replay["lost_lines"] == 0, "{replay}");
    let decisions = replay["decisions"].as_u64().context("no decisions")?;
    ensure!(decisions >= 10, "only {decisions} decisions: {replay}");
    let peak = &replay["recorded"]["workers_peak"];
    ensure!(
        (2..=4).contains(&peak.as_u64().context("no peak")?),
        "{replay}"
    );

    let config = config.to_str().context("a test's path is not UTF-8")?;
    let explain = ["explain", "--json", "--config", config, "--state-dir"];
    let state_dir = context.directory.join("state");
    let explained = answer(context, "warren-controller", &explain, &state_dir).await?;
    let last = explained["decisions"]
        .as_array()
        .and_then(|decisions| decisions.last())
        .context("nothing is explained")?;
    ensure!(last["decision"]["reason"] == "shutdown", "{last}");
    what_if(context, &journal).await
}

/// The recorded traffic with half the workers.
async fn what_if(context: &Context, journal: &Path) -> Result<()> {
    let arguments = ["replay", "--json", "--set", "max=2"];
    let answer = answer(context, "warren-sim", &arguments, journal).await?;
    ensure!(answer["runs"][0]["policy"] == "recorded", "{answer}");
    ensure!(answer["runs"][1]["policy"] == "max=2", "{answer}");
    let peak = |run: usize| answer["runs"][run]["workers_peak"].as_u64();
    ensure!(peak(1) == Some(2) && peak(0) > peak(1), "{answer}");
    Ok(())
}

/// What a program answers about a path, as JSON.
async fn answer(
    context: &Context,
    program: &str,
    arguments: &[&str],
    path: &Path,
) -> Result<Value> {
    let program = context.programs.path(program)?;
    let mut command = context.suite.guard.command(program, &context.part);
    command.args(arguments).arg(path);
    let output = command.output().await?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("read what it answered")
}
