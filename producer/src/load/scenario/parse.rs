//! From a scenario's text to a scenario, or to everything that is wrong with it.

use super::phases::{self, Phases};
use super::{Reply, Scenario};
use super::{cleanup, headers, payload, trace};
use crate::load::offered::Load;
use crate::load::payload::Payload;
use broker::Persistence;
use config::Invalid;
use config::toml_read::{self, Section};
use std::path::Path;
use traffic::{ArrivalProcess, Schedule};

/// Reads a scenario; an input file is looked for beside `path`.
pub(super) fn parse(text: &str, path: &Path) -> Result<Scenario, Invalid> {
    toml_read::read(text, |root| scenario(root, path)).map_err(|violations| Invalid {
        what: "scenario",
        file: path.display().to_string(),
        violations,
    })
}

fn scenario(root: &Section<'_>, path: &Path) -> Option<Scenario> {
    let name = root.required("name", "it stands in reports");
    let name = name.and_then(|field| field.some_text());
    let about = root.given("about").and_then(|field| field.some_text());
    let seed = root.given_or("seed", 1, |field| field.whole(&(0..=i64::MAX as u64)));
    let reply = root.given_or("reply", true, |field| field.truth());
    let payload = table(root, "payload", |section| payload::read(section, path));
    let persistent = root.given_or("persistent", true, |field| field.truth());
    let headers = table(root, "headers", headers::read);
    let cleanup = table(root, "cleanup", cleanup::read);
    let load = load(root, path, seed.unwrap_or(1));
    root.finish();
    Some(Scenario {
        name: name?,
        about: about.unwrap_or_default(),
        seed: seed?,
        reply: match reply? {
            true => Reply::Wanted,
            false => Reply::None,
        },
        payload: payload.unwrap_or(Payload::BuiltIn),
        persistence: match persistent? {
            true => Persistence::Persistent,
            false => Persistence::Transient,
        },
        headers: headers.unwrap_or_default(),
        load,
        cleanup: cleanup.flatten().unwrap_or_default(),
    })
}

/// What `read` makes of the table under a key, where it is there.
fn table<T>(
    root: &Section<'_>,
    key: &'static str,
    read: impl FnOnce(&Section<'_>) -> T,
) -> Option<T> {
    let field = root.given(key)?;
    let section = field.must_be(format!("a table: [{key}]"), |field| field.as_section())?;
    Some(read(&section))
}

fn load(root: &Section<'_>, path: &Path, seed: u64) -> Load {
    const ARRIVALS: [(&str, ArrivalProcess); 2] = [
        ("even", ArrivalProcess::Even),
        ("poisson", ArrivalProcess::Poisson),
    ];
    let arrivals = root.given("arrivals");
    let process = arrivals.as_ref().and_then(|field| field.word(&ARRIVALS));
    let phases = match (root.given("phase"), root.given("trace")) {
        (Some(_), Some(trace)) => {
            trace.refuse("must not stand beside [[phase]] tables: a scenario has one of the two");
            Phases::Open(Vec::new())
        }
        (None, Some(trace)) => Phases::Open(trace::read(&trace, path).into_iter().collect()),
        (Some(_), None) => phases::read(root),
        (None, None) => {
            root.required("phase", "one [[phase]] at least, or a trace");
            Phases::Open(Vec::new())
        }
    };
    match phases {
        Phases::Open(phases) => Load::Open(Schedule::with_seed(
            phases,
            process.unwrap_or_default(),
            seed,
        )),
        Phases::Closed(groups) => {
            if let Some(field) = arrivals {
                field.refuse("clients send when they are free, so nothing else decides when");
            }
            Load::Closed(groups)
        }
    }
}
