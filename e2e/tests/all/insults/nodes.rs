//! Processes of warren-insults, and which of them owns the list.

use super::AGREED_WITHIN;
use crate::context::Context;
use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use std::path::PathBuf;
use testbed::poll::until_some;
use testbed::process;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// One process of the service.
pub(super) struct Served {
    pub(super) child: Child,
    pub(super) id: String,
    pub(super) log: PathBuf,
}

impl Served {
    pub(super) fn start(context: &Context, number: u32) -> Result<Self> {
        let id = format!("node-{number}");
        let log = context.directory.join(format!("{id}.log"));
        let file = std::fs::File::create(&log).context("make a node's log")?;
        let child = program(context, &["serve", "--broadcast-every", "100ms"])?
            .env("WARREN_WORKER_ID", &id)
            .env("WARREN_LOG", "info")
            .stderr(file)
            .spawn()
            .context("start a node")?;
        Ok(Self { child, id, log })
    }

    fn is_owner(&self) -> Result<bool> {
        Ok(std::fs::read_to_string(&self.log)?.contains("this node owns the list"))
    }

    pub(super) async fn kill(mut self) -> Result<()> {
        process::signal(&self.child, Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        process::signal(&self.child, Signal::SIGTERM)?;
        let status = timeout(AGREED_WITHIN, self.child.wait()).await;
        let status = status.context("the node's end")??;
        let log = std::fs::read_to_string(&self.log)?;
        ensure!(status.success(), "a node ended with {status}:\n{log}");
        Ok(())
    }
}

pub(super) async fn stop_all(nodes: Vec<Served>) -> Result<()> {
    for node in nodes {
        node.stop().await?;
    }
    Ok(())
}

/// The node that owns the list, which is taken out; there may be none just now.
pub(super) async fn take_owner(nodes: &mut Vec<Served>) -> Result<Served> {
    until_some("a node to own the list", AGREED_WITHIN, async || {
        for (index, node) in nodes.iter().enumerate() {
            if node.is_owner()? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    })
    .await
    .map(|index| nodes.remove(index))
}

pub(super) fn program(context: &Context, arguments: &[&str]) -> Result<Command> {
    let program = context.programs.path("warren-insults")?;
    let mut command = context.suite.guard.command(program, &context.part);
    command
        .args(arguments)
        .current_dir(&context.directory)
        .env("WARREN_BROKER_URL", context.vhost.url());
    Ok(command)
}
