//! What `exec` costs a message: the worker with a command that does nothing, beside bare starts of the
//! same command, one after the other in the same run.

use super::figure::{Figure, Target};
use super::place::Place;
use super::queue_run::{QueueRun, median};
use anyhow::{Context, Result, ensure};
use broker::Persistence;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

/// As little as a program can do.
const COMMAND: &str = "/bin/true";
/// A second or two of starts each.
const MESSAGES: u32 = 1_000;
const WARM_UP: u32 = 100;
/// The two take turns, and the median counts: a shared machine has better and worse seconds.
const ROUNDS: usize = 5;

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
    let run = QueueRun {
        messages: MESSAGES.into(),
        persistence: Persistence::Transient,
        warm_up: WARM_UP.into(),
    };
    let start = |queue: &str| {
        let mut command = bench.command(bench.programs.path("warren-worker")?);
        command
            .args(["exec", "--queue", queue, "--pool", "filter", "--config"])
            .arg(config)
            // There is no dead-letter exchange here, and nothing that fails.
            .args(["--on-failure", "drop", "--", COMMAND]);
        Ok(command)
    };
    let seen = run.measure(bench, start).await?;
    Ok(1e3 / seen.results_per_second)
}
