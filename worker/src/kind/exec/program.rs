//! Which program a command means: found once, when the worker starts, so that a misspelt one is an
//! error of the configuration and not of every message.

use anyhow::{Context, bail};
use nix::unistd::{AccessFlags, access};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A program that was there when the worker started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// What it was called by: some programs go by it.
    pub(super) name: OsString,
    pub(super) arguments: Vec<OsString>,
}

impl Program {
    /// A name with a slash is a path, any other is looked for in `search`, as a shell does.
    pub(super) fn find(command: &[OsString], search: Option<OsString>) -> anyhow::Result<Self> {
        let (name, arguments) = command.split_first().context("the command is empty")?;
        let path = if name.as_encoded_bytes().contains(&b'/') {
            let path = PathBuf::from(name);
            match unusable(&path) {
                Some(why) => bail!("can't run {}: {why}", path.display()),
                None => path,
            }
        } else {
            let search = search.unwrap_or_default();
            let found = std::env::split_paths(&search)
                .map(|directory| directory.join(name))
                .find(|path| unusable(path).is_none());
            found.with_context(|| {
                format!(
                    "no program '{}' on PATH; install it, or give its path",
                    Path::new(name).display()
                )
            })?
        };
        Ok(Self {
            path,
            name: OsStr::to_owned(name),
            arguments: arguments.to_vec(),
        })
    }
}

fn unusable(path: &Path) -> Option<&'static str> {
    if !path.exists() {
        Some("there is no such file")
    } else if !path.is_file() {
        Some("it is no file")
    } else if access(path, AccessFlags::X_OK).is_err() {
        Some("it is not executable; try chmod +x")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn find(command: &[&str], search: &Path) -> Result<Program, String> {
        let command: Vec<OsString> = command.iter().map(OsString::from).collect();
        Program::find(&command, Some(search.into())).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_program_is_found_or_named() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("resize");
        std::fs::write(&program, "").unwrap();
        let path = program.to_str().unwrap();
        let search = directory.path();

        assert_eq!(
            find(&[path], search).unwrap_err(),
            format!("can't run {path}: it is not executable; try chmod +x")
        );
        assert!(
            find(&["resize"], search)
                .unwrap_err()
                .contains("no program 'resize' on PATH")
        );
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o700)).unwrap();

        let found = find(&["resize", "--fast"], search).unwrap();
        assert_eq!((found.path, found.name), (program.clone(), "resize".into()));
        assert_eq!(found.arguments, ["--fast"]);
        assert_eq!(find(&[path], Path::new("")).unwrap().path, program);
        let missing = find(&["/nowhere/x"], search).unwrap_err();
        assert_eq!(missing, "can't run /nowhere/x: there is no such file");
        assert!(find(&["/"], search).unwrap_err().contains("it is no file"));
    }
}
