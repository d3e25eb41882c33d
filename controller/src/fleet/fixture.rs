//! What the tests of this module share: a fleet whose workers are scripts, and ways to wait for
//! what they do that have a deadline and no blind sleep.

use super::Fleet as _;
use super::outbox::Outbox;
use super::process::{ProcessFleet, Setup};
use super::state_dir::StateDir;
use config::{Command, Config, PoolName};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use policy::{Event, Exit, WorkerId};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Far above what any of it takes, far below where somebody would give up waiting.
const DEADLINE: Duration = Duration::from_secs(30);

/// The pool of the shipped configuration: there is no other way to a valid name.
pub(crate) fn pool_name() -> PoolName {
    Config::default().pools[0].name.clone()
}

/// A fleet and all around it. Whatever still runs is killed at the end.
pub(crate) struct ScriptedFleet {
    root: TempDir,
    script: PathBuf,
    state_dir: Option<StateDir>,
    fleet: Option<ProcessFleet>,
    events: Arc<Outbox>,
    pids: Vec<u32>,
}

impl ScriptedFleet {
    /// A fleet whose workers run this shell script.
    pub(crate) async fn new(script: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("script");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        let mut scripted = Self {
            root,
            script: path,
            state_dir: None,
            fleet: None,
            events: Arc::default(),
            pids: Vec::new(),
        };
        scripted.make_executable();
        assert_eq!(scripted.open(), []);
        scripted
    }

    fn open(&mut self) -> Vec<Event> {
        let config = Config::default();
        let events = Arc::new(Outbox::default());
        let state_dir = StateDir::open(&self.state_dir()).unwrap();
        let setup = Setup {
            pool: pool_name(),
            command: Command {
                program: self.script.to_str().unwrap().to_owned(),
                arguments: vec!["cmdline-marker".to_owned()],
            },
            work_queue: "warren.work".to_owned(),
            broker_url: config.broker.url,
            config_file: PathBuf::from("/etc/warren/config.toml"),
        };
        let (fleet, adopted) = ProcessFleet::open(&state_dir, setup, Arc::clone(&events)).unwrap();
        self.events = events;
        self.state_dir = Some(state_dir);
        self.fleet = Some(fleet);
        adopted
    }

    pub(crate) fn fleet(&mut self) -> &mut ProcessFleet {
        self.fleet.as_mut().unwrap()
    }

    /// Ends the fleet as the end of a controller does, lets `meanwhile` happen, and opens the next.
    pub(crate) async fn restart(&mut self, meanwhile: impl FnOnce()) -> Vec<Event> {
        self.close();
        meanwhile();
        self.open()
    }

    pub(crate) fn close(&mut self) {
        if let Some(mut fleet) = self.fleet.take() {
            self.pids
                .extend(fleet.usage().iter().map(|worker| worker.pid));
        }
        self.state_dir = None;
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Event {
        let event = timeout(DEADLINE, self.events.next()).await;
        event.expect("an event in time")
    }

    /// How a worker ends; what is reported before is passed over.
    pub(crate) async fn exit_of(&mut self, expected: WorkerId) -> Exit {
        loop {
            match self.event().await {
                Event::WorkerExited { worker, exit, .. } if worker == expected => return exit,
                _ => {}
            }
        }
    }

    /// Waits until a worker has printed a line with this in it, and returns all it has printed.
    pub(crate) async fn printed(&mut self, worker: WorkerId, text: &str) -> String {
        let path = self.output(worker);
        let mut printed = String::new();
        self.until(|| {
            printed = fs::read_to_string(&path).unwrap_or_default();
            printed
                .split_inclusive('\n')
                .any(|line| line.ends_with('\n') && line.contains(text))
        })
        .await;
        printed
    }

    /// Waits for something that nobody announces.
    pub(crate) async fn until(&self, mut holds: impl FnMut() -> bool) {
        let poll = async {
            while !holds() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(DEADLINE, poll).await.expect("it holds in time");
    }

    pub(crate) fn make_executable(&self) {
        fs::set_permissions(&self.script, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn script(&self) -> &Path {
        &self.script
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.root.path().join("state")
    }

    fn in_pool(&self, name: &str) -> PathBuf {
        self.state_dir().join(pool_name().as_str()).join(name)
    }

    pub(crate) fn roster(&self) -> PathBuf {
        self.in_pool("workers.json")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.in_pool("status.sock")
    }

    pub(crate) fn output(&self, worker: WorkerId) -> PathBuf {
        self.in_pool(&format!("worker-{worker}.log"))
    }
}

impl Drop for ScriptedFleet {
    fn drop(&mut self) {
        self.close();
        for pid in &self.pids {
            // Most are gone by now, which is all that is wanted.
            killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).ok();
        }
    }
}
