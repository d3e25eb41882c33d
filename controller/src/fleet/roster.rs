//! Which workers run, written down so that the next controller finds them.
//!
//! The file is replaced whole, by a rename, after every start and exit.
//! It is not synced to the disk: what it has to survive is the end of the controller, and a crash of
//! the machine ends the workers too.

use super::procfs::StartTime;
use policy::WorkerId;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Raised when the file changes so that an older controller would misread it.
const VERSION: u32 = 1;

/// A worker that runs, or ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The id it was started under.
    pub(crate) id: WorkerId,
    /// Its process, the leader of its group.
    pub(crate) pid: u32,
    /// With the pid and the boot, this names one process.
    pub(crate) start_time: StartTime,
}

#[derive(Serialize, Deserialize)]
struct Roster {
    version: u32,
    pool: String,
    boot: String,
    workers: Vec<Entry>,
}

/// Replaces the file; removes it when nobody is left.
pub(crate) fn write(path: &Path, pool: &str, boot: &str, workers: Vec<Entry>) -> io::Result<()> {
    if workers.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let roster = Roster {
        version: VERSION,
        pool: pool.to_owned(),
        boot: boot.to_owned(),
        workers,
    };
    let new = path.with_extension("json.new");
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(&serde_json::to_vec(&roster)?)?;
    fs::rename(&new, path)
}

/// The workers of the last run, if it was in this boot. A file that can't be understood is moved
/// aside, where somebody can look at it: not to start would help nobody.
pub(crate) fn read(path: &Path, pool: &str, boot: &str) -> Vec<Entry> {
    let found = match fs::read(path) {
        Ok(bytes) => understand(&bytes, pool),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(roster) if roster.boot == boot => roster.workers,
        Ok(_) => Vec::new(),
        Err(error) => {
            let aside = path.with_extension("json.unreadable");
            let moved = fs::rename(path, &aside);
            tracing::warn!(
                pool,
                file = %path.display(),
                moved_to = %aside.display(),
                moved = moved.is_ok(),
                error,
                "state file can't be read: workers of the last run, if any, are not known",
            );
            Vec::new()
        }
    }
}

fn understand(bytes: &[u8], pool: &str) -> Result<Roster, String> {
    #[derive(Deserialize)]
    struct Header {
        version: u32,
    }
    let header: Header = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if header.version != VERSION {
        return Err(format!(
            "it has version {}, and {VERSION} is the one known",
            header.version
        ));
    }
    let roster: Roster = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if roster.pool != pool {
        return Err(format!("it belongs to pool {:?}", roster.pool));
    }
    Ok(roster)
}

#[cfg(test)]
mod tests {
    use super::{Entry, read, write};
    use crate::fleet::procfs::StartTime;
    use policy::WorkerId;
    use std::fs;

    const ENTRY: Entry = Entry {
        id: WorkerId(3),
        pid: 4711,
        start_time: StartTime(99),
    };

    #[test]
    fn what_is_written_is_read_again_in_the_same_boot_only() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("workers.json");

        write(&path, "filter", "boot", vec![ENTRY]).unwrap();

        assert_eq!(read(&path, "filter", "boot"), [ENTRY]);
        assert_eq!(read(&path, "filter", "another boot"), []);
        write(&path, "filter", "boot", Vec::new()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        write(&path, "filter", "boot", Vec::new()).unwrap();
        assert_eq!(read(&path, "filter", "boot"), []);
    }

    #[test]
    fn a_file_that_is_torn_or_foreign_is_moved_aside() {
        let torn = r#"{"version":1,"pool":"filter","boot":"boot","wor"#;
        let later = r#"{"version":2,"workers":"elsewhere"}"#;
        let foreign = r#"{"version":1,"pool":"other","boot":"boot","workers":[]}"#;
        for content in [torn, later, foreign, "", "null", "\u{0}\u{0}"] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join("workers.json");
            fs::write(&path, content).unwrap();

            assert_eq!(read(&path, "filter", "boot"), [], "{content:?}");

            let aside = root.path().join("workers.json.unreadable");
            assert_eq!(fs::read_to_string(aside).unwrap(), content);
            assert!(!path.exists());
        }
    }
}
