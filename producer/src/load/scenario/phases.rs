//! The phases of a scenario: rates that the clock alone decides, or clients who wait.

use super::shapes;
use crate::load::offered::{CLIENTS_MAX, REQUESTS_MAX, Until, VirtualUsers};
use config::toml_read::Section;
use std::ops::RangeInclusive;
use std::time::Duration;
use traffic::Phase;

/// Phases are written by hand; what changes more often is a recording, which `trace` plays.
const PHASES_MAX: usize = 1000;

/// The longest phase: a week. A thousand of them are 19 years, and a count of nanoseconds overflows
/// after 584. A recording, which is no phase, may take 400 days.
pub(super) const PHASE_DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// Longer than nothing.
pub(super) const PHASE_DURATION: RangeInclusive<Duration> =
    Duration::from_nanos(1)..=PHASE_DURATION_MAX;

/// All phases of one loop.
pub(super) enum Phases {
    Open(Vec<Phase>),
    Closed(Vec<VirtualUsers>),
}

/// Reads all of them; those with mistakes are left out.
pub(super) fn read(root: &Section<'_>) -> Phases {
    let Some(sections) = root.optional_sections("phase", PHASES_MAX) else {
        return Phases::Open(Vec::new());
    };
    if sections.is_empty() {
        root.refuse("there must be one [[phase]] at least");
    }
    let closed = sections.first().is_some_and(has_clients);
    if let Some(other) = sections.iter().find(|phase| has_clients(phase) != closed) {
        let (first, this) = match closed {
            true => ("has clients", "has none"),
            false => ("has none", "has clients"),
        };
        other.refuse(format!(
            "this phase {this} and the first {first}: either all phases have clients, who wait for \
             their replies, or none has"
        ));
    }
    let (mut phases, mut groups) = (Vec::new(), Vec::new());
    for (at, section) in sections.iter().enumerate() {
        if has_clients(section) {
            groups.extend(virtual_users(section));
            continue;
        }
        let phase = shapes::read(section);
        if matches!(phase, Some(Phase::Flood { .. })) && at + 1 < sections.len() {
            section.refuse("is a flood, which ends nobody knows when: it has to be the last phase");
        }
        phases.extend(phase);
    }
    match groups.is_empty() {
        true => Phases::Open(phases),
        false => Phases::Closed(groups),
    }
}

fn has_clients(section: &Section<'_>) -> bool {
    section.has("clients")
}

fn virtual_users(section: &Section<'_>) -> Option<VirtualUsers> {
    let clients = section.required("clients", "how many");
    let clients = clients.and_then(|field| field.whole(&(0..=CLIENTS_MAX)));
    let until = until(section);
    if clients == Some(0) && matches!(until, Some(Until::Requests(_))) {
        let requests = section.given("requests")?;
        requests.refuse("0 clients send none; a pause has a duration");
    }
    section.finish();
    Some(VirtualUsers {
        clients: clients?,
        until: until?,
    })
}

/// Either `requests` or `duration`.
pub(super) fn until(section: &Section<'_>) -> Option<Until> {
    match (section.given("requests"), section.given("duration")) {
        (Some(requests), Some(_)) => {
            requests.refuse("is one too many beside duration");
            None
        }
        (Some(requests), None) => requests.whole(&(1..=REQUESTS_MAX)).map(Until::Requests),
        (None, _) => {
            let what = "a duration, such as \"15s\", or requests, such as 1000";
            let duration = section.required("duration", what)?;
            duration.duration(&PHASE_DURATION).map(Until::Duration)
        }
    }
}
