//! Where one measurement takes place, and what it starts there.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use testbed::broker_in_use::Vhost;
use testbed::controller::{Controller, Launch};
use testbed::guard::Guard;
use testbed::programs::Programs;
use tokio::process::Command;

/// What a measurement has: a vhost of the broker, a directory, and the programs to run in them.
pub(super) struct Place<'a> {
    pub(super) guard: &'a Guard,
    pub(super) programs: &'a Programs,
    pub(super) vhost: Vhost,
    pub(super) directory: PathBuf,
    /// The part of the run that its processes belong to.
    pub(super) part: &'static str,
}

impl Place<'_> {
    /// A configuration with these keys of the pool and tables of it; the rest is as shipped.
    pub(super) fn config(&self, pool: &str) -> Result<PathBuf> {
        let path = self.directory.join("config.toml");
        let names = [
            ("exchange", "warren.events"),
            ("work_queue", "warren.work"),
            ("dead_letter_exchange", "warren.dead"),
        ]
        .map(|(key, name)| format!("{key} = \"{}\"\n", self.vhost.name(name)))
        .concat();
        std::fs::write(&path, format!("[[pool]]\nname = \"filter\"\n{names}{pool}"))
            .with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// A program of this measurement, told where the broker is, that says nothing.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.guard.command(program, self.part);
        command
            .env("WARREN_BROKER_URL", self.vhost.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub(super) async fn controller(&self, config: &Path) -> Result<Controller> {
        let launch = Launch {
            config,
            state_dir: &self.directory.join("state"),
            broker_url: Some(self.vhost.url()),
            part: self.part,
        };
        let controller = Controller::start(self.guard, self.programs, launch).await?;
        controller.ready().await?;
        Ok(controller)
    }

    pub(super) async fn end(self) -> Result<()> {
        self.guard.kill_survivors(self.part);
        self.vhost.remove().await
    }
}
