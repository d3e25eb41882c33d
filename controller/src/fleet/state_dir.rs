//! The directory that outlives the controller, `controller.state_dir`, and who may use it.
//!
//! ```text
//! controller.lock         held while a controller runs; says its pid
//! <pool>/workers.json     which workers run
//! <pool>/status.sock      where they report
//! <pool>/worker-<id>.log  what they print
//! <pool>/journal/         what happened and was decided (see `journal`)
//! ```

use config::PoolName;
use policy::WorkerId;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What fits into the address of a Unix socket, beside the zero byte that ends it.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// No pool is called this: the names of pools have no dots.
const LOCK: &str = "controller.lock";

/// A pid has at most seven digits; what is longer is not ours.
const LOCK_BYTES_MAX: u64 = 16;

/// Why the state directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// Another controller runs on it.
    #[error(
        "the state directory {} is in use by {holder}; stop it, or set controller.state_dir to \
         another directory",
        path.display()
    )]
    Held { path: PathBuf, holder: Holder },
    /// Status sockets would have longer addresses than the system allows.
    #[error(
        "the status socket {} has a path of {} bytes, and {SOCKET_PATH_BYTES_MAX} is the most; \
         set controller.state_dir to a shorter path",
        path.display(),
        path.as_os_str().len()
    )]
    SocketPathTooLong { path: PathBuf },
    /// It can't be made, read or written.
    #[error(
        "can't {what} {}: {error}; controller.state_dir must be writable",
        path.display()
    )]
    Unusable {
        what: &'static str,
        path: PathBuf,
        error: io::Error,
    },
}

/// Who holds a state directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The process of this number.
    Process(u32),
    /// A controller that has not yet said which.
    Unnamed,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Holder::Process(pid) => write!(f, "the controller with pid {pid}"),
            Holder::Unnamed => f.write_str("another controller"),
        }
    }
}

fn unusable(what: &'static str, path: &Path, error: io::Error) -> StateDirError {
    StateDirError::Unusable {
        what,
        path: path.to_path_buf(),
        error,
    }
}

/// A state directory that is ours for as long as this value lives.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    // The lock goes with the open file: whatever ends the controller releases it.
    lock: File,
}

impl StateDir {
    /// Makes the directory where it is missing, and locks it.
    ///
    /// # Errors
    /// When another controller has it, or when it can't be made or written.
    pub fn open(path: &Path) -> Result<Self, StateDirError> {
        let path = absolute(path)?;
        make(&path)?;
        let lock_path = path.join(LOCK);
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(|error| unusable("open", &lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&lock);
                return Err(StateDirError::Held { path, holder });
            }
            Err(TryLockError::Error(error)) => return Err(unusable("lock", &lock_path, error)),
        }
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(|error| unusable("write", &lock_path, error))?;
        Ok(Self { path, lock })
    }

    /// Where it is, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state files that are there, with the names of their pools.
    pub(crate) fn rosters(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut rosters = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let path = entry.path();
            let roster = PoolDir { path }.roster();
            if let Ok(pool) = entry.file_name().into_string()
                && roster.is_file()
            {
                rosters.push((pool, roster));
            }
        }
        Ok(rosters)
    }

    /// Makes the directory of one pool where it is missing.
    pub(crate) fn pool(&self, pool: &PoolName) -> Result<PoolDir, StateDirError> {
        let directory = PoolDir {
            path: self.path.join(pool.as_str()),
        };
        check_length(directory.socket())?;
        make(&directory.path)?;
        Ok(directory)
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        // Closing alone would not do at once: a child that is just being spawned shares the open
        // file until its program runs.
        if let Err(error) = self.lock.unlock() {
            tracing::debug!(path = %self.path.display(), %error, "state directory can't be unlocked");
        }
    }
}

/// Whether a pool's status socket can be made under this state directory. Touches nothing.
///
/// # Errors
/// When its path would be longer than the system allows.
pub fn check_socket_path(state_dir: &Path, pool: &PoolName) -> Result<(), StateDirError> {
    let path = absolute(state_dir)?.join(pool.as_str());
    check_length(PoolDir { path }.socket())
}

fn check_length(socket: PathBuf) -> Result<(), StateDirError> {
    if socket.as_os_str().as_bytes().len() > SOCKET_PATH_BYTES_MAX {
        return Err(StateDirError::SocketPathTooLong { path: socket });
    }
    Ok(())
}

/// Workers get these paths too, and may change their directory.
fn absolute(path: &Path) -> Result<PathBuf, StateDirError> {
    std::path::absolute(path).map_err(|error| unusable("find", path, error))
}

/// Only the owner may look in: workers print what they like into these files.
fn make(path: &Path) -> Result<(), StateDirError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| unusable("make", path, error))
}

fn holder(lock: &File) -> Holder {
    let mut text = String::new();
    match lock.take(LOCK_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) => text.trim().parse().map_or(Holder::Unnamed, Holder::Process),
        Err(_) => Holder::Unnamed,
    }
}

/// The part of a state directory that belongs to one pool.
#[derive(Clone, Debug)]
pub(crate) struct PoolDir {
    path: PathBuf,
}

impl PoolDir {
    pub(crate) fn roster(&self) -> PathBuf {
        self.path.join("workers.json")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path.join("status.sock")
    }

    pub(crate) fn output(&self, worker: WorkerId) -> PathBuf {
        self.path.join(format!("worker-{worker}.log"))
    }

    /// The workers that have an output file, dead or alive.
    pub(crate) fn outputs(&self) -> io::Result<Vec<WorkerId>> {
        let mut workers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let id = name
                .to_str()
                .and_then(|name| name.strip_prefix("worker-")?.strip_suffix(".log"))
                .and_then(|id| id.parse().ok());
            workers.extend(id.map(WorkerId));
        }
        Ok(workers)
    }
}

#[cfg(test)]
mod tests {
    use super::{Holder, StateDir, StateDirError, check_socket_path};
    use crate::fleet::fixture::pool_name;
    use std::path::Path;

    #[test]
    fn a_second_controller_is_told_who_holds_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("deep").join("state");
        let first = StateDir::open(&path).unwrap();

        let error = StateDir::open(&path).unwrap_err();

        let own = std::process::id();
        assert!(
            matches!(&error, StateDirError::Held { holder: Holder::Process(pid), .. } if *pid == own),
            "{error}"
        );
        assert!(error.to_string().contains("controller.state_dir"));
        drop(first);
        StateDir::open(&path).unwrap();
    }

    #[test]
    fn a_directory_that_can_not_be_made_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();

        let error = StateDir::open(&file.join("state")).unwrap_err();

        assert!(error.to_string().contains("file/state"), "{error}");
        assert!(
            error.to_string().contains("controller.state_dir"),
            "{error}"
        );
    }

    #[test]
    fn a_socket_path_that_no_address_can_hold_is_refused_beforehand() {
        let pool = pool_name();
        // "/" + n + "/" + pool + "/status.sock"
        let fits = 107 - "//".len() - pool.as_str().len() - "/status.sock".len();
        let path = |length| format!("/{}", "d".repeat(length));

        check_socket_path(Path::new(&path(fits)), &pool).unwrap();
        let error = check_socket_path(Path::new(&path(fits + 1)), &pool).unwrap_err();

        let text = error.to_string();
        assert!(text.contains("path of 108 bytes"), "{text}");
        assert!(text.contains("controller.state_dir"), "{text}");
    }
}
