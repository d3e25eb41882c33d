//! Workers as processes on this host.
//!
//! Nothing ties a worker's life to the controller's: no pipe, no parent-death signal, a process
//! group of its own.
//! So a controller may be killed in a burst and the work goes on; the next one finds the workers by
//! the state file.

use super::outbox::{Outbox, Report};
use super::output::{self, Outputs};
use super::processes::{Orphans, Processes};
use super::state_dir::{PoolDir, StateDir, StateDirError};
use super::status::{self, Sender};
use super::usage::UsageMeter;
use super::{Fleet, WorkerUsage, command, jitter};
use config::{BROKER_URL_VARIABLE, BrokerUrl, Command, HTTP_TOKEN_VARIABLE, PoolName};
use nix::sys::signal::Signal;
use policy::{Event, FailedAction, WorkerId};
use program::ticks;
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// What workers print is read this often: as good as at once for somebody who watches, and nothing
/// to the processor.
const OUTPUT_PERIOD: Duration = Duration::from_millis(500);

/// Orphans are looked at this often. They are no children of ours, so nobody tells us of their end.
const ORPHANS_PERIOD: Duration = Duration::from_millis(200);

/// A state file that could not be written is tried again this often: a disk that is full stays so
/// for a while.
const WRITE_AGAIN_PERIOD: Duration = Duration::from_secs(2);

/// Of the controller's environment, what is not for workers: rights that they have no use for, and
/// systemd's addresses, through which a worker could speak in the controller's name.
const WITHHELD: [&str; 5] = [
    BROKER_URL_VARIABLE,
    HTTP_TOKEN_VARIABLE,
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
];

/// What a fleet has to know of its pool.
#[derive(Clone, Debug)]
pub struct Setup {
    pub pool: PoolName,
    /// What a worker is.
    pub command: Command,
    /// The queue that it consumes.
    pub work_queue: String,
    /// Where it finds the broker. Goes into its environment and nowhere else.
    pub broker_url: BrokerUrl,
    /// The controller's own configuration, from which Warren's workers take their pool's settings.
    pub config_file: PathBuf,
}

/// Why a fleet can't be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The state directory is not usable.
    #[error(transparent)]
    StateDir(#[from] StateDirError),
    /// The status socket can't be made.
    #[error("can't make the status socket {}: {error}", path.display())]
    Socket { path: PathBuf, error: io::Error },
    /// The system does not show or report what is needed of processes.
    #[error("can't {what}: {error}")]
    System {
        what: &'static str,
        error: io::Error,
    },
}

/// The workers of one pool, as processes. Dropping it leaves them running.
#[derive(Debug)]
pub struct ProcessFleet {
    setup: Setup,
    directory: PoolDir,
    shared: Arc<Shared>,
    last_error: Option<String>,
    usage: UsageMeter,
    // Dropping the set ends its tasks.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    processes: Mutex<Processes>,
    outputs: Mutex<Outputs>,
    outbox: Arc<Outbox>,
}

/// Why a worker was not started.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Command(#[from] command::CommandError),
    #[error("can't open the output file {}: {error}", path.display())]
    Output { path: PathBuf, error: io::Error },
    #[error("can't run {}: {error}", program.display())]
    Spawn { program: PathBuf, error: io::Error },
}

impl ProcessFleet {
    /// Opens the fleet of a pool. What becomes of its workers is put into `outbox`; the workers that
    /// an earlier controller has left are returned, as the events that the policy is to get before
    /// anything else. Has to be called within a Tokio runtime.
    ///
    /// # Errors
    /// When the state directory or the status socket can't be had.
    pub fn open(
        state_dir: &StateDir,
        setup: Setup,
        outbox: Arc<Outbox>,
    ) -> Result<(Self, Vec<Event>), OpenError> {
        let system = |what| move |error| OpenError::System { what, error };
        let pool = setup.pool.to_string();
        let directory = state_dir.pool(&setup.pool)?;
        let socket = bind(&directory.socket())?;
        let processes = Processes::open(directory.roster(), pool.clone(), Arc::clone(&outbox))
            .map_err(system("look for the workers of the last run in /proc"))?;
        let outputs =
            Outputs::open(directory.clone()).map_err(system("read the workers' output"))?;
        let usage = UsageMeter::new()
            .map_err(io::Error::other)
            .map_err(system("read what processes use"))?;
        // Before the first child, or its end could be missed.
        let mut children =
            signal(SignalKind::child()).map_err(system("listen for the end of children"))?;
        let adopted = processes.ids().into_iter();
        let adopted = adopted
            .map(|worker| Event::WorkerAdopted { worker })
            .collect();
        let shared = Arc::new(Shared {
            processes: Mutex::new(processes),
            outputs: Mutex::new(outputs),
            outbox,
        });

        let mut tasks = JoinSet::new();
        let at = Arc::clone(&shared);
        tasks.spawn(async move {
            while children.recv().await.is_some() {
                at.processes().reap();
            }
        });
        let at = Arc::clone(&shared);
        tasks.spawn(status::listen(
            socket,
            pool.clone(),
            move |worker, report| at.report(worker, report),
        ));
        tasks.spawn(Arc::clone(&shared).read_outputs(pool));
        tasks.spawn(Arc::clone(&shared).watch_orphans());
        tasks.spawn(Arc::clone(&shared).repeat_failed_writing());

        let fleet = Self {
            setup,
            directory,
            shared,
            last_error: None,
            usage,
            _tasks: tasks,
        };
        Ok((fleet, adopted))
    }

    fn spawn(
        &self,
        worker: WorkerId,
        program: PathBuf,
        processes: &mut Processes,
    ) -> Result<(), StartError> {
        let path = self.directory.output(worker);
        let output = |error| StartError::Output {
            path: path.clone(),
            error,
        };
        let file = File::options()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(output)?;
        let same_file = file.try_clone().map_err(output)?;
        let mut command = std::process::Command::new(&program);
        for name in WITHHELD {
            command.env_remove(name);
        }
        command
            .args(&self.setup.command.arguments)
            .env("WARREN_WORKER_BROKER_URL", self.setup.broker_url.expose())
            .env("WARREN_WORKER_POOL", self.setup.pool.as_str())
            .env("WARREN_WORKER_QUEUE", &self.setup.work_queue)
            .env("WARREN_WORKER_ID", worker.to_string())
            .env("WARREN_WORKER_STATUS_SOCKET", self.directory.socket())
            .env("WARREN_CONFIG", &self.setup.config_file)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(same_file)
            .process_group(0);
        command
            .spawn()
            .and_then(|child| processes.add(worker, child))
            .map_err(|error| StartError::Spawn { program, error })
    }

    fn signal(&self, worker: WorkerId, signal: Signal, failed: FailedAction) {
        let result = self.shared.processes().signal(worker, signal);
        if let Err(error) = result {
            tracing::warn!(pool = %self.setup.pool, %worker, %signal, %error, "worker can't be signalled");
            self.shared.fail(failed);
        }
    }
}

impl Fleet for ProcessFleet {
    fn start(&mut self, worker: WorkerId) {
        // Each time, since it may be installed or moved meanwhile; before the lock is taken, since PATH
        // may lead to a slow file system.
        let program = command::resolve(&self.setup.command).map_err(StartError::from);
        // Held until the worker is known: whoever lists the output files must not find one whose
        // worker is not.
        let mut processes = self.shared.processes();
        if processes.contains(worker) {
            // The policy never gives an id twice; a second process under it could not be stopped.
            tracing::error!(pool = %self.setup.pool, %worker, "runs already and is not started twice");
            return;
        }
        let started = program.and_then(|program| self.spawn(worker, program, &mut processes));
        drop(processes);
        match started {
            Ok(()) => self.last_error = None,
            Err(error) => {
                tracing::warn!(pool = %self.setup.pool, %worker, %error, "worker can't be started");
                self.last_error = Some(error.to_string());
                self.shared.fail(FailedAction::Start(worker));
            }
        }
    }

    fn drain(&mut self, worker: WorkerId) {
        self.signal(worker, Signal::SIGTERM, FailedAction::Drain(worker));
    }

    fn kill(&mut self, worker: WorkerId) {
        self.signal(worker, Signal::SIGKILL, FailedAction::Kill(worker));
    }

    fn usage(&mut self) -> Vec<WorkerUsage> {
        let pids = self.shared.processes().pids();
        self.usage.read(&pids)
    }

    fn last_error(&self) -> Option<String> {
        self.last_error.clone()
    }
}

impl Drop for ProcessFleet {
    fn drop(&mut self) {
        // The last words of workers that have just gone; there is no one else to read them.
        if let Err(error) = self.shared.read_outputs_once(self.setup.pool.as_str()) {
            tracing::debug!(pool = %self.setup.pool, %error, "workers' output can't be read");
        }
        if let Err(error) = std::fs::remove_file(self.directory.socket()) {
            tracing::debug!(pool = %self.setup.pool, %error, "status socket can't be removed");
        }
    }
}

impl Shared {
    fn processes(&self) -> MutexGuard<'_, Processes> {
        // A panic in the middle of a change can at worst leave the state file one change behind.
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, worker: WorkerId, report: Report) -> Sender {
        if self.processes().contains(worker) {
            self.outbox.report(worker, report);
            Sender::Known
        } else {
            Sender::Unknown
        }
    }

    fn fail(&self, action: FailedAction) {
        let jitter = jitter();
        self.outbox.post(Event::ActionFailed { action, jitter });
    }

    fn read_outputs_once(&self, pool: &str) -> io::Result<()> {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        outputs.read(
            || self.processes().ids(),
            |worker, said| output::log(pool, worker, said),
        )
    }

    async fn read_outputs(self: Arc<Self>, pool: String) {
        let mut failing = false;
        let mut ticks = ticks(OUTPUT_PERIOD);
        loop {
            ticks.tick().await;
            let result = self.read_outputs_once(&pool);
            // Said once, and not twice a second.
            if let (Err(error), false) = (&result, failing) {
                tracing::warn!(pool, %error, "workers' output can't be read");
            }
            failing = result.is_err();
        }
    }

    async fn repeat_failed_writing(self: Arc<Self>) {
        let mut ticks = ticks(WRITE_AGAIN_PERIOD);
        loop {
            ticks.tick().await;
            self.processes().write_down_again();
        }
    }

    async fn watch_orphans(self: Arc<Self>) {
        let mut ticks = ticks(ORPHANS_PERIOD);
        while self.processes().look_for_orphans() == Orphans::Some {
            ticks.tick().await;
        }
    }
}

/// Makes the socket anew: the one that an earlier controller has left has nobody behind it.
fn bind(path: &Path) -> Result<UnixDatagram, OpenError> {
    let removed = match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    removed
        .and_then(|()| UnixDatagram::bind(path))
        .map_err(|error| OpenError::Socket {
            path: path.to_path_buf(),
            error,
        })
}
