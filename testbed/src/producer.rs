//! The producer run as a user runs it, and the result it prints for machines.

use crate::guard::Guard;
use crate::programs::Programs;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Child;

/// What a producer is started with.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// The name of a shipped scenario, or a file.
    pub scenario: &'a str,
    /// A text file for the messages, a line each.
    pub input: Option<&'a Path>,
    /// Whatever else it is told.
    pub arguments: &'a [&'a str],
    /// Its `--config`.
    pub config: &'a Path,
    /// Its `WARREN_BROKER_URL`.
    pub broker_url: &'a str,
    /// The part of the run that it belongs to.
    pub part: &'a str,
}

/// A running producer.
#[derive(Debug)]
pub struct Producer {
    child: Child,
}

/// All that a producer left.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it counted.
    pub outcome: Outcome,
    /// What it wrote to stderr.
    pub log: String,
    /// Its exit code; nothing where a signal ended it.
    pub code: Option<i32>,
}

/// What it counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The version of the form.
    pub schema: u32,
    /// What was run.
    pub scenario: String,
    /// Messages published.
    pub sent: u64,
    /// Messages that the broker took responsibility for.
    pub confirmed: u64,
    /// Messages answered.
    pub replied: u64,
    /// Messages confirmed and never answered.
    pub lost: u64,
    /// Messages answered more than once.
    pub duplicated: u64,
    /// Messages sent after they were due.
    pub late: u64,
    /// From when a message was due to its answer.
    pub wait_seconds: Waits,
    /// Whatever else it says.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Percentiles of the wait; absent where nothing was answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Waits {
    /// The median.
    pub p50: Option<f64>,
    /// Nine in ten.
    pub p90: Option<f64>,
    /// Ninety-nine in a hundred.
    pub p99: Option<f64>,
    /// Nine hundred and ninety-nine in a thousand.
    pub p999: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

impl Producer {
    /// Starts a producer.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(guard: &Guard, programs: &Programs, launch: Launch<'_>) -> Result<Self> {
        let mut command = guard.command(programs.path("warren-producer")?, launch.part);
        command
            .args(["run", "--json", "--scenario", launch.scenario, "--config"])
            .arg(launch.config)
            .args(launch.arguments)
            .env("WARREN_BROKER_URL", launch.broker_url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(input) = launch.input {
            command.arg("--input").arg(input);
        }
        Ok(Self {
            child: command.spawn().context("start warren-producer")?,
        })
    }

    /// Its process, while it has not ended.
    #[must_use]
    pub fn id(&self) -> Option<i32> {
        self.child.id().map(u32::cast_signed)
    }

    /// Asks it to send no more, and gives what it counted once what it sent is answered.
    ///
    /// # Errors
    /// When it has ended already, or printed no result.
    pub async fn stop(self) -> Result<Outcome> {
        let id = self.child.id();
        let id = id.context("stop a producer that has ended")?;
        kill(Pid::from_raw(id.cast_signed()), Signal::SIGINT).context("stop the producer")?;
        self.outcome().await
    }

    /// Waits for its end and gives all that it left.
    ///
    /// # Errors
    /// When it printed no result; the error holds its log.
    pub async fn ended(self) -> Result<Ended> {
        let output = self
            .child
            .wait_with_output()
            .await
            .context("wait for warren-producer")?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        match serde_json::from_slice(&output.stdout) {
            Ok(outcome) => Ok(Ended {
                outcome,
                log,
                code: output.status.code(),
            }),
            Err(error) => bail!(
                "warren-producer ended with {} and no result ({error}); its log:\n{log}",
                output.status
            ),
        }
    }

    /// Waits for its end and gives what it counted.
    /// A producer that lost messages exits 1, and still says what it counted.
    ///
    /// # Errors
    /// When it printed no result; the error holds its log.
    pub async fn outcome(self) -> Result<Outcome> {
        Ok(self.ended().await?.outcome)
    }
}
