//! The processes that answer.

use super::case::{Call, Case, Middleware, Work};
use anyhow::{Context, Result, bail};
use broker::topology;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use testbed::broker_in_use::Vhost;
use testbed::guard::Guard;
use testbed::poll::until;
use testbed::programs::{Programs, checkout};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Python starts in a fifth of a second on an idle machine.
const START: Duration = Duration::from_secs(30);

/// Where a comparison takes place.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub guard: &'a Guard,
    pub programs: &'a Programs,
    /// A part of RabbitMQ.
    pub vhost: &'a Vhost,
    /// Where Redis listens, where there is one.
    pub redis: Option<&'a str>,
    pub directory: &'a Path,
    /// The part of the run that the processes belong to.
    pub part: &'a str,
}

/// Running nodes of one service.
#[derive(Debug)]
pub struct Nodes {
    children: Vec<Child>,
    /// What a client is told of each: where it listens, or the queue that all of them share.
    pub(super) addresses: Vec<String>,
}

impl Place<'_> {
    /// Runs a program of `lab/middlewares`.
    pub(super) fn python(&self, program: &str) -> Result<Command> {
        let mut command = self.guard.command(self.programs.python()?, self.part);
        command
            .arg(checkout().join("lab/middlewares").join(program))
            .env("WARREN_BROKER_URL", self.vhost.url())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Ok(command)
    }

    /// What Warren's programs are configured with; the queue they are told by flags.
    pub(super) fn config(&self) -> Result<PathBuf> {
        let path = self.directory.join("config.toml");
        let text = "[[pool]]\nname = \"middlewares\"\n";
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }
}

impl Nodes {
    /// Starts those of a case, and waits until each takes requests. `number` tells their queue from
    /// others'.
    pub async fn start(place: &Place<'_>, case: Case, number: usize) -> Result<Self> {
        let queue = place.vhost.name(&format!("warren.middlewares.{number}"));
        match case.middleware {
            Middleware::XmlRpc => Self::python(place, case, "xmlrpc_node.py", "127.0.0.1:0").await,
            Middleware::Pyro => Self::python(place, case, "pyro_node.py", "127.0.0.1:0").await,
            Middleware::Redis => {
                let redis = place.redis.context("compare Redis where it runs")?;
                Self::python(place, case, "redis_node.py", redis).await
            }
            Middleware::Pika => {
                let mut session = place.vhost.session("warren-middlewares").await?;
                topology::ensure_results_queue(&mut session, &queue).await?;
                session.close().await;
                Self::python(place, case, "pika_node.py", &queue).await
            }
            Middleware::Warren | Middleware::WarrenProducer => {
                Self::warren(place, case, queue).await
            }
        }
    }

    async fn python(place: &Place<'_>, case: Case, program: &str, at: &str) -> Result<Self> {
        let mut nodes = Self {
            children: Vec::new(),
            addresses: Vec::new(),
        };
        for _ in 0..case.nodes {
            let mut command = place.python(program)?;
            command
                .args([case.call.service(), "--at", at, "--work-seconds"])
                .arg(case.work.time().as_secs_f64().to_string())
                .stdout(Stdio::piped());
            let mut child = command.spawn().context("start a node in Python")?;
            let stdout = child.stdout.take().context("listen to a node")?;
            let mut lines = BufReader::new(stdout).lines();
            let line = timeout(START, lines.next_line())
                .await
                .with_context(|| format!("{program} is not ready after {START:?}"))??;
            match line.as_deref().and_then(|line| line.strip_prefix("ready ")) {
                Some(address) => nodes.addresses.push(address.to_owned()),
                None => bail!("{program} ended before it was ready"),
            }
            nodes.children.push(child);
        }
        Ok(nodes)
    }

    async fn warren(place: &Place<'_>, case: Case, queue: String) -> Result<Self> {
        let mut session = place.vhost.session("warren-middlewares").await?;
        if case.call == Call::Filter {
            topology::ensure_results_queue(&mut session, &queue).await?;
        }
        let (program, kind) = match case.call {
            Call::Filter => ("warren-worker", "filter"),
            Call::Random | Call::Change => ("warren-insults", "serve"),
        };
        let path = place.programs.path(program)?;
        let config = place.config()?;
        let mut children = Vec::new();
        for _ in 0..case.nodes {
            let mut command = place.guard.command(&path, place.part);
            command
                .args([kind, "--queue", &queue, "--config"])
                .arg(&config)
                .env("WARREN_BROKER_URL", place.vhost.url())
                .env("WARREN_LOG", "warn");
            if case.work != Work::None {
                let time = humantime::format_duration(case.work.time());
                command.args(["--work-time", &time.to_string()]);
            }
            children.push(
                command
                    .spawn()
                    .with_context(|| format!("start {program}"))?,
            );
        }
        until("the workers to consume", START, async || {
            for child in &mut children {
                if let Some(status) = child.try_wait()? {
                    bail!("{program} ended with {status}");
                }
            }
            // The insult service declares its queues itself, so there may be none yet.
            let status = session.queue_status(&queue).await;
            Ok(status.is_ok_and(|status| status.consumers == case.nodes))
        })
        .await?;
        session.close().await;
        Ok(Self {
            children,
            addresses: vec![queue],
        })
    }

    pub async fn stop(&mut self) -> Result<()> {
        for child in &mut self.children {
            child.kill().await.context("end a node")?;
        }
        Ok(())
    }
}
