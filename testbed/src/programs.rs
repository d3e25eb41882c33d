//! Finds the built programs: beside the running one, in cargo's target directory.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that this was built from: it holds `config.toml`.
#[must_use]
pub fn checkout() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The built programs of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// The programs beside the running one.
    pub fn beside_this_one() -> Result<Self> {
        let this = std::env::current_exe().context("find the path of this program")?;
        let mut directory = this
            .parent()
            .context("find the directory of this program")?;
        // Tests are built one level further down.
        if directory.ends_with("deps") {
            directory = directory.parent().context("find the target directory")?;
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Builds the programs that the tests run, in the same profile, as `cargo test --workspace` does:
    /// after that there is nothing to do, and a part of the workspace alone would resolve other
    /// features and compile the large crates once more.
    pub fn build(&self) -> Result<()> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["test", "--workspace", "--no-run", "--quiet"])
            .args(["--profile", self.profile()])
            .arg("--target-dir")
            .arg(self.target())
            .current_dir(checkout());
        let status = command.status().context("run cargo test --no-run")?;
        ensure!(status.success(), "the programs can't be built");
        Ok(())
    }

    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        ensure!(
            path.is_file(),
            "{} is missing: build it with `cargo build --profile {} --package {name}`",
            path.display(),
            self.profile()
        );
        Ok(path)
    }

    /// The Python of `setup/python.sh`, with the packages of `setup/requirements.txt`.
    pub fn python(&self) -> Result<PathBuf> {
        installed(self.target().join("python/bin/python"), "setup/python.sh")
    }

    /// The Node of `setup/node.sh`.
    pub fn node(&self) -> Result<PathBuf> {
        installed(self.target().join("node/bin/node"), "setup/node.sh")
    }

    /// Cargo names a profile's directory after the profile; only `dev`'s is called `debug`.
    fn profile(&self) -> &str {
        match self.directory.file_name().and_then(|name| name.to_str()) {
            None | Some("debug") => "dev",
            Some(name) => name,
        }
    }

    /// The target directory, above all profiles.
    #[must_use]
    pub fn target(&self) -> &Path {
        self.directory.parent().unwrap_or(&self.directory)
    }
}

fn installed(path: PathBuf, script: &str) -> Result<PathBuf> {
    ensure!(
        path.is_file(),
        "{} is missing: run `{script}`",
        path.display()
    );
    Ok(path)
}
