//! A private RabbitMQ node: the package's own server script run as an ordinary process, with its
//! own name, ports, home, data, log, plugins and epmd, all under one directory.
//!
//! It needs no root and leaves the machine's own RabbitMQ alone.
//! It does not cluster, and its data is thrown away with it.

mod files;
mod management;
mod package;
mod ports;
#[cfg(feature = "tls")]
mod tls;

pub use management::{Management, Permissions};
pub use package::{MissingPackage, Package};

use crate::guard::Guard;
use crate::poll::until;
use anyhow::{Context, Result, bail, ensure};
use files::Files;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use ports::Ports;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A node starts in about 7 s on two idle cores; tests may share them with a build.
const START_SECONDS: u64 = 90;
/// A port may be taken between the moment it was found free and the moment the node binds it.
const START_ATTEMPTS: u32 = 3;
/// A node flushes its queues when it is asked to stop.
const STOP_SECONDS: u64 = 30;
/// One `rabbitmqctl` takes a third of a second on an idle machine.
const CONTROL_SECONDS: u64 = 60;

/// The part of a run that its nodes belong to.
const PART: &str = "node";

#[derive(Debug)]
pub struct Node {
    package: Package,
    files: Files,
    ports: Ports,
    epmd: Child,
    server: Child,
    management: Management,
}

/// Whether the node raises its memory alarm, which blocks every connection that publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryAlarm {
    On,
    Off,
}

impl Node {
    /// Starts a node whose files live in `directory`, and waits until it takes connections.
    pub async fn start(guard: &Guard, directory: &Path) -> Result<Self> {
        let package = Package::find()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(guard, directory, package.clone()).await {
                Ok(node) => return Ok(node),
                Err(error) if attempt == START_ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    async fn start_once(guard: &Guard, directory: &Path, package: Package) -> Result<Self> {
        let ports = Ports::find_free().context("find free ports for a RabbitMQ node")?;
        let files = Files::create(directory, &ports)?;
        let epmd = start_epmd(guard, &package, &files, &ports)?;
        let server = start_server(guard, &package, &files, &ports)?;
        let management = Management::new("127.0.0.1", ports.management, "guest", "guest");
        let mut node = Self {
            package,
            files,
            ports,
            epmd,
            server,
            management,
        };
        node.ready().await?;
        Ok(node)
    }

    /// The URL of one of its virtual hosts, as the user `guest`.
    #[must_use]
    pub fn url(&self, virtual_host: &str) -> String {
        self.url_as("guest", "guest", virtual_host)
    }

    /// The URL of one of its virtual hosts.
    #[must_use]
    pub fn url_as(&self, user: &str, password: &str, virtual_host: &str) -> String {
        let port = self.ports.amqp;
        format!("amqp://{user}:{password}@127.0.0.1:{port}/{virtual_host}")
    }

    /// The URL of one of its virtual hosts over TLS; its certificate is for `localhost` and signed
    /// by [`Node::ca_file`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls_url(&self, virtual_host: &str) -> String {
        let port = self.ports.amqps;
        format!("amqps://guest:guest@localhost:{port}/{virtual_host}")
    }

    /// The certificate authority that signed the node's certificate, as PEM.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ca_file(&self) -> std::path::PathBuf {
        self.files.ca_file()
    }

    /// Makes virtual hosts, users and permissions.
    #[must_use]
    pub fn management(&self) -> &Management {
        &self.management
    }

    /// Raises or clears the memory alarm.
    pub async fn set_memory_alarm(&self, alarm: MemoryAlarm) -> Result<()> {
        let watermark = match alarm {
            MemoryAlarm::On => "0.0000001",
            MemoryAlarm::Off => "0.6",
        };
        self.control(&["set_vm_memory_high_watermark", watermark])
            .await?;
        Ok(())
    }

    /// Runs `rabbitmqctl` on this node and gives what it printed.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub async fn control(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(self.package.script("rabbitmqctl"));
        self.files.set_environment(&mut command, &self.ports);
        command.arg("--quiet").args(arguments).kill_on_drop(true);
        let what = format!("rabbitmqctl {}", arguments.join(" "));
        let output = timeout(Duration::from_secs(CONTROL_SECONDS), command.output())
            .await
            .with_context(|| format!("{what} took more than {CONTROL_SECONDS} s"))?
            .with_context(|| format!("run {what}"))?;
        ensure!(
            output.status.success(),
            "{what} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Stops the broker in an orderly way; it can be started again on the same ports and data.
    pub async fn shut_down(&mut self) -> Result<()> {
        let Some(pid) = self.server.id() else {
            return Ok(());
        };
        kill(pid_of(pid), Signal::SIGTERM).context("ask the RabbitMQ node to stop")?;
        timeout(Duration::from_secs(STOP_SECONDS), self.server.wait())
            .await
            .with_context(|| format!("the RabbitMQ node did not stop within {STOP_SECONDS} s"))??;
        Ok(())
    }

    /// Starts the broker again after [`Node::shut_down`], and waits until it takes connections.
    pub async fn start_again(&mut self, guard: &Guard) -> Result<()> {
        self.server = start_server(guard, &self.package, &self.files, &self.ports)?;
        self.ready().await
    }

    /// Ends node and epmd, checks that both are gone, and removes their files.
    pub async fn stop(mut self, guard: &Guard) -> Result<()> {
        // Its data is thrown away, so it need not be asked to flush it first.
        if let Some(pid) = self.server.id() {
            killpg(pid_of(pid), Signal::SIGKILL).context("end the RabbitMQ node")?;
        }
        self.server.wait().await?;
        self.epmd.kill().await.context("end the node's epmd")?;
        let part = self.files.part();
        until(
            "the private RabbitMQ node and its epmd to be gone",
            Duration::from_secs(STOP_SECONDS),
            async || Ok(guard.survivors(&part).is_empty()),
        )
        .await?;
        self.files.remove()
    }

    async fn ready(&mut self) -> Result<()> {
        let within = Duration::from_secs(START_SECONDS);
        let amqp = self.ports.amqp;
        let server = &mut self.server;
        let files = &self.files;
        until(
            "the RabbitMQ node to take connections",
            within,
            async || {
                if let Some(status) = server.try_wait()? {
                    bail!(
                        "the RabbitMQ node ended while starting ({status}); its log ends with:\n{}",
                        files.end_of_log()
                    );
                }
                Ok(speaks_amqp(amqp).await)
            },
        )
        .await?;
        let management = &self.management;
        until("the management API of the node", within, async || {
            Ok(management.answers().await)
        })
        .await
    }
}

/// epmd is started here and not by Erlang, which would detach it: a child of ours can be ended by
/// its id, and Erlang uses the one it finds on its port.
fn start_epmd(guard: &Guard, package: &Package, files: &Files, ports: &Ports) -> Result<Child> {
    guard
        .command(package.epmd(), &files.part())
        .args(["-address", "127.0.0.1", "-port", &ports.epmd.to_string()])
        .stdout(files.output("epmd")?)
        .stderr(files.output("epmd")?)
        .spawn()
        .with_context(|| format!("start {}", package.epmd().display()))
}

fn start_server(guard: &Guard, package: &Package, files: &Files, ports: &Ports) -> Result<Child> {
    let script = package.script("rabbitmq-server");
    let mut command = guard.command(&script, &files.part());
    files.set_environment(&mut command, ports);
    command
        .stdout(files.output("server")?)
        .stderr(files.output("server")?)
        .spawn()
        .with_context(|| format!("start {}", script.display()))
}

/// A broker that is up answers a protocol header with a method frame (type 1); an open port alone
/// may still belong to a node that is booting, or to somebody else.
async fn speaks_amqp(port: u16) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(b"AMQP\x00\x00\x09\x01").await.ok()?;
        stream.read_u8().await.ok()
    };
    timeout(Duration::from_secs(1), exchange).await == Ok(Some(1))
}

fn pid_of(id: u32) -> Pid {
    // A process id fits: the kernel's own type for it is signed.
    Pid::from_raw(id.cast_signed())
}
