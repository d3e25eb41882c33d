use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Makes a directory anew: what an earlier run left in it is gone. Gives its whole path, because what
/// is started there may change into another directory.
pub fn fresh_directory(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("empty {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
    path.canonicalize()
        .with_context(|| format!("find {}", path.display()))
}
