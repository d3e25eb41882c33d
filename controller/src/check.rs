//! `warren-controller check`: everything that is wrong with a configuration, and nothing started.

use crate::fleet;
use anyhow::anyhow;
use config::{Config, Loaded};
use program::Failure;
use std::path::Path;

/// Prints what may not be meant in a configuration that was read from `file`.
///
/// # Errors
/// When `run` could not do all that it says: every command that can't be run, and every path that
/// is too long.
pub fn check(file: &Path, loaded: &Loaded) -> Result<(), Failure> {
    for warning in &loaded.warnings {
        program::print(&format!("warning: {warning}\n"))?;
    }
    let problems = problems(&loaded.config);
    if problems.is_empty() {
        let pools: Vec<&str> = loaded
            .config
            .pools
            .iter()
            .map(|pool| pool.name.as_str())
            .collect();
        return program::print(&format!("ok: {}: {}\n", file.display(), pools.join(", ")));
    }
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    };
    Err(Failure::Configuration(anyhow!(
        "{count} with what the configuration {} names\n  {}",
        file.display(),
        problems.join("\n  ")
    )))
}

/// What is wrong beyond the text: it depends on this machine, so the configuration can't tell.
fn problems(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    for pool in &config.pools {
        if let Err(error) = fleet::resolve(&pool.fleet.command) {
            problems.push(format!("pool {}: {error}", pool.name));
        }
        if let Err(error) = fleet::check_socket_path(&config.controller.state_dir, &pool.name) {
            problems.push(format!("pool {}: {error}", pool.name));
        }
    }
    problems
}
