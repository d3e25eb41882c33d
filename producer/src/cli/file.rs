//! Files of the user's, written whole or not at all.

use std::path::{Path, PathBuf};

/// Writes a file so that a reader finds all of it, or what was there before. What is there
/// and no plain file, as a pipe or a device, is written to as it is.
pub(super) fn write_whole(path: &Path, content: &str) -> std::io::Result<()> {
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
            write_whole(&path, content).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        assert!(write_whole(&directory.path().join("none/report.html"), "").is_err());
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        assert!(write_whole(Path::new("/dev/full"), "content").is_err());
        write_whole(Path::new("/dev/null"), "content").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
