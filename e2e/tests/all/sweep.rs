//! Sweeps: every cell against a fleet of its size, and nothing left of any fleet however it ends.

use crate::context::Context;
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use testbed::node::Node;
use testbed::poll::until;
use testbed::process;
use tokio::process::{Child, Command};

/// A sweep starts a fleet for each of its rows.
const PLAYED_WITHIN: Duration = Duration::from_secs(60);

/// What the workers of `Context::pool` do at most: a message takes them 5 ms.
const WORKER_RATE_MAX: f64 = 200.0;

/// More requests than this wait in the queue only while a cell of hundreds of clients is played: a
/// warm-up has one for each worker.
const WAITING_IN_WARM_UP_MAX: u64 = 100;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::on_the_node(
            "sweep::every_cell_is_answered_by_a_fleet_of_its_size",
            every_cell,
        ),
        Test::on_the_node("sweep::each_cell_is_played_over_tls_too", over_tls),
        Test::on_the_node(
            "sweep::workers_that_make_queues_of_their_own_leave_none",
            insults,
        ),
        Test::on_the_node("sweep::ctrl_c_in_a_cell_leaves_nothing", interrupted),
        Test::on_the_node("sweep::a_sweep_that_is_killed_leaves_no_fleet", killed),
        Test::on_the_node(
            "sweep::a_fleet_whose_controller_is_killed_fails_its_cell_and_no_other",
            controller_killed,
        ),
        Test::on_the_node(
            "sweep::cells_without_a_fleet_fail_with_the_reason",
            no_fleet,
        ),
        Test::in_a_vhost("sweep::a_missing_controller_is_named", no_controller),
    ]
}

async fn every_cell(context: &Context, node: &Node) -> Result<()> {
    let csv = context.directory.join("cells.csv");
    let svg = context.directory.join("cells.svg");
    let mut command = sweep(context, "")?;
    command
        .args([
            "--workers",
            "1,2",
            "--clients",
            "2..4:2",
            "--requests",
            "60",
        ])
        .arg("--csv")
        .arg(&csv)
        .arg("--svg")
        .arg(&svg);
    let mut child = command.spawn().context("start the sweep")?;
    let mut workers_most = 0;
    until("the sweep to end", PLAYED_WITHIN, async || {
        workers_most = workers_most.max(context.workers().len());
        Ok(child.try_wait()?.is_some())
    })
    .await?;

    let result = result(&child.wait_with_output().await?, 0)?;
    let cells = cells(&result)?;
    let asked: Vec<_> = cells
        .iter()
        .map(|cell| (cell.workers, cell.clients))
        .collect();
    ensure!(asked == [(1, 2), (1, 4), (2, 2), (2, 4)], "{result:#}");
    for cell in &cells {
        let rate_max = cell.workers as f64 * WORKER_RATE_MAX;
        ensure!(cell.outcome == "done", "{result:#}");
        ensure!((cell.sent, cell.replied) == (60, 60), "{result:#}");
        ensure!(cell.rate.is_some_and(|rate| rate <= rate_max), "{result:#}");
    }
    ensure!(workers_most == 2, "{workers_most} workers ran at once");
    let rows = std::fs::read_to_string(&csv)?;
    ensure!(rows.lines().count() == 5, "{rows}");
    ensure!(std::fs::read_to_string(&svg)?.contains("clients"));
    nothing_left(context, node).await
}

async fn over_tls(context: &Context, node: &Node) -> Result<()> {
    let ca_file = node.ca_file();
    let broker = format!("[broker]\nca_file = {:?}\n", ca_file.display());
    let cell = [
        "--workers",
        "1",
        "--clients",
        "2",
        "--requests",
        "40",
        "--tls",
    ];
    // The node's TLS port is any free one, so nobody answers at the usual one, or not with its
    // certificate: no cell is begun.
    let output = sweep(context, &broker)?.args(cell).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "{said}");
    ensure!(
        said.contains("--tls-url") && output.stdout.is_empty(),
        "{said}"
    );

    let url = node.tls_url(&context.part);
    let output = sweep(context, &broker)?
        .args(cell)
        .args(["--tls-url", &url])
        .output()
        .await?;

    let result = result(&output, 0)?;
    let cells = cells(&result)?;
    let transports: Vec<_> = cells.iter().map(|cell| cell.transport.as_str()).collect();
    ensure!(transports == ["amqp", "amqps"], "{result:#}");
    ensure!(cells.iter().all(|cell| cell.replied == 40), "{result:#}");
    ensure!(
        result["tls"]["rate_ratio"].as_f64() > Some(0.0),
        "{result:#}"
    );
    nothing_left(context, node).await
}

/// What a worker of the kind `insults` makes beside its queue is named by whoever sweeps it.
const INSULTS: &str = r#"
name = "insults"

[cleanup]
queues = ["updates", "list", "announcements"]
exchanges = ["changes", "broadcast"]

[[phase]]
rate = 1
duration = "1s"
"#;

async fn insults(context: &Context, node: &Node) -> Result<()> {
    let scenario = context.write("insults.toml", INSULTS)?;
    let output = sweep(context, "")?
        .args(["--workers", "1", "--clients", "2", "--requests", "20"])
        .args(["--command", "warren-insults serve"])
        .arg("--scenario")
        .arg(&scenario)
        .output()
        .await?;

    // A text is no request to them, and is answered with an error: an answer all the same.
    let result = result(&output, 0)?;
    ensure!(cells(&result)?[0].replied == 20, "{result:#}");
    nothing_left(context, node).await
}

async fn interrupted(context: &Context, node: &Node) -> Result<()> {
    let child = endless(context)?;
    playing(context).await?;
    process::signal(&child, Signal::SIGINT)?;
    let result = result(&child.wait_with_output().await?, 1)?;
    ensure!(result["interrupted"] == true, "{result:#}");
    let cells = cells(&result)?;
    ensure!(
        cells.len() == 2 && cells.iter().all(|cell| cell.outcome == "not_played"),
        "{result:#}"
    );
    nothing_left(context, node).await
}

async fn killed(context: &Context, node: &Node) -> Result<()> {
    let mut child = endless(context)?;
    playing(context).await?;
    process::signal(&child, Signal::SIGKILL)?;
    child.wait().await?;
    until("the fleet to be gone", PLAYED_WITHIN, async || {
        Ok(context.suite.guard.survivors(&context.part).is_empty())
    })
    .await?;
    // The broker removes the reply queue of a producer that is gone after a while.
    let left = names(context, node, "list_queues").await?;
    ensure!(
        left.iter()
            .all(|queue| queue.starts_with("warren.replies.")),
        "{left:?}"
    );
    no_directory_left(context)
}

async fn controller_killed(context: &Context, node: &Node) -> Result<()> {
    let child = sweep(context, "")?
        .args([
            "--workers",
            "2",
            "--clients",
            "300,400",
            "--requests",
            "1000",
        ])
        .args(["--settle", "10s"])
        .spawn()?;
    playing(context).await?;
    let processes = context.suite.guard.survivors(&context.part);
    // The supervisor has the controller among its arguments.
    let mut controllers = processes
        .iter()
        .filter(|process| process.command.contains("warren-controller run"));
    let controller = controllers.next().context("no controller runs")?;
    process::signal_pid(controller.pid, Signal::SIGKILL)?;

    let result = result(&child.wait_with_output().await?, 1)?;
    let cells = cells(&result)?;
    ensure!(cells[0].outcome == "failed", "{result:#}");
    ensure!(
        cells[0].reason.contains("the controller ended"),
        "{result:#}"
    );
    ensure!(cells[1].outcome == "done", "{result:#}");
    nothing_left(context, node).await
}

async fn no_fleet(context: &Context, node: &Node) -> Result<()> {
    let output = sweep(context, "")?
        .args(["--workers", "1,2", "--clients", "2", "--settle", "4s"])
        .args(["--command", "false"])
        .output()
        .await?;

    let result = result(&output, 1)?;
    let cells = cells(&result)?;
    for cell in &cells {
        let reason = format!("0 of {} workers were ready", cell.workers);
        ensure!(cell.outcome == "failed", "{result:#}");
        ensure!(cell.reason.contains(&reason), "{result:#}");
    }
    ensure!(cells.len() == 2, "{result:#}");
    nothing_left(context, node).await
}

async fn no_controller(context: &Context) -> Result<()> {
    let alone = context.directory.join("warren-producer");
    std::fs::copy(context.programs.path("warren-producer")?, &alone)?;
    let mut command = sweep_of(context, &alone, "")?;
    command
        .args(["--workers", "1", "--clients", "1"])
        .env("PATH", "/nonexistent");

    let output = command.output().await?;

    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "{said}");
    let directory = context.directory.display().to_string();
    ensure!(
        said.contains("no program warren-controller") && said.contains(&directory),
        "{said}"
    );
    Ok(())
}

/// A sweep of the tests' pool, with `broker` at the head of its configuration.
fn sweep(context: &Context, broker: &str) -> Result<Command> {
    sweep_of(context, &context.programs.path("warren-producer")?, broker)
}

fn sweep_of(context: &Context, program: &Path, broker: &str) -> Result<Command> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let pools = std::fs::read_to_string(&config)?;
    std::fs::write(&config, format!("{broker}{pools}"))?;
    let mut command = context.suite.guard.command(program, &context.part);
    command
        .args(["sweep", "--json", "--quiet", "--config"])
        .arg(&config)
        .env("WARREN_BROKER_URL", context.vhost.url())
        .env("TMPDIR", &context.directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// A sweep whose first cell takes longer than any test.
fn endless(context: &Context) -> Result<Child> {
    let mut command = sweep(context, "")?;
    command.args([
        "--workers",
        "2",
        "--clients",
        "500,600",
        "--requests",
        "1000000",
    ]);
    command.spawn().context("start the sweep")
}

/// Waits until requests of a cell wait in its fleet's queue.
async fn playing(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    until("a cell to be played", PLAYED_WITHIN, async || {
        for queue in work_queues(context)? {
            // The configuration is there before its queue is.
            let status = session.queue_status(&queue).await;
            if status.is_ok_and(|status| status.ready > WAITING_IN_WARM_UP_MAX) {
                return Ok(true);
            }
        }
        Ok(false)
    })
    .await?;
    session.close().await;
    Ok(())
}

/// The queues of the fleets that a sweep has at the moment, by their configurations.
fn work_queues(context: &Context) -> Result<Vec<String>> {
    let mut queues = Vec::new();
    for entry in std::fs::read_dir(&context.directory)? {
        // What is no fleet's, or is just being made or removed, has none that can be read.
        let config = entry?.path().join("config.toml");
        let Ok(config) = std::fs::read_to_string(config) else {
            continue;
        };
        let config = config.parse::<toml::Table>().ok();
        let queue = config.and_then(|config| {
            let queue = config.get("pool")?.get(0)?.get("work_queue")?;
            Some(queue.as_str()?.to_owned())
        });
        queues.extend(queue);
    }
    Ok(queues)
}

/// What a sweep printed, if it ended so.
fn result(output: &Output, code: i32) -> Result<Value> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(code),
        "the sweep ended with {} and said: {said}",
        output.status
    );
    serde_json::from_slice(&output.stdout).with_context(|| format!("it said: {said}"))
}

/// One cell of a result.
#[derive(serde::Deserialize)]
struct Cell {
    transport: String,
    workers: u64,
    clients: u64,
    outcome: String,
    sent: u64,
    replied: u64,
    rate: Option<f64>,
    #[serde(default, deserialize_with = "nothing_is_empty")]
    reason: String,
}

fn nothing_is_empty<'de, D: serde::Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let reason: Option<String> = serde::Deserialize::deserialize(value)?;
    Ok(reason.unwrap_or_default())
}

fn cells(result: &Value) -> Result<Vec<Cell>> {
    Ok(serde_json::from_value(result["cells"].clone())?)
}

/// Whatever is in the test's own virtual host: queues, or exchanges that are not RabbitMQ's.
async fn names(context: &Context, node: &Node, list: &str) -> Result<Vec<String>> {
    let arguments = [list, "-p", &context.part, "--no-table-headers", "name"];
    let listed = node.control(&arguments).await?;
    let names = listed.lines().map(str::trim);
    let own = names.filter(|name| !name.is_empty() && !name.starts_with("amq."));
    Ok(own.map(str::to_owned).collect())
}

/// That no process is left either is the suite' own check.
async fn nothing_left(context: &Context, node: &Node) -> Result<()> {
    for list in ["list_queues", "list_exchanges"] {
        let left = names(context, node, list).await?;
        ensure!(left.is_empty(), "{list} still has {left:?}");
    }
    no_directory_left(context)
}

fn no_directory_left(context: &Context) -> Result<()> {
    for entry in std::fs::read_dir(&context.directory)? {
        let name = entry?.file_name();
        ensure!(
            !name.to_string_lossy().starts_with("warren-sweep-"),
            "{name:?} is left"
        );
    }
    Ok(())
}
