//! One fleet of a sweep: its supervisor, the controller that the supervisor runs, and a fixed number
//! of workers.

use super::controller_log::{self, LastLogged, follow};
use super::fleet_config::{FleetConfig, Names};
use super::status;
use super::supervisor::{CONFIG, END_MARGIN};
use crate::load::scenario::Cleanup;
use anyhow::{Context as _, anyhow, bail, ensure};
use api::{Controller, PoolReport};
use config::{Broker, Config, Environment, Secret};
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How often a fleet that starts is looked at: short beside what a worker takes to start.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A controller on the same machine answers within milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The directory of a fleet in the system's temporary one begins with this.
const DIRECTORY: &str = "warren-sweep-";

/// What every fleet of a sweep is made with.
#[derive(Clone, Debug)]
pub struct Maker {
    /// What its configuration is made of.
    pub fleet_config: FleetConfig,
    /// The program `warren-controller`.
    pub controller: PathBuf,
    /// This very program, which supervises the fleet.
    pub supervisor: PathBuf,
    /// What its workers make in the broker beside their queue.
    pub cleanup: Cleanup,
    /// How long the start of a fleet may take.
    pub start_max: Duration,
}

/// What runs a fleet. Dropping it ends the fleet too, and nobody waits for that.
#[derive(Debug)]
pub struct Supervised {
    config: Config,
    supervisor: Child,
    /// Closed once the fleet is no longer needed.
    needed: Option<ChildStdin>,
    said: watch::Receiver<LastLogged>,
    workers: u32,
    /// When all workers have to consume at the latest.
    deadline: Instant,
    /// Removed by the supervisor, once nothing is left of the fleet.
    directory: PathBuf,
}

/// A fleet whose workers all consume.
#[derive(Clone, Debug)]
pub struct Fleet {
    config: Config,
    controller: Controller,
}

impl Maker {
    /// Starts what runs a fleet of so many workers at that broker.
    ///
    /// # Errors
    /// When that is not possible on this machine.
    pub fn launch(&self, broker: &Broker, workers: u32) -> anyhow::Result<Supervised> {
        let (directory, config) = self.prepare(broker, workers)?;
        let mut supervisor = Command::new(&self.supervisor)
            .arg("supervise-fleet")
            .arg(directory.path())
            .arg(&self.controller)
            .args(
                self.cleanup
                    .queues
                    .iter()
                    .map(|name| format!("--queue={name}")),
            )
            .args(
                self.cleanup
                    .exchanges
                    .iter()
                    .map(|name| format!("--exchange={name}")),
            )
            .env(config::BROKER_URL_VARIABLE, broker.url.expose())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C at the terminal is for the sweep, which ends its fleets in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {}", self.supervisor.display()))?;
        let needed = supervisor.stdin.take();
        let log = supervisor.stderr.take();
        Ok(Supervised {
            config,
            said: follow(log.context("read the controller's log")?),
            supervisor,
            needed,
            workers,
            deadline: Instant::now() + self.start_max,
            directory: directory.keep(),
        })
    }

    /// Has `warren-controller check` look at the configuration of a fleet, and starts nothing.
    ///
    /// # Errors
    /// When no such fleet could run; the error says all that is wrong.
    pub async fn check(&self, broker: &Broker, workers: u32) -> anyhow::Result<()> {
        let (directory, _) = self.prepare(broker, workers)?;
        let output = Command::new(&self.controller)
            .arg("check")
            .arg("--config")
            .arg(directory.path().join(CONFIG))
            .env(config::BROKER_URL_VARIABLE, broker.url.expose())
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("run {}", self.controller.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("error: ");
        ensure!(output.status.success(), "the fleets can't be run: {said}");
        Ok(())
    }

    fn prepare(&self, broker: &Broker, workers: u32) -> anyhow::Result<(TempDir, Config)> {
        let directory = tempfile::Builder::new().prefix(DIRECTORY).tempdir();
        let directory = directory.context("make a directory for a fleet")?;
        let state_dir = directory.path().join("state");
        let state_dir = state_dir
            .to_str()
            .context("the temporary directory's path is not UTF-8; set TMPDIR to another")?;
        let text = self
            .fleet_config
            .write(&Names::random(), workers, state_dir);
        write(&directory.path().join(CONFIG), &text)?;
        let environment = Environment {
            broker_url: Some(Secret::new(broker.url.expose())),
            ..Environment::default()
        };
        let config = Config::parse(&text, "a fleet's configuration", &environment)?.config;
        Ok((directory, config))
    }
}

/// Writes a file that only its owner can read.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
        .with_context(|| format!("write {}", path.display()))
}

fn complaint(said: &watch::Receiver<LastLogged>) -> String {
    let complaint = said.borrow().complaint.clone();
    complaint.map_or(String::new(), |complaint| format!(": {complaint}"))
}

impl Fleet {
    /// Its configuration: with its exchange and its queues.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What its controller says of it.
    ///
    /// # Errors
    /// When the controller does not answer.
    pub async fn status(&self) -> Result<PoolReport, api::Error> {
        self.controller
            .pool(self.config.pools[0].name.as_str())
            .await
    }
}

impl Supervised {
    /// The fleet, as soon as exactly its workers consume.
    ///
    /// # Errors
    /// When they don't in time, or the controller ends.
    pub async fn fleet(&mut self) -> anyhow::Result<Fleet> {
        let listening = self
            .said
            .wait_for(|said| said.address.is_some() || said.ended.is_some());
        let address = timeout_at(self.deadline, listening)
            .await
            .map(|said| said.ok().and_then(|said| said.address));
        let address = match address {
            Ok(Some(address)) => address,
            Ok(None) => return Err(self.ended()),
            Err(_) => bail!(
                "the controller did not start to listen{}",
                complaint(&self.said)
            ),
        };
        let url = api::listen_url(address).context("the controller listens at port 0")?;
        let fleet = Fleet {
            controller: Controller::new(url, ANSWER_WITHIN),
            config: self.config.clone(),
        };
        self.complete(&fleet).await?;
        Ok(fleet)
    }

    /// Waits until exactly its workers consume.
    async fn complete(&self, fleet: &Fleet) -> anyhow::Result<()> {
        loop {
            let pool = fleet.status().await;
            if matches!(&pool, Ok(pool) if status::is_complete(pool.workers, self.workers)) {
                return Ok(());
            }
            // The log's end closes the channel.
            if self.said.borrow().ended.is_some() || self.said.has_changed().is_err() {
                return Err(self.ended());
            }
            if Instant::now() >= self.deadline {
                return Err(match pool {
                    Ok(pool) => self.incomplete(&pool),
                    Err(error) => error.into(),
                });
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Says what is behind an error that came while the fleet was asked for something: that its
    /// controller is gone, if it is.
    pub async fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        match controller_log::ended(&self.said).await {
            Some(how) => anyhow!("the controller ended: {how}"),
            None => error,
        }
    }

    /// Waits until its controller is gone without having been asked to go; says how.
    pub async fn gone(&self) -> anyhow::Error {
        let mut said = self.said.clone();
        // The log's end closes the channel.
        drop(said.wait_for(|said| said.ended.is_some()).await);
        self.ended()
    }

    fn ended(&self) -> anyhow::Error {
        let how = self.said.borrow().ended.clone();
        let how = how.map_or(String::new(), |how| format!(" ({how})"));
        anyhow!("the controller ended{how}{}", complaint(&self.said))
    }

    fn incomplete(&self, pool: &PoolReport) -> anyhow::Error {
        let error = pool.last_error.as_ref().map(|error| format!(": {error}"));
        let error = error.unwrap_or_else(|| complaint(&self.said));
        anyhow!(
            "{} of {} workers were ready when time was up{error}",
            pool.workers.ready,
            self.workers
        )
    }

    /// Stops the controller and its workers and deletes what they had in the broker.
    ///
    /// # Errors
    /// When something is left; the error says what.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.needed.take());
        let directory = self.directory.display();
        let stop_grace = self.config.pools[0].fleet.stop_grace;
        match timeout(stop_grace + END_MARGIN, self.supervisor.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(_)) => {
                // The last line of the log may still be on its way.
                while self.said.changed().await.is_ok() {}
                bail!(
                    "the fleet in {directory} was not cleared up{}",
                    complaint(&self.said)
                )
            }
            Ok(Err(error)) => Err(error).context("wait for the fleet's supervisor"),
            Err(_) => {
                let pid = self.supervisor.id().unwrap_or_default();
                bail!("the supervisor of the fleet in {directory} (pid {pid}) has not ended yet")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn maker(controller: &Path) -> Maker {
        let loaded = Config::parse("", "config.toml", &Environment::default()).unwrap();
        Maker {
            fleet_config: FleetConfig::new(&loaded, 0, None),
            controller: controller.to_owned(),
            supervisor: PathBuf::from("/bin/cat"),
            cleanup: Cleanup::default(),
            start_max: Duration::from_secs(5),
        }
    }

    #[tokio::test]
    async fn what_check_complains_of_is_said_and_leaves_no_password_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let controller = directory.path().join("controller");
        // It complains of the file that it was given.
        let script = "#!/bin/sh\ncat \"$3\" >&2\nexit 64\n";
        fs::write(&controller, script).unwrap();
        fs::set_permissions(&controller, fs::Permissions::from_mode(0o755)).unwrap();
        let broker = Broker {
            url: "amqp://shop:hunter2@127.0.0.1".parse().unwrap(),
            ca_file: None,
        };
        let error = maker(&controller).check(&broker, 3).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("the fleets can't be run: "), "{said}");
        assert!(
            said.contains("min = 3") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
