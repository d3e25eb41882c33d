//! The supervisor: a process that runs the controller of one fleet, and cleans up after it when its
//! standard input ends.
//!
//! The sweep holds the other end of that pipe, so every end of the sweep looks the same to the
//! supervisor: the fleet is no longer needed, Ctrl-C, even SIGKILL. It stops the controller, which drains its
//! workers, deletes the fleet's queues and exchanges, and removes the directory.

use super::fleet_config::Names;
use crate::load::scenario::Cleanup;
use anyhow::{Context as _, anyhow, bail, ensure};
use broker::{Endpoint, ErrorKind, OwnerQueue, Session};
use config::{Config, Environment, Pool};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// The configuration in a fleet's directory.
pub const CONFIG: &str = "config.toml";

/// What the log says when the controller ended without being asked to, or not as it was asked.
pub const ENDED: &str = "the controller ended";

/// How often it is looked whether a controller has started.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the controller has beyond its workers' grace: it kills what outlives that, and says goodbye
/// to the broker.
const STOP_MARGIN: Duration = Duration::from_secs(20);

/// How long the whole end of a fleet takes at most, beside its workers' grace.
pub const END_MARGIN: Duration = Duration::from_secs(90);

/// Runs the fleet that `directory` describes until standard input ends.
///
/// # Errors
/// When the controller ended by itself, or something could not be cleared up.
pub async fn supervise(
    directory: &Path,
    controller: &Path,
    cleanup: &Cleanup,
) -> anyhow::Result<()> {
    let file = directory.join(CONFIG);
    let config = Config::load(&file, &Environment::from_process())?.config;
    ensure!(
        Names::are_of_a_sweep(&config),
        "{} is no fleet of a sweep's: a supervisor deletes what it has run",
        file.display()
    );
    let stop_grace = config.pools[0].fleet.stop_grace;
    let mut child = start(&file, controller)?;
    let stopped = tokio::select! {
        status = child.wait() => Err(anyhow!("{}", status.context("wait for the controller")?)),
        () = no_longer_needed() => stop(&mut child, stop_grace).await,
    };
    let stopped = match stopped {
        Ok(()) => Ok(()),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "{ENDED}");
            end_workers(&file, controller, &config).await
        }
    };
    // Even where workers may be left: nobody else would ever look for queues of random names.
    let deleted = delete(&config, cleanup).await;
    // Where workers may be left, the directory says which.
    if stopped.is_ok() {
        std::fs::remove_dir_all(directory)
            .with_context(|| format!("remove {}", directory.display()))?;
    }
    stopped.and(deleted)
}

/// Ends the workers that a controller has left behind: one that starts finds them in the state
/// directory, and they end with its own. Whatever it does, it does not outlive this call.
async fn end_workers(file: &Path, controller: &Path, config: &Config) -> anyhow::Result<()> {
    let mut child = start(file, controller)?;
    let ended = async {
        holds(&mut child, config).await?;
        stop(&mut child, config.pools[0].fleet.stop_grace).await
    };
    let ended = ended.await;
    if ended.is_err() {
        // One that has ended already can't be killed, and need not be.
        child.kill().await.ok();
    }
    ended
}

/// Waits until a controller holds its state directory: it heeds signals by then.
async fn holds(child: &mut Child, config: &Config) -> anyhow::Result<()> {
    let lock = config.controller.state_dir.join("controller.lock");
    let id = child.id().map(|id| id.to_string());
    let held = async {
        while std::fs::read_to_string(&lock)
            .ok()
            .as_deref()
            .map(str::trim)
            != id.as_deref()
        {
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = held => Ok(()),
        status = child.wait() => {
            let status = status.context("wait for the controller")?;
            bail!("the controller that was to end its workers ended itself: {status}")
        }
        () = sleep(STOP_MARGIN) => bail!("the controller that was to end its workers hangs"),
    }
}

fn start(file: &Path, controller: &Path) -> anyhow::Result<Child> {
    Command::new(controller)
        .args(["run", "--log", "json", "--config"])
        .arg(file)
        // The sweep reads where the controller listens, and what it warns of, from its log.
        .env("WARREN_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("start {}", controller.display()))
}

/// Waits until the sweep closes the pipe, or the supervisor itself gets a signal.
async fn no_longer_needed() {
    let at_the_end = async {
        // A thread of its own, because only a thread can wait for standard input. An error is an end.
        let read = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(tokio::task::spawn_blocking(read).await);
    };
    let Ok(mut signals) = program::Signals::listen() else {
        return at_the_end.await;
    };
    tokio::select! {
        () = at_the_end => {}
        _ = signals.next() => {}
    }
}

async fn stop(child: &mut Child, stop_grace: Duration) -> anyhow::Result<()> {
    tell(child, Signal::SIGTERM)?;
    match timeout(stop_grace + STOP_MARGIN, child.wait()).await {
        Ok(status) => ended_well(status.context("wait for the controller's end")?),
        Err(_) => {
            child.kill().await.context("kill the controller")?;
            bail!("it did not end when asked to, and was killed")
        }
    }
}

fn tell(child: &Child, signal: Signal) -> anyhow::Result<()> {
    let Some(id) = child.id() else { return Ok(()) };
    kill(Pid::from_raw(id.cast_signed()), signal).context("tell the controller to end")
}

fn ended_well(status: ExitStatus) -> anyhow::Result<()> {
    ensure!(status.success(), "{status}");
    Ok(())
}

/// What a fleet has left in the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Left {
    Queue(String),
    Exchange(String),
}

/// What a fleet leaves. What `cleanup` names comes last, because the broker may refuse such a name, and
/// lies under the fleet's work queue, so that nothing of a live system is reached.
fn left(pool: &Pool, cleanup: &Cleanup) -> Vec<Left> {
    let topology = &pool.topology;
    let mut left = vec![Left::Queue(topology.work_queue.clone())];
    if !topology.exchange.is_empty() {
        left.push(Left::Exchange(topology.exchange.clone()));
    }
    if let Some(dead_letters) = &topology.dead_letter_exchange {
        left.push(Left::Exchange(dead_letters.clone()));
        left.push(Left::Queue(dead_letters.clone()));
    }
    left.push(Left::Queue(OwnerQueue::note_name(pool.name.as_str())));
    let name = |name| format!("{}.{name}", topology.work_queue);
    left.extend(cleanup.queues.iter().map(name).map(Left::Queue));
    left.extend(cleanup.exchanges.iter().map(name).map(Left::Exchange));
    left
}

/// Deletes the fleet's queues and exchanges, whatever is in them. The error tells of all that could not
/// be deleted: one of them does not keep the others.
async fn delete(config: &Config, cleanup: &Cleanup) -> anyhow::Result<()> {
    let pool = &config.pools[0];
    let by_hand = || {
        format!(
            "delete the queues and exchanges whose names begin with warren.{}. ; \
             delete them by hand",
            pool.name
        )
    };
    let endpoint = Endpoint::new(&config.broker);
    let session = Session::open(&endpoint, "warren-producer/sweep (clears up)").await;
    let mut session = session.with_context(by_hand)?;
    let mut failures = Vec::new();
    for left in left(pool, cleanup) {
        let deleted = match left {
            Left::Queue(name) => session.delete_queue(&name).await,
            Left::Exchange(name) => session.delete_exchange(&name).await,
        };
        let Err(error) = deleted else { continue };
        failures.push(error.to_string());
        // A queue that takes its time to go leaves the connection as it is.
        if error.kind().closes_session() && error.kind() != ErrorKind::Timeout {
            break;
        }
    }
    session.close().await;
    ensure!(
        failures.is_empty(),
        "{}: {}",
        by_hand(),
        failures.join("; ")
    );
    Ok(())
}

/// Where a program that belongs to Warren is: beside this one, or on PATH.
///
/// # Errors
/// When it is in neither place; the error names both.
pub fn find_program(name: &str) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("find the path of this program")?;
    let beside = this.parent().map(Path::to_path_buf);
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(name, beside, std::env::split_paths(&path))
}

fn find_in(
    name: &str,
    beside: Option<PathBuf>,
    path: impl Iterator<Item = PathBuf>,
) -> anyhow::Result<PathBuf> {
    let beside_this = beside
        .as_deref()
        .map(|directory| directory.display().to_string());
    // An empty entry would mean whatever directory the sweep was started in.
    let path = path.filter(|directory| !directory.as_os_str().is_empty());
    let found = beside
        .into_iter()
        .chain(path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file());
    found.with_context(|| {
        let beside = beside_this.unwrap_or_else(|| "this program's directory".to_owned());
        format!(
            "no program {name}: it is neither in {beside} nor on PATH; build or install it \
             (cargo build -p {name})"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_beside_this_one_first() {
        let [beside, on_path] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let path = || [on_path.path().to_owned(), PathBuf::new()].into_iter();
        let find = || find_in("tool", Some(beside.path().to_owned()), path());
        let missing = find().unwrap_err().to_string();
        assert!(
            missing.contains("no program tool")
                && missing.contains(beside.path().to_str().unwrap()),
            "{missing}"
        );
        std::fs::write(on_path.path().join("tool"), "").unwrap();
        assert_eq!(find().unwrap(), on_path.path().join("tool"));
        std::fs::write(beside.path().join("tool"), "").unwrap();
        assert_eq!(find().unwrap(), beside.path().join("tool"));
    }

    #[test]
    fn what_a_scenario_names_goes_last_and_lies_under_the_fleets_work_queue() {
        let config = Config::default();
        let pool = &config.pools[0];
        let cleanup = Cleanup {
            queues: vec!["list".to_owned()],
            exchanges: vec!["updates".to_owned()],
        };
        let own = left(pool, &Cleanup::default());
        assert!(own.contains(&Left::Queue(pool.topology.work_queue.clone())));
        let note = OwnerQueue::note_name(pool.name.as_str());
        assert!(own.contains(&Left::Queue(note)));
        let named = [
            Left::Queue(format!("{}.list", pool.topology.work_queue)),
            Left::Exchange(format!("{}.updates", pool.topology.work_queue)),
        ];
        assert_eq!(left(pool, &cleanup), [own, named.to_vec()].concat());
    }

    #[tokio::test]
    async fn a_configuration_of_the_users_is_no_supervisors_to_run_and_delete() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(CONFIG), config::SHIPPED).unwrap();
        let error = supervise(
            directory.path(),
            Path::new("/nonexistent"),
            &Cleanup::default(),
        )
        .await
        .unwrap_err();
        assert!(
            error.to_string().contains("is no fleet of a sweep's"),
            "{error:#}"
        );
        assert!(directory.path().join(CONFIG).exists());
    }
}
