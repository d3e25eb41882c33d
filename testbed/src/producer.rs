//! The producer run as a user runs it, and the result it prints for machines.

use crate::guard::Guard;
use crate::process;
use crate::programs::Programs;
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
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
    pub arguments: &'a [&'a str],
    pub config: &'a Path,
    pub broker_url: &'a str,
    /// The part of the run that it belongs to.
    pub part: &'a str,
}

#[derive(Debug)]
pub struct Producer {
    child: Child,
}

/// What a producer left behind.
#[derive(Clone, Debug)]
pub struct Ended {
    pub outcome: Outcome,
    pub log: String,
    /// `None` when a signal ended it.
    pub code: Option<i32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub schema: u32,
    pub scenario: String,
    pub sent: u64,
    /// Messages that the broker took responsibility for.
    pub confirmed: u64,
    pub replied: u64,
    /// Messages confirmed and never answered.
    pub lost: u64,
    /// Messages answered more than once.
    pub duplicated: u64,
    /// Messages sent after they were due.
    pub late: u64,
    /// From the instant at which a message was due to its reply.
    pub wait_seconds: Waits,
    /// The keys that no test reads.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Percentiles of the wait; absent where nothing was answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Waits {
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

impl Outcome {
    /// The number that stands under a key which only some tests read.
    pub fn number(&self, key: &str) -> Result<f64> {
        let value = self.other.get(key).and_then(serde_json::Value::as_f64);
        value.with_context(|| format!("the result has no number {key}: {self:#?}"))
    }
}

impl Producer {
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

    pub fn pid(&self) -> Result<i32> {
        process::pid(&self.child)
    }

    /// Interrupts it, and gives its result once everything that was sent is answered.
    pub async fn stop(self) -> Result<Outcome> {
        process::signal(&self.child, Signal::SIGINT).context("stop the producer")?;
        self.outcome().await
    }

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

    /// A producer that lost messages exits 1, and still prints its result.
    ///
    /// # Errors
    /// When it printed no result; the error holds its log.
    pub async fn outcome(self) -> Result<Outcome> {
        Ok(self.ended().await?.outcome)
    }
}
