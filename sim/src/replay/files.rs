//! From a journal's files to the record of what they say.

use super::actions;
use super::record::Record;
use anyhow::{Context as _, anyhow, ensure};
use policy::Pool;
use policy::journal::{Entry, entries};
use program::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the daemon's has 16 MiB; several may have been put together. More is no journal that
/// fits into a machine's memory.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// The files of a journal, in order: those of a directory by their numbers.
pub(super) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let metadata =
        fs::metadata(path).with_context(|| format!("open the journal {}", path.display()))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("look into {}", path.display()))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            files.push(path);
        }
    }
    // Their numbers have leading zeros.
    files.sort_unstable();
    ensure!(
        !files.is_empty(),
        "{} has no files that end in .jsonl; a pool's journal is in STATE_DIR/POOL/journal",
        path.display()
    );
    Ok(files)
}

/// Puts every event of a file before the recorded pool, and compares what it answers.
pub(super) fn replay(path: &Path, record: &mut Record) -> Result<(), Failure> {
    let text = read(path).map_err(Failure::configuration)?;
    let mut entries = entries(&text);
    let mut pool: Option<Pool> = None;
    for entry in entries.by_ref() {
        let numbered = entry
            .with_context(|| format!("journal {}", path.display()))
            .map_err(Failure::configuration)?;
        match (numbered.entry, &mut pool) {
            (Entry::Header(header), _) => {
                record.on_header(&header).map_err(Failure::configuration)?;
                pool = Some(header.state);
            }
            (Entry::Line(line), Some(pool)) => {
                let replayed = pool.handle(line.at, line.event.clone());
                if let Some(difference) = actions::difference(&line, &replayed) {
                    return Err(anyhow!(
                        "journal {}, line {}: {difference}",
                        path.display(),
                        numbered.line
                    )
                    .into());
                }
                record.on_line(&line, pool);
            }
            // `entries` refuses lines before a header.
            (Entry::Line(_), None) => {}
        }
    }
    record.torn_lines += u64::from(entries.is_torn());
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    let naming = || format!("read the journal {}", path.display());
    let bytes = config::read_at_most(path, FILE_BYTES_MAX).with_context(naming)?;
    let bytes = bytes.with_context(|| {
        format!(
            "the journal {} has more than {FILE_BYTES_MAX} bytes, which is the most that is read \
             at once",
            path.display()
        )
    })?;
    // A torn line may end within a character.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
