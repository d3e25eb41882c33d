//! A private Redis: its own port, nothing kept on disk, gone with the run.

use anyhow::{Context, Result, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use testbed::guard::Guard;
use testbed::poll::until;
use tokio::net::TcpStream;
use tokio::process::Child;

const START: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Redis {
    child: Child,
    address: String,
}

impl Redis {
    /// Starts a server, and waits until it takes connections.
    pub async fn start(guard: &Guard, directory: &Path) -> Result<Self> {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("make {}", directory.display()))?;
        // It must be told its port beforehand; one that was free a moment ago is very likely free.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .context("find a free port for Redis")?
            .port();
        let mut command = guard.command("redis-server", "redis");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &port.to_string(), "--dir"])
            .arg(directory)
            .stdout(Stdio::null());
        let mut child = command
            .spawn()
            .context("start redis-server; `setup/redis.sh` installs it")?;
        let address = format!("127.0.0.1:{port}");
        until("Redis to take connections", START, async || {
            if let Some(status) = child.try_wait()? {
                bail!("redis-server ended with {status}");
            }
            Ok(TcpStream::connect(&address).await.is_ok())
        })
        .await?;
        Ok(Self { child, address })
    }

    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("end redis-server")
    }
}
