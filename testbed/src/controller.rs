//! A controller run as a user runs it: the built program, its flags and environment, its log on
//! stderr, its HTTP interface.

use crate::guard::Guard;
use crate::poll::until;
use crate::pool_report::{PoolReport, PoolsReport};
use crate::process;
use crate::programs::Programs;
use anyhow::{Context, Result, bail, ensure};
use api::http::{Client, Response, StatusCode};
use nix::sys::signal::Signal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr};
use tokio::sync::watch;
use tokio::time::timeout;

/// The log lines that are kept: enough for any failure to be read, and never the memory of a run.
const LOG_LINES_MAX: usize = 5_000;

/// A controller on the same machine answers within milliseconds; a busy one gets its time.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What a controller is started with.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    pub config: &'a Path,
    pub state_dir: &'a Path,
    /// Its `WARREN_BROKER_URL`; where this is `None` the file's URL counts.
    pub broker_url: Option<&'a str>,
    /// The part of the run that it, and its workers, belong to.
    pub part: &'a str,
}

/// A running controller. Dropping it kills it, and leaves its workers to the guard.
#[derive(Debug)]
pub struct Controller {
    child: Child,
    log: Log,
    address: SocketAddr,
    client: Client,
}

impl Controller {
    /// Starts a controller on a free port and waits until it listens.
    ///
    /// # Errors
    /// When it ends instead; the error holds its log.
    pub async fn start(guard: &Guard, programs: &Programs, launch: Launch<'_>) -> Result<Self> {
        let mut command = guard.command(programs.path("warren-controller")?, launch.part);
        command
            .args(["run", "--log", "json", "--listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(launch.config)
            .arg("--state-dir")
            .arg(launch.state_dir)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(url) = launch.broker_url {
            command.env("WARREN_BROKER_URL", url);
        }
        let mut child = command.spawn().context("start warren-controller")?;
        let log = Log::follow(child.stderr.take().context("read the controller's log")?);
        let mut lines = log.lines.clone();
        let address = timeout(Duration::from_secs(30), async {
            loop {
                if let Some(address) = log.address() {
                    return Ok(address);
                }
                if lines.changed().await.is_err() {
                    let status = child.wait().await?;
                    bail!(
                        "warren-controller ended ({status}); its log:\n{}",
                        log.text()
                    );
                }
            }
        })
        .await
        .with_context(|| {
            format!(
                "wait for warren-controller to listen; its log:\n{}",
                log.text()
            )
        })??;
        Ok(Self {
            child,
            log,
            address,
            client: Client::new(ANSWER_WITHIN),
        })
    }

    pub async fn pools(&self) -> Result<PoolsReport> {
        self.report("/api/v1/pools").await
    }

    pub async fn pool(&self, name: &str) -> Result<PoolReport> {
        self.report(&format!("/api/v1/pools/{name}")).await
    }

    /// The status of a path, such as `/readyz`.
    pub async fn status(&self, path: &str) -> Result<u16> {
        Ok(self.get(path).await?.status().as_u16())
    }

    /// Waits until the first sample is taken.
    ///
    /// # Errors
    /// When that takes too long; the error holds the log.
    pub async fn ready(&self) -> Result<()> {
        until(
            "the controller to be ready",
            Duration::from_secs(30),
            async || Ok(self.status("/readyz").await? == 200),
        )
        .await
        .with_context(|| format!("its log:\n{}", self.log.text()))
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last lines of its log, a JSON object each.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    pub fn pid(&self) -> Result<i32> {
        process::pid(&self.child)
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        process::signal(&self.child, signal).context("signal the controller")
    }

    /// # Errors
    /// When it goes on for longer; the error holds its log.
    pub async fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        timeout(within, self.child.wait())
            .await
            .with_context(|| format!("the controller did not end; its log:\n{}", self.log.text()))?
            .context("wait for the controller's end")
    }

    /// Asks it to stop, and waits until it has drained its workers.
    pub async fn stop(mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let status = self.wait(Duration::from_secs(30)).await?;
        if !status.success() {
            bail!(
                "the controller ended with {status}; its log:\n{}",
                self.log.text()
            );
        }
        Ok(())
    }

    async fn report<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.get(path).await?;
        let status = answer.status();
        ensure!(status == StatusCode::OK, "{path} answers {status}");
        serde_json::from_str(answer.body()).with_context(|| format!("read the answer of {path}"))
    }

    async fn get(&self, path: &str) -> Result<Response<String>> {
        let url = format!("http://{}{path}", self.address).parse()?;
        Ok(self.client.get(&url).await?)
    }
}

/// The log of a process, read while it runs.
#[derive(Clone, Debug)]
struct Log {
    text: Arc<Mutex<VecDeque<String>>>,
    /// How many lines there have been; closed at the end.
    lines: watch::Receiver<u64>,
}

impl Log {
    fn follow(stderr: ChildStderr) -> Self {
        let text = Arc::new(Mutex::new(VecDeque::new()));
        let (count, lines) = watch::channel(0);
        let log = Self { text, lines };
        let text = Arc::clone(&log.text);
        tokio::spawn(async move {
            let mut reader = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = reader.next_line().await {
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                if text.len() == LOG_LINES_MAX {
                    text.pop_front();
                }
                text.push_back(line);
                drop(text);
                count.send_modify(|count| *count += 1);
            }
        });
        log
    }

    fn text(&self) -> String {
        let lines = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The bound address, from the line that says it.
    fn address(&self) -> Option<SocketAddr> {
        let lines = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields")?;
            let message = fields.get("message")?.as_str()?;
            let address = fields.get("addr")?.as_str()?;
            (message == "http listening").then(|| address.parse().ok())?
        })
    }
}
