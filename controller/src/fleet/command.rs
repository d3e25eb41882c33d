//! Where a worker's program is.
//!
//! Looked up before anything is spawned, so that `check` can say what `run` would stumble over, and
//! say where it has looked.

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why a worker's command can't be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is no such program.
    #[error(
        "no program {program:?} (looked for {}); build or install it, or give command a path",
        list(tried)
    )]
    Missing {
        /// As the config names it.
        program: String,
        /// Where it was looked for.
        tried: Vec<PathBuf>,
    },
    /// There is something of that name, but nothing that can be run.
    #[error("{} can't be executed: {what}; chmod +x it, or name another program in command", path.display())]
    NotExecutable {
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// Finds the program of a command. One with a slash is taken as it is; one without is looked for
/// beside this very binary first, so that an installation's parts find each other, then on PATH.
///
/// # Errors
/// When there is none, or none that can be executed.
pub fn resolve(command: &config::Command) -> Result<PathBuf, CommandError> {
    let binary = env::current_exe().ok();
    let beside = binary.as_deref().and_then(Path::parent);
    resolve_in(&command.program, beside, env::var_os("PATH").as_deref())
}

fn resolve_in(
    program: &str,
    beside: Option<&Path>,
    search_path: Option<&OsStr>,
) -> Result<PathBuf, CommandError> {
    let tried: Vec<PathBuf> = if program.contains('/') {
        vec![PathBuf::from(program)]
    } else {
        let searched = search_path.map(env::split_paths).into_iter().flatten();
        beside
            .map(Path::to_path_buf)
            .into_iter()
            // An empty entry would mean whatever directory the controller was started in.
            .chain(searched.filter(|directory| !directory.as_os_str().is_empty()))
            .map(|directory| directory.join(program))
            .collect()
    };
    let mut unusable = None;
    for path in &tried {
        match obstacle(path) {
            Obstacle::None => return Ok(path.clone()),
            Obstacle::Absent => {}
            Obstacle::Unusable(what) => unusable = unusable.or(Some((path, what))),
        }
    }
    Err(match unusable {
        Some((path, what)) => CommandError::NotExecutable {
            path: path.clone(),
            what,
        },
        None => CommandError::Missing {
            program: program.to_owned(),
            tried,
        },
    })
}

/// What keeps a file from being run.
enum Obstacle {
    None,
    Absent,
    Unusable(&'static str),
}

fn obstacle(path: &Path) -> Obstacle {
    match path.metadata() {
        Err(_) => Obstacle::Absent,
        Ok(metadata) if metadata.is_dir() => Obstacle::Unusable("it is a directory"),
        Ok(metadata) if metadata.permissions().mode() & 0o111 == 0 => {
            Obstacle::Unusable("nobody has the right to execute it")
        }
        Ok(_) => Obstacle::None,
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandError, resolve_in};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    fn program(directory: &Path, name: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(directory).unwrap();
        let path = directory.join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_bare_name_is_found_beside_the_controller_first_and_then_on_path() {
        let root = tempfile::tempdir().unwrap();
        let beside = root.path().join("beside");
        let on_path = root.path().join("on-path");
        let both = program(&beside, "both", 0o755);
        program(&on_path, "both", 0o755);
        let only = program(&on_path, "only", 0o755);
        let find = |name| resolve_in(name, Some(&beside), Some(on_path.as_os_str()));

        assert_eq!(find("both"), Ok(both));
        assert_eq!(find("only"), Ok(only));
    }

    #[test]
    fn a_program_that_is_nowhere_is_reported_with_every_place_tried() {
        let error = resolve_in("gone", Some(Path::new("/a")), Some("/b::/c".as_ref())).unwrap_err();

        assert_eq!(
            error.to_string(),
            "no program \"gone\" (looked for /a/gone, /b/gone, /c/gone); \
             build or install it, or give command a path"
        );
    }

    #[test]
    fn what_can_not_be_executed_is_passed_over_and_named_when_nothing_else_is_there() {
        let root = tempfile::tempdir().unwrap();
        let first = root.path().join("first");
        let second = root.path().join("second");
        let plain = program(&first, "tool", 0o644);
        let search_path = std::env::join_paths([&first, &second]).unwrap();

        let error = resolve_in("tool", None, Some(&search_path)).unwrap_err();
        let usable = program(&second, "tool", 0o755);

        assert!(matches!(error, CommandError::NotExecutable { path, .. } if path == plain));
        assert_eq!(resolve_in("tool", None, Some(&search_path)), Ok(usable));
    }

    #[test]
    fn a_name_with_a_slash_is_taken_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        let path = program(root.path(), "tool", 0o755);
        let directory = root.path().to_str().unwrap();

        assert_eq!(resolve_in(path.to_str().unwrap(), None, None), Ok(path));
        assert!(matches!(
            resolve_in(directory, None, None),
            Err(CommandError::NotExecutable {
                what: "it is a directory",
                ..
            })
        ));
        assert!(matches!(
            resolve_in("./no/such", None, Some("/bin".as_ref())),
            Err(CommandError::Missing { tried, .. }) if tried == [PathBuf::from("./no/such")]
        ));
    }
}
