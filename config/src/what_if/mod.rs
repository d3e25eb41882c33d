//! "What if?": a pool's settings after `key=value` changes, for the simulator and for replays.
//!
//! The settings are written as the text of one pool, the changes are made to that text, and it is
//! read again like any file. So a change is held to the very ranges and combinations of the file,
//! and gets the same answers.
//! What can be changed is what the policy sees. The names of queues, what workers do with a message,
//! and the schedule (which survives as it is) can't.

mod text;

use crate::environment::Environment;
use crate::error::{Invalid, Violation};
use crate::nearest::nearest;
use crate::root::Config;
use policy::Settings;
use text::{Origin, Text};

/// What messages call the text that was changed: there is no file.
const NAME: &str = "after the changes";

/// The settings after these changes, each `key=value`.
///
/// A key is named as in the file, without its table (`max`) or with it (`pool.scaling.max`); a value
/// is written as in the file, where quotes may be left out (`wait=1s`). The last change of a key
/// counts. What follows from another key goes on doing so: `max_processes` from `max`, `prefetch`
/// from the worker rate, `fast_interval` from `interval`, as long as it is what would follow.
/// `capacity` and `worker_rate` take each other's place, and a new `drain_time` leaves the worker
/// rate as it is. `max=auto` counts the processors of this host.
///
/// # Errors
/// With everything that is wrong: in the changes, or in the settings after them.
pub fn what_if(base: &Settings, changes: &[String]) -> Result<Settings, Invalid> {
    let mut text = Text::of(base);
    let mut violations = Vec::new();
    for change in changes {
        if let Err(violation) = make(&mut text, change) {
            violations.push(violation);
        }
    }
    if !violations.is_empty() {
        return Err(Invalid {
            what: "configuration",
            file: NAME.to_owned(),
            violations,
        });
    }
    let environment = Environment {
        cpus: Environment::from_process().cpus,
        ..Environment::default()
    };
    let loaded =
        Config::parse(&text.write(), NAME, &environment).map_err(without_places_in_the_text)?;
    let pool = loaded.config.pools.into_iter().next();
    Ok(pool.expect("a text of one pool has one").scaling)
}

/// The keys that can be changed, in the order of the file: `pool.scaling.max`.
#[must_use]
pub fn what_if_keys() -> Vec<String> {
    text::KEYS
        .iter()
        .map(|(table, key)| format!("{table}.{key}"))
        .collect()
}

fn make(text: &mut Text, change: &str) -> Result<(), Violation> {
    let refuse = |key: &str, problem: String| Violation {
        line: None,
        key: key.to_owned(),
        value: None,
        problem,
    };
    let Some((path, value)) = change.split_once('=') else {
        let problem = format!("{change:?} must be key=value, such as max=20 or wait=1s");
        return Err(refuse("", problem));
    };
    let (path, value) = (path.trim(), value.trim());
    let found = text::KEYS
        .iter()
        .find(|(table, key)| path == *key || path == format!("{table}.{key}"));
    let Some((_, key)) = found else {
        let written = path.rsplit('.').next().unwrap_or(path);
        let names = || text::KEYS.iter().map(|(_, key)| *key);
        return Err(refuse(
            path,
            match nearest(names(), written) {
                Some(near) => format!("no such key; did you mean `{near}`?"),
                None => format!(
                    "no such key to change; there are: {}",
                    names().collect::<Vec<_>>().join(", ")
                ),
            },
        ));
    };
    // Each says what the other one says.
    match *key {
        "capacity" => text.remove("worker_rate"),
        "worker_rate" => text.remove("capacity"),
        _ => {}
    }
    text.set(key, as_toml(value), Origin::Change);
    Ok(())
}

/// The value as TOML: as it is where it is a value, else as a string.
fn as_toml(value: &str) -> String {
    match value.parse::<toml::Value>() {
        Ok(value) => value.to_string(),
        Err(_) => toml::Value::String(value.to_owned()).to_string(),
    }
}

/// Nobody has seen the text, so its lines and indexes mean nothing.
fn without_places_in_the_text(mut invalid: Invalid) -> Invalid {
    for violation in &mut invalid.violations {
        violation.line = None;
        violation.key = violation.key.replacen("pool[0]", "pool", 1);
    }
    invalid
}
