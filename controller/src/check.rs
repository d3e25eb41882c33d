//! `warren-controller check`: everything that is wrong with a configuration, and nothing started.

use crate::failure::Failure;
use crate::fleet;
use config::{Config, Environment, Loaded};
use std::fmt::Write as _;
use std::path::Path;

/// Prints what is wrong with `file`, and what may not be meant.
///
/// # Errors
/// When `run` could not do with it all that it says.
pub fn check(file: &Path, environment: &Environment) -> Result<(), Failure> {
    let loaded = Config::load(file, environment)?;
    let (text, problems) = report(file, &loaded);
    print(&text);
    match problems {
        0 => Ok(()),
        1 => Err(Failure::Configuration(
            "1 problem with what the configuration names".to_owned(),
        )),
        many => Err(Failure::Configuration(format!(
            "{many} problems with what the configuration names"
        ))),
    }
}

/// What is printed, and how many problems are in it.
fn report(file: &Path, loaded: &Loaded) -> (String, usize) {
    let mut text = String::new();
    let mut line = |word: &str, what: &dyn std::fmt::Display| {
        writeln!(text, "{word}: {what}").expect("a string takes every text");
    };
    for warning in &loaded.warnings {
        line("warning", warning);
    }
    let mut problems = 0;
    for pool in &loaded.config.pools {
        if let Err(error) = fleet::resolve(&pool.fleet.command) {
            line("problem", &format!("pool {}: {error}", pool.name));
            problems += 1;
        }
        let state_dir = &loaded.config.controller.state_dir;
        if let Err(error) = fleet::check_socket_path(state_dir, &pool.name) {
            line("problem", &format!("pool {}: {error}", pool.name));
            problems += 1;
        }
    }
    if problems == 0 {
        let pools: Vec<&str> = loaded
            .config
            .pools
            .iter()
            .map(|pool| pool.name.as_str())
            .collect();
        line("ok", &format!("{}: {}", file.display(), pools.join(", ")));
    }
    (text, problems)
}

#[expect(clippy::print_stdout, reason = "this is the command's result")]
fn print(text: &str) {
    print!("{text}");
}
