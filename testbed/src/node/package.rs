//! Where the system's package put RabbitMQ's server and Erlang's port mapper.

use std::path::{Path, PathBuf};

/// RabbitMQ's scripts and epmd on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    scripts: PathBuf,
    epmd: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no RabbitMQ server on this machine ({missing} not found): run `make setup`, install the \
     package rabbitmq-server, or set WARREN_BROKER_URL to a broker of yours"
)]
pub struct MissingPackage {
    missing: &'static str,
}

impl Package {
    /// Looks where Debian's and Ubuntu's package and RabbitMQ's own packages put things.
    pub fn find() -> Result<Self, MissingPackage> {
        let scripts = script_directories()
            .into_iter()
            // The script on PATH goes through a wrapper that only root and rabbitmq may use: this
            // one is the server itself.
            .find(|directory| directory.join("rabbitmq-server").is_file())
            .ok_or(MissingPackage {
                missing: "rabbitmq_server-*/sbin/rabbitmq-server",
            })?;
        let epmd = search_path("epmd").ok_or(MissingPackage { missing: "epmd" })?;
        Ok(Self { scripts, epmd })
    }

    pub(super) fn script(&self, name: &str) -> PathBuf {
        self.scripts.join(name)
    }

    pub(super) fn epmd(&self) -> &Path {
        &self.epmd
    }
}

/// The newest version first, where there are several.
fn script_directories() -> Vec<PathBuf> {
    let mut found: Vec<_> = [
        "/usr/lib/rabbitmq/lib",
        "/opt/rabbitmq",
        "/usr/local/lib/rabbitmq/lib",
    ]
    .into_iter()
    .filter_map(|parent| std::fs::read_dir(parent).ok())
    .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
    .filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("rabbitmq_server-"))
    })
    .map(|path| path.join("sbin"))
    .collect();
    found.sort();
    found.reverse();
    found
}

fn search_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}
