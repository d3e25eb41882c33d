//! Files of the user's, written whole or not at all.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};

/// Sees to it that a file can be written before there is anything to write: nobody is to learn after
/// an hour that a directory was misspelt. What is there stays as it is.
pub(super) fn can_be_written(path: &Path) -> anyhow::Result<()> {
    let cause = || format!("can't write {}", path.display());
    ensure!(!path.is_dir(), "{}: it is a directory", cause());
    if !path.exists() || path.is_file() {
        let beside = beside(path);
        std::fs::write(&beside, "").with_context(cause)?;
        std::fs::remove_file(&beside).with_context(cause)?;
    }
    Ok(())
}

/// Writes a file where one is wanted; an error says which one could not be written.
pub(super) fn write_wanted<C: AsRef<[u8]>>(
    path: Option<&Path>,
    what: &str,
    content: impl FnOnce() -> anyhow::Result<C>,
) -> anyhow::Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    let written = content().and_then(|content| Ok(write_whole(path, content.as_ref())?));
    written.with_context(|| format!("write the {what} {}", path.display()))
}

/// Writes a file so that a reader finds all of it, or what was there before. What is there
/// and no plain file, as a pipe or a device, is written to as it is.
fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if path.exists() && !path.is_file() {
        return std::fs::write(path, content);
    }
    let beside = beside(path);
    let written = std::fs::write(&beside, content).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // The error that led here says more than one about what it left behind.
        std::fs::remove_file(&beside).ok();
    }
    written
}

/// A name in the same directory that no other process takes.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.html");
        for content in ["first", "second"] {
            write_whole(&path, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        let misspelt = directory.path().join("none/report.html");
        assert!(can_be_written(&path).is_ok());
        for nowhere in [&misspelt, directory.path()] {
            assert!(can_be_written(nowhere).is_err(), "{}", nowhere.display());
        }
        assert!(write_whole(&misspelt, b"").is_err());
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        assert!(write_whole(Path::new("/dev/full"), b"content").is_err());
        write_whole(Path::new("/dev/null"), b"content").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
