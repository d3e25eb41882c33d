//! Files that a user names, read whole and within bounds.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What is in a file, or `None` if that is more than `bytes_max`. The size that a file names is not
/// trusted: a pipe names none, and a device never ends.
///
/// # Errors
/// When the file can't be opened or read.
pub fn read_at_most(path: &Path, bytes_max: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    File::open(path)?
        .take(bytes_max + 1)
        .read_to_end(&mut content)?;
    Ok((content.len() as u64 <= bytes_max).then_some(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap(), Some(b"12345".to_vec()));
        assert_eq!(read_at_most(&path, 4).unwrap(), None);
        assert_eq!(read_at_most(Path::new("/dev/zero"), 4).unwrap(), None);
    }
}
