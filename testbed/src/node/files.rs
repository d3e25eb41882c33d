//! The directory of one node: configuration, certificates, data, home and output.

use super::PART;
use super::ports::Ports;
#[cfg(feature = "tls")]
use super::tls;
use crate::fresh_directory;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// How much of the server's output goes into an error.
const LOG_LINES: usize = 20;

#[derive(Clone, Debug)]
pub(super) struct Files {
    directory: PathBuf,
    node_name: String,
}

impl Files {
    /// Makes the directory anew.
    pub(super) fn create(directory: &Path, ports: &Ports) -> Result<Self> {
        let directory = fresh_directory(directory)?;
        for part in ["home", "data", "log"] {
            let path = directory.join(part);
            fs::create_dir(&path).with_context(|| format!("make {}", path.display()))?;
        }
        let files = Self {
            directory,
            node_name: format!("warren-{}@localhost", ports.amqp),
        };
        files.write("rabbitmq.conf", &files.configuration(ports)?)?;
        // Virtual hosts, users and permissions are made over HTTP: 10 ms each, where one rabbitmqctl
        // takes 350 ms.
        files.write("enabled_plugins", "[rabbitmq_management].\n")?;
        Ok(files)
    }

    /// The part of the run that this node belongs to.
    pub(super) fn part(&self) -> String {
        format!("{PART}-{}", self.node_name)
    }

    #[cfg(feature = "tls")]
    pub(super) fn ca_file(&self) -> PathBuf {
        self.directory.join("tls/ca.pem")
    }

    fn configuration(&self, ports: &Ports) -> Result<String> {
        let Ports {
            amqp, management, ..
        } = ports;
        #[cfg(feature = "tls")]
        let tls = tls::listener(&self.directory.join("tls"), ports.amqps)?;
        #[cfg(not(feature = "tls"))]
        let tls = "";
        // The agent's statistics are never read; leaving them out saves the node's time.
        Ok(format!(
            "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
             {tls}\
             management.tcp.ip = 127.0.0.1\n\
             management.tcp.port = {management}\n\
             management_agent.disable_metrics_collector = true\n"
        ))
    }

    /// Everything the scripts would otherwise take from `/etc/rabbitmq`, `/var` and the user's home.
    pub(super) fn set_environment(&self, command: &mut Command, ports: &Ports) {
        let directory = &self.directory;
        command
            .env("HOME", directory.join("home"))
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", ports.epmd.to_string())
            .env("RABBITMQ_NODENAME", &self.node_name)
            .env("RABBITMQ_NODE_PORT", ports.amqp.to_string())
            .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
            .env(
                "RABBITMQ_CONF_ENV_FILE",
                directory.join("rabbitmq-env.conf"),
            )
            .env("RABBITMQ_CONFIG_FILE", directory.join("rabbitmq.conf"))
            .env(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                directory.join("enabled_plugins"),
            )
            .env("RABBITMQ_MNESIA_BASE", directory.join("data"))
            .env("RABBITMQ_LOG_BASE", directory.join("log"))
            .env("RABBITMQ_PID_FILE", directory.join("server.pid"))
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            )
            .env_remove("NOTIFY_SOCKET");
    }

    /// A file that takes the output of one of the node's processes.
    pub(super) fn output(&self, process: &str) -> Result<Stdio> {
        let path = self.directory.join(format!("log/{process}.out"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        Ok(file.into())
    }

    pub(super) fn end_of_log(&self) -> String {
        let path = self.directory.join("log/server.out");
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    pub(super) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.directory)
            .with_context(|| format!("remove {}", self.directory.display()))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.directory.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    }
}
