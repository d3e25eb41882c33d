//! The phases of a scenario: rates that the clock alone decides, or clients who wait.

use super::fields::{self, Fields, Mistakes};
use super::shapes;
use crate::load::offered::{CLIENTS_MAX, REQUESTS_MAX, Until, VirtualUsers};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use traffic::Phase;

/// A scenario is a table of phases written by hand; a longer one is a recording, which is no
/// scenario.
const PHASES_MAX: usize = 1000;

/// The longest phase: a week, so that no sum of phases overflows a nanosecond count.
pub(super) const PHASE_DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// What one `[[phase]]` is.
enum Part {
    Phase(Phase),
    VirtualUsers(VirtualUsers),
}

/// All phases of one loop.
pub(super) enum Phases {
    Open(Vec<Phase>),
    Closed(Vec<VirtualUsers>),
}

/// Reads all of them; those with mistakes are left out.
pub(super) fn read(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Phases {
    let mut phases = Vec::new();
    let mut groups = Vec::new();
    for part in parts(value, mistakes) {
        match part {
            Part::Phase(phase) => phases.push(phase),
            Part::VirtualUsers(group) => groups.push(group),
        }
    }
    match groups.is_empty() {
        true => Phases::Open(phases),
        false => Phases::Closed(groups),
    }
}

fn parts(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Vec<Part> {
    let Some(array) = value.get_ref().as_array().filter(|array| !array.is_empty()) else {
        mistakes.add(
            &value.span(),
            "phase: expected tables headed [[phase]]".to_owned(),
        );
        return Vec::new();
    };
    if array.len() > PHASES_MAX {
        let count = array.len();
        mistakes.add(
            &value.span(),
            format!("{count} phases: at most {PHASES_MAX} can be had"),
        );
        return Vec::new();
    }
    let has_clients =
        |value: &Spanned<DeValue<'_>>| value.get_ref().as_table().map(is_closed) == Some(true);
    let closed = has_clients(&array[0]);
    let mut mixed = false;
    let mut parts = Vec::new();
    for (index, value) in array.iter().enumerate() {
        let Some(table) = value.get_ref().as_table() else {
            mistakes.add(
                &value.span(),
                "phase: expected tables headed [[phase]]".to_owned(),
            );
            continue;
        };
        let number = index + 1;
        if is_closed(table) != closed && !mixed {
            mixed = true;
            mistakes.add(&value.span(), both_loops(number, closed));
        }
        let fields = Fields::new(format!(" of phase {number}"), table, value.span());
        let part = match is_closed(table) {
            true => read_virtual_users(fields, mistakes).map(Part::VirtualUsers),
            false => shapes::read(fields, mistakes).map(Part::Phase),
        };
        if matches!(part, Some(Part::Phase(Phase::Flood { .. }))) && number < array.len() {
            let message = format!(
                "phase {number} is a flood, which ends nobody knows when: it has to be the last phase"
            );
            mistakes.add(&value.span(), message);
        }
        parts.extend(part);
    }
    parts
}

/// What is wrong where the first phase is of one loop and this one of the other.
fn both_loops(number: usize, closed: bool) -> String {
    let (first, this) = match closed {
        true => ("has clients", "has none"),
        false => ("has none", "has clients"),
    };
    format!(
        "phase {number} {this} and phase 1 {first}: either all phases have clients, who wait for \
         their replies, or none has"
    )
}

fn is_closed(table: &DeTable<'_>) -> bool {
    table.contains_key("clients")
}

fn read_virtual_users(
    mut fields: Fields<'_, '_>,
    mistakes: &mut Mistakes<'_>,
) -> Option<VirtualUsers> {
    let clients = fields.required(mistakes, "clients", "how many", |value| {
        fields::whole(value, 0..u64::from(CLIENTS_MAX) + 1)
    });
    let until = until(&mut fields, mistakes);
    if clients == Some(0) && matches!(until, Some(Until::Requests(_))) {
        let why = "0 clients send none; a pause has a duration";
        fields.complain(mistakes, "requests", why);
    }
    fields.finish(mistakes);
    Some(VirtualUsers {
        clients: u32::try_from(clients?).ok()?,
        until: until?,
    })
}

/// Either `requests` or `duration`.
pub(super) fn until(fields: &mut Fields<'_, '_>, mistakes: &mut Mistakes<'_>) -> Option<Until> {
    let requests = fields.read(mistakes, "requests", |value| {
        fields::whole(value, 1..REQUESTS_MAX + 1)
    });
    match (fields.has("requests"), fields.has("duration")) {
        (true, true) => {
            fields.optional("duration");
            fields.complain(mistakes, "requests", "is one too many beside duration");
            None
        }
        (true, false) => requests.map(Until::Requests),
        (false, _) => fields
            .required(
                mistakes,
                "duration",
                "a duration, as \"15s\", or requests, as 1000",
                |value| fields::duration(value, PHASE_DURATION_MAX),
            )
            .map(Until::Duration),
    }
}
