//! The worker of docs/workers.md, in Python: it honours the contract, so it loses nothing.

use crate::bursts::ready_workers;
use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use serde_json::Value;
use testbed::poll::{until, until_some};
use testbed::process;
use testbed::programs::checkout;

/// What the manual shows, and what runs.
const WORKER: &str = "examples/worker.py";

/// Three bursts, and silences in which the fleet goes home.
const BURSTS: &str =
    "shape = \"onoff\"\nrate = 300\non = \"1500ms\"\noff = \"2500ms\"\nduration = \"9500ms\"";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "python_worker::killed_and_drained_it_loses_nothing",
            loses_nothing,
        ),
        Test::in_a_vhost(
            "python_worker::the_manual_shows_the_worker_that_runs",
            shown,
        ),
    ]
}

async fn loses_nothing(context: &Context) -> Result<()> {
    let (python, worker) = (context.programs.python()?, checkout().join(WORKER));
    let fleet = format!("[fleet]\ncommand = [{python:?}, {worker:?}]");
    let config = context.config(vec![context.pool("filter", &fleet)])?;
    let controller = context.controller(&config).await?;
    let producer = context.producer_of(&config, BURSTS, &[])?;

    // Its status says that a worker has done something: it is killed in the middle of more.
    let mut killed = Vec::new();
    for _ in 0..2 {
        let victim = until_some("a ready worker to kill", SOON, async || {
            let mut ready = ready_workers(context, &controller).await?;
            ready.retain(|pid| !killed.contains(pid));
            Ok(ready.first().copied())
        })
        .await?;
        process::signal_pid(victim, Signal::SIGKILL)?;
        killed.push(victim);
    }
    // Some that are ready, and so have said that they heed SIGTERM.
    let drained = until_some("two ready workers", SOON, async || {
        let fleet = context.report(&controller, "filter").await?.fleet;
        let ready = fleet.iter().filter(|worker| {
            worker.state == "ready" && worker.pid.is_some_and(|pid| !killed.contains(&pid))
        });
        let ready: Vec<String> = ready.map(|worker| worker.id.to_string()).collect();
        Ok((ready.len() >= 2).then_some(ready))
    })
    .await?;
    // A silence drains them, while more bursts are to come.
    until("a silence's drain", SOON, async || {
        let fleet = context.report(&controller, "filter").await?.fleet;
        let mut left = fleet.iter().map(|worker| worker.id.to_string());
        Ok(!left.any(|id| drained.contains(&id)))
    })
    .await?;

    let outcome = producer.outcome().await?;
    // 300 a second, for three bursts of 1.5 s.
    context.all_answered(&outcome, 1350).await?;
    until("the workers to go home", SOON, async || {
        Ok(context.report(&controller, "filter").await?.workers.all() == 0)
    })
    .await?;
    let exits = bad_exits(&controller.log())?;
    let by = |signal: &str| exits.iter().filter(|(_, exit)| exit == signal).count();
    ensure!(
        by("Signal(9)") == killed.len(),
        "2 workers were killed, and these ended badly: {exits:?}"
    );
    // One that is ended before it has begun dies of SIGTERM, and holds nothing.
    ensure!(
        by("Signal(9)") + by("Signal(15)") == exits.len()
            && !exits.iter().any(|(worker, _)| drained.contains(worker)),
        "{drained:?} were drained, and these ended badly: {exits:?}"
    );
    controller.stop().await
}

/// The workers that did not exit with 0, and how they ended.
fn bad_exits(log: &str) -> Result<Vec<(String, String)>> {
    let mut exits = Vec::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).context("read the controller's log")?;
        let field = |name: &str| line["fields"][name].as_str().unwrap_or_default().to_owned();
        if field("message") == "worker ended badly" {
            exits.push((field("worker"), field("exit")));
        }
    }
    Ok(exits)
}

async fn shown(_: &Context) -> Result<()> {
    let read = |path: &str| {
        let path = checkout().join(path);
        std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    };
    let (page, worker) = (read("docs/workers.md")?, read(WORKER)?);
    let shown = page
        .split_once("```python\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .context("docs/workers.md shows no Python")?
        .0;
    ensure!(shown == worker, "docs/workers.md shows another {WORKER}");
    ensure!(worker.lines().count() < 60, "{WORKER} is no short example");
    Ok(())
}
