//! The processes of a fleet: which there are, signals to them, and their ends.
//!
//! A signal must never reach a process that is not ours, and the kernel reuses pids.
//! Two rules see to that.
//! A child's pid stays its own until its exit status is fetched, and that happens in
//! [`Processes::reap`] alone, under the same lock as every signal.
//! An orphan, which an earlier controller has left, is no child of ours: it is looked up again before each signal, and
//! has to have the start time that was written down.

use super::outbox::Outbox;
use super::procfs::{self, Life, StartTime};
use super::roster::{self, Entry};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use policy::{Event, Exit, WorkerId};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::Arc;

/// The workers that run.
#[derive(Debug)]
pub(crate) struct Processes {
    pool: String,
    boot: String,
    roster: PathBuf,
    written: Written,
    outbox: Arc<Outbox>,
    workers: BTreeMap<WorkerId, Process>,
}

#[derive(Debug)]
struct Process {
    pid: u32,
    start_time: StartTime,
    origin: Origin,
}

/// Where a worker comes from, and with that how its end is seen.
#[derive(Debug)]
enum Origin {
    /// This controller started it.
    Child(Child),
    /// An earlier one left it behind.
    Orphan,
}

/// Whether the state file says what is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    No,
}

impl Processes {
    /// Adopts the workers of the last run that still run.
    pub(crate) fn open(roster: PathBuf, pool: String, outbox: Arc<Outbox>) -> io::Result<Self> {
        let boot = procfs::boot()?;
        let mut workers = BTreeMap::new();
        for entry in roster::read(&roster, &pool, &boot) {
            let process = Process {
                pid: entry.pid,
                start_time: entry.start_time,
                origin: Origin::Orphan,
            };
            if process.still_runs()? {
                workers.insert(entry.id, process);
            }
        }
        let mut processes = Self {
            pool,
            boot,
            roster,
            written: Written::Yes,
            outbox,
            workers,
        };
        processes.write_down();
        Ok(processes)
    }

    /// Every worker that runs.
    pub(crate) fn ids(&self) -> BTreeSet<WorkerId> {
        self.workers.keys().copied().collect()
    }

    /// Every worker that runs, with its pid.
    pub(crate) fn pids(&self) -> Vec<(WorkerId, u32)> {
        let pids = self.workers.iter();
        pids.map(|(worker, process)| (*worker, process.pid))
            .collect()
    }

    pub(crate) fn contains(&self, worker: WorkerId) -> bool {
        self.workers.contains_key(&worker)
    }

    /// Takes a worker in that has just been spawned as the leader of its own process group.
    ///
    /// Between the spawn and the writing down lies less than a millisecond. A controller that is
    /// killed in it leaves one worker per pool that the next one does not know: it works on, as a
    /// foreign consumer.
    pub(crate) fn add(&mut self, worker: WorkerId, mut child: Child) -> io::Result<()> {
        let pid = child.id();
        let look = procfs::look(pid).and_then(|process| {
            process.ok_or_else(|| io::Error::other(format!("/proc does not show process {pid}")))
        });
        let start_time = match look {
            Ok(process) => process.start,
            // Nobody could find it again, so it is not left running.
            Err(error) => {
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
        };
        self.workers.insert(
            worker,
            Process {
                pid,
                start_time,
                origin: Origin::Child(child),
            },
        );
        self.write_down();
        self.outbox.post(Event::WorkerStarted { worker });
        Ok(())
    }

    /// Sends a signal to a worker's process group. One that is gone needs none.
    pub(crate) fn signal(&self, worker: WorkerId, signal: Signal) -> io::Result<()> {
        let Some(process) = self.workers.get(&worker) else {
            return Ok(());
        };
        if matches!(process.origin, Origin::Orphan) && !process.still_runs()? {
            return Ok(());
        }
        signal_group(process.pid, signal).map_err(io::Error::from)
    }

    /// Fetches the children that have ended, and ends what they have left in their groups.
    pub(crate) fn reap(&mut self) {
        let children = self.workers.iter_mut();
        let ended: Vec<_> = children
            .filter_map(|(worker, process)| match &mut process.origin {
                Origin::Child(child) => Some((*worker, end_of(child)?)),
                Origin::Orphan => None,
            })
            .collect();
        self.remove(ended);
    }

    /// Looks whether orphans are gone, and says whether there is any left.
    pub(crate) fn look_for_orphans(&mut self) -> Orphans {
        let orphans = || {
            let workers = self.workers.iter();
            workers.filter(|(_, process)| matches!(process.origin, Origin::Orphan))
        };
        let gone: Vec<_> = orphans()
            // What can't be looked at now is looked at again.
            .filter(|(_, process)| matches!(process.still_runs(), Ok(false)))
            .map(|(worker, process)| (*worker, process.pid))
            .collect();
        let left = orphans().count() - gone.len();
        for (_, pid) in &gone {
            // As long as the group has a member its number is not given away, so if no process has
            // it now, these are stragglers of ours, or nobody.
            if matches!(procfs::look(*pid), Ok(None)) {
                self.end_stragglers(*pid);
            }
        }
        self.remove(gone.into_iter().map(|(worker, _)| (worker, Exit::Unseen)));
        if left == 0 {
            Orphans::None
        } else {
            Orphans::Some
        }
    }

    fn end_stragglers(&self, group: u32) {
        if let Err(error) = signal_group(group, Signal::SIGKILL) {
            tracing::warn!(pool = self.pool, group, %error, "what a worker left behind can't be killed");
        }
    }

    fn remove(&mut self, ended: impl IntoIterator<Item = (WorkerId, Exit)>) {
        let mut any = false;
        for (worker, exit) in ended {
            self.workers.remove(&worker);
            let jitter = super::jitter();
            self.outbox.post(Event::WorkerExited {
                worker,
                exit,
                jitter,
            });
            any = true;
        }
        if any {
            self.write_down();
        }
    }

    /// Writes the state file where that has failed before: nothing else would until the next worker
    /// starts or ends.
    pub(crate) fn write_down_again(&mut self) {
        if self.written == Written::No {
            self.write_down();
        }
    }

    /// Writes the state file. When that fails the fleet goes on: to stop a burst's workers because
    /// a disk is full would be worse than leaving them unknown to a next controller.
    fn write_down(&mut self) {
        let entries = self.workers.iter().map(|(worker, process)| Entry {
            id: *worker,
            pid: process.pid,
            start_time: process.start_time,
        });
        let written = roster::write(&self.roster, &self.pool, &self.boot, entries.collect());
        let (pool, file) = (&self.pool, self.roster.display());
        match (written, self.written) {
            (Ok(()), Written::No) => tracing::info!(pool, %file, "state file is written again"),
            (Err(error), Written::Yes) => tracing::warn!(
                pool, %file, %error,
                "state file can't be written: a controller started now would not know the workers",
            ),
            (Ok(()), Written::Yes) => return,
            (Err(_), Written::No) => return,
        }
        self.written = match self.written {
            Written::Yes => Written::No,
            Written::No => Written::Yes,
        };
    }
}

/// Whether orphans still run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orphans {
    /// At least one does.
    Some,
    None,
}

impl Process {
    /// Whether the process that was written down is still there, and leads its group. One that has
    /// ended and that nobody has fetched is gone as far as work goes.
    fn still_runs(&self) -> io::Result<bool> {
        let found = procfs::look(self.pid)?;
        Ok(found.is_some_and(|found| {
            found.start == self.start_time && found.group == self.pid && found.life == Life::Runs
        }))
    }
}

/// How a child ended; `None` while it runs. Its group is ended before its status is fetched, while
/// the number of the group is certainly still its own.
fn end_of(child: &mut Child) -> Option<Exit> {
    let id = Id::Pid(to_pid(child.id()));
    let peek = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(id, peek) {
        Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => return None,
        Ok(_) => {
            if let Err(error) = signal_group(child.id(), Signal::SIGKILL) {
                tracing::warn!(group = child.id(), %error, "what a worker left behind can't be killed");
            }
        }
        // ECHILD: somebody has fetched it who should not have. It is gone all the same.
        Err(_) => return Some(Exit::Unseen),
    }
    match child.try_wait() {
        Ok(status) => Some(exit(status?)),
        Err(_) => Some(Exit::Unseen),
    }
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unseen,
    }
}

fn signal_group(group: u32, signal: Signal) -> Result<(), Errno> {
    match killpg(to_pid(group), signal) {
        // Nobody there: what the signal was for has already happened.
        Err(Errno::ESRCH) => Ok(()),
        result => result,
    }
}

/// Pids are positive and far below 2^31 (the kernel's limit is 2^22), so none is changed here.
fn to_pid(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}
