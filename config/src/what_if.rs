//! "What if?": a pool's settings after `key=value` changes, for the simulator and for replays.
//!
//! The changes are made to the text of one pool, and that is read like any file. So a change is held
//! to the very ranges and combinations of the file, and gets the same answers; and what nobody
//! changed is what the file said, exactly.
//! What can be changed is what the policy sees. The names of queues, what workers do with a message,
//! and the schedule (which survives as it is) can't.

use crate::environment::Environment;
use crate::error::{Invalid, Violation};
use crate::nearest::nearest;
use crate::root::Config;
use policy::Settings;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// What messages call the text before and after the changes: there is no file.
const BEFORE: &str = "before the changes";
const AFTER: &str = "after the changes";

/// What can be changed: the keys that make the policy's settings, by their tables.
const KEYS: [(&str, &str); 24] = [
    ("host", "cpu_limit"),
    ("host", "memory_reserve"),
    ("pool", "interval"),
    ("pool", "fast_interval"),
    ("pool", "prefetch"),
    ("pool.scaling", "strategy"),
    ("pool.scaling", "wait"),
    ("pool.scaling", "drain_time"),
    ("pool.scaling", "capacity"),
    ("pool.scaling", "worker_rate"),
    ("pool.scaling", "worker_rate_prior"),
    ("pool.scaling", "headroom"),
    ("pool.scaling", "count_in_flight"),
    ("pool.scaling", "hold"),
    ("pool.scaling", "dead_band_wait"),
    ("pool.scaling", "dead_band_share"),
    ("pool.scaling", "dead_band_hold"),
    ("pool.scaling", "step_up"),
    ("pool.scaling", "step_down"),
    ("pool.scaling", "min"),
    ("pool.scaling", "max"),
    ("pool.scaling", "max_processes"),
    ("pool.fleet", "stop_grace"),
    ("pool.fleet", "ready_after"),
];

/// The settings after these changes, each `key=value`, to the text of one pool: what
/// [`crate::Pool::policy_table`] holds, or any file.
///
/// A key is named as in the file, without its table (`max`) or with it (`pool.scaling.max`); a value
/// is written as in the file, where quotes may be left out (`wait=1s`). The last change of a key
/// counts. What follows from another key where the text does not say it goes on doing so:
/// `max_processes` from `max`, `prefetch` from the worker rate, `fast_interval` from `interval`.
/// `capacity` and `worker_rate` take each other's place, and a new `drain_time` leaves the worker
/// rate as it is. `max=auto` counts the processors of this host.
///
/// # Errors
/// With everything that is wrong: in the text, in the changes, or in the settings after them.
pub fn what_if(base: &str, changes: &[String]) -> Result<Settings, Invalid> {
    let mut text = Text::new(base, &settings(base, BEFORE)?);
    let mut violations = Vec::new();
    for change in changes {
        if let Err(violation) = text.change(change) {
            violations.push(violation);
        }
    }
    if !violations.is_empty() {
        return Err(Invalid {
            what: "configuration",
            file: AFTER.to_owned(),
            violations,
        });
    }
    text.reconcile();
    settings(&text.file.to_string(), AFTER)
}

/// The keys that can be changed, in the order of the file: `pool.scaling.max`.
#[must_use]
pub fn what_if_keys() -> Vec<String> {
    KEYS.iter()
        .map(|(table, key)| format!("{table}.{key}"))
        .collect()
}

/// What a file says of the policy of its `index`-th pool, as a text of that one pool. `max = "auto"`,
/// which counts processors, is told as the number that it came to, here and now.
pub(crate) fn policy_table(file: &Table, index: usize, settings: &Settings) -> String {
    let pool = file
        .get("pool")
        .and_then(|pools| pools.get(index))
        .and_then(Value::as_table);
    let host = file.get("host").and_then(Value::as_table);
    let mut kept = Table::new();
    for (table, key) in KEYS {
        let given = match table.split_once('.') {
            _ if table == "host" => host,
            None => pool,
            Some((_, inner)) => pool.and_then(|pool| pool.get(inner)?.as_table()),
        };
        if let Some(value) = given.and_then(|given| given.get(key)) {
            table_mut(&mut kept, table).insert(key.to_owned(), value.clone());
        }
    }
    let scaling = table_mut(&mut kept, "pool.scaling");
    if let Some(max) = scaling.get_mut("max").filter(|max| max.is_str()) {
        *max = Value::Integer(settings.limits.max.into());
    }
    let schedule = pool.and_then(|pool| pool.get("scaling")?.get("schedule"));
    if let Some(schedule) = schedule {
        scaling.insert("schedule".to_owned(), schedule.clone());
    }
    kept.to_string()
}

fn settings(text: &str, name: &str) -> Result<Settings, Invalid> {
    let environment = Environment {
        cpus: Environment::from_process().cpus,
        ..Environment::default()
    };
    let loaded = Config::parse(text, name, &environment).map_err(without_places_in_the_text)?;
    let pool = loaded.config.pools.into_iter().next();
    Ok(pool.expect("a configuration has a pool").scaling)
}

/// The text of one pool, and which of its keys were changed.
struct Text {
    file: Table,
    /// The worker rate that is given, or the prior.
    worker_rate: Value,
    changed: BTreeSet<&'static str>,
}

impl Text {
    fn new(base: &str, settings: &Settings) -> Self {
        let mut file: Table = base.parse().expect("it was read as TOML just now");
        let given = table_mut(&mut file, "pool.scaling").get("worker_rate");
        let worker_rate = match given {
            Some(rate) if !rate.is_str() => rate.clone(),
            _ => Value::Float(settings.configured_worker_rate().per_second()),
        };
        Self {
            file,
            worker_rate,
            changed: BTreeSet::new(),
        }
    }

    fn change(&mut self, change: &str) -> Result<(), Violation> {
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
        let found = KEYS
            .iter()
            .find(|(table, key)| path == *key || path == format!("{table}.{key}"));
        let Some(&(table, key)) = found else {
            let written = path.rsplit('.').next().unwrap_or(path);
            let names = || KEYS.iter().map(|(_, key)| *key);
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
        match key {
            "capacity" => self.remove("worker_rate"),
            "worker_rate" => self.remove("capacity"),
            _ => None,
        };
        let value = value
            .parse()
            .unwrap_or_else(|_| Value::String(value.to_owned()));
        table_mut(&mut self.file, table).insert(key.to_owned(), value);
        self.changed.insert(key);
        Ok(())
    }

    /// Puts right what the base said and what no longer goes beside the changes.
    fn reconcile(&mut self) {
        let given = self.worker_rate.clone();
        if self.changed.contains("drain_time")
            && !self.changed.contains("capacity")
            && self.remove("capacity").is_some()
        {
            self.scaling()
                .insert("worker_rate".to_owned(), given.clone());
        }
        let auto = Value::String("auto".to_owned());
        let measures = self.scaling().get("worker_rate") == Some(&auto);
        if measures && self.changed.contains("worker_rate") {
            // Whoever changes to "auto" begins with what was given.
            self.scaling().entry("worker_rate_prior").or_insert(given);
        } else if !measures && !self.changed.contains("worker_rate_prior") {
            self.remove("worker_rate_prior");
        }
        let deadline = Value::String("deadline".to_owned());
        if !self.changed.contains("wait") && self.scaling().get("strategy") != Some(&deadline) {
            self.remove("wait");
        }
    }

    fn remove(&mut self, key: &str) -> Option<Value> {
        self.scaling().remove(key)
    }

    fn scaling(&mut self) -> &mut Table {
        table_mut(&mut self.file, "pool.scaling")
    }
}

/// The table of this path in a file of one pool; it is made where it is missing.
fn table_mut<'file>(file: &'file mut Table, path: &str) -> &'file mut Table {
    const CHECKED: &str = "a file that has been read has tables here";
    path.split('.').fold(file, |table, name| {
        let value = table.entry(name).or_insert_with(|| match name {
            "pool" => Value::Array(vec![Value::Table(Table::new())]),
            _ => Value::Table(Table::new()),
        });
        match value {
            Value::Array(pools) => pools.first_mut().and_then(Value::as_table_mut),
            value => value.as_table_mut(),
        }
        .expect(CHECKED)
    })
}

/// Nobody has seen the text, so its lines and indexes mean nothing.
fn without_places_in_the_text(mut invalid: Invalid) -> Invalid {
    for violation in &mut invalid.violations {
        violation.line = None;
        violation.key = violation.key.replacen("pool[0]", "pool", 1);
    }
    invalid
}
