//! A journal's files: `00000001.jsonl`, `00000002.jsonl` and so on, each with a header and what
//! happened after it, the oldest deleted where they grow too large together.
//!
//! A file is never written again once another has begun, and never by another run: each run begins
//! with a number above all that are there.

use super::inbox::{Begins, Chunk};
use crate::mode::Mode;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file of this size is read and replayed in a second or two. A small journal has four files at
/// the least, so that what is deleted at a time is a quarter of it.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const FILES_MIN: u64 = 4;

/// However small they are: a controller that is started again and again begins a file each time.
const FILES_MAX: usize = 256;

/// Dry runs may run beside each other, and take the number that was free a moment ago.
const BEGIN_TRIES_MAX: u64 = 100;

const SUFFIX: &str = ".jsonl";

/// The files' directory of a pool. What a dry run only pretends is kept apart.
#[must_use]
pub fn directory(state_dir: &Path, pool: &str, mode: Mode) -> PathBuf {
    let name = match mode {
        Mode::Live => "journal",
        Mode::DryRun => "journal-dry-run",
    };
    state_dir.join(pool).join(name)
}

/// A journal's files, from the oldest to the newest. A directory that is not there has none.
///
/// # Errors
/// When the directory can't be read.
pub fn list(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbered = Vec::new();
    for entry in entries {
        let entry = entry?;
        numbered.extend(number(&entry.path()).map(|number| (number, entry.path())));
    }
    numbered.sort_unstable();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

/// The largest number that is taken.
fn last(files: &[PathBuf]) -> u64 {
    files.last().and_then(|path| number(path)).unwrap_or(0)
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?
        .to_str()?
        .strip_suffix(SUFFIX)?
        .parse()
        .ok()
}

/// Where a journal is written.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    bytes_max: u64,
    open: Option<Open>,
}

/// The file that is being written.
#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    /// Whole lines.
    bytes: u64,
}

impl Files {
    pub(super) fn new(directory: PathBuf, bytes_max: u64) -> Self {
        Self {
            directory,
            bytes_max,
            open: None,
        }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A file that has this many bytes is full.
    pub(super) fn file_bytes_max(&self) -> u64 {
        FILE_BYTES_MAX.min(self.bytes_max / FILES_MIN)
    }

    /// Writes the chunk, or nothing of it that a reader would see.
    pub(super) fn write(&mut self, chunk: &Chunk) -> io::Result<()> {
        for (begins, piece) in chunk.pieces() {
            if begins == Begins::File {
                self.open = None;
                self.open = Some(self.begin()?);
            }
            // The inbox gives nothing before a header.
            let Some(open) = &mut self.open else {
                continue;
            };
            if let Err(error) = open.file.write_all(piece) {
                if let Some(open) = self.open.take() {
                    open.give_up();
                }
                return Err(error);
            }
            open.bytes += piece.len() as u64;
        }
        Ok(())
    }

    fn begin(&self) -> io::Result<Open> {
        // Only the owner may look in, as everywhere in the state directory.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        let files = list(&self.directory)?;
        let mut taken = last(&files);
        self.make_room(files)?;
        for _ in 0..BEGIN_TRIES_MAX {
            taken = taken.saturating_add(1);
            let name = format!("{taken:08}{SUFFIX}");
            let path = self.directory.join(name);
            let file = File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path);
            match file {
                // Others may have begun any number of files since the directory was read.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    taken = taken.max(last(&list(&self.directory)?));
                }
                file => {
                    return Ok(Open {
                        path,
                        file: file?,
                        bytes: 0,
                    });
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Deletes the oldest files until a whole one more fits. Another dry run may do the same.
    fn make_room(&self, files: Vec<PathBuf>) -> io::Result<()> {
        let mut sized = Vec::new();
        for path in files {
            match fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                metadata => sized.push((path, metadata?.len())),
            }
        }
        let mut total: u64 = sized.iter().map(|(_, bytes)| bytes).sum();
        let mut count = sized.len();
        for (path, bytes) in sized {
            if total + self.file_bytes_max() <= self.bytes_max && count < FILES_MAX {
                break;
            }
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
            total -= bytes;
            count -= 1;
        }
        Ok(())
    }
}

impl Open {
    /// Leaves whole lines behind, and no empty file. Where that fails, too, the last line is torn,
    /// which readers expect.
    fn give_up(self) {
        let left = if self.bytes == 0 {
            fs::remove_file(&self.path)
        } else {
            self.file.set_len(self.bytes)
        };
        if let Err(error) = left {
            tracing::debug!(path = %self.path.display(), %error, "a torn line stays in the journal");
        }
    }
}

#[cfg(test)]
impl Files {
    /// Writes go elsewhere from now on.
    pub(super) fn divert(&mut self, device: &Path) {
        if let Some(open) = &mut self.open {
            open.file = File::options().write(true).open(device).unwrap();
        }
    }
}
