//! The scenarios that come inside the binary.

use super::Scenario;
use std::path::Path;

/// Each shipped file by its name, in the order of a listing.
const FILES: [(&str, &str); 8] = [
    (
        "scenarios/bursts.toml",
        include_str!("../../../scenarios/bursts.toml"),
    ),
    (
        "scenarios/reference.toml",
        include_str!("../../../scenarios/reference.toml"),
    ),
    (
        "scenarios/flood.toml",
        include_str!("../../../scenarios/flood.toml"),
    ),
    (
        "scenarios/warmup.toml",
        include_str!("../../../scenarios/warmup.toml"),
    ),
    (
        "scenarios/endurance.toml",
        include_str!("../../../scenarios/endurance.toml"),
    ),
    (
        "scenarios/spikes.toml",
        include_str!("../../../scenarios/spikes.toml"),
    ),
    (
        "scenarios/users.toml",
        include_str!("../../../scenarios/users.toml"),
    ),
    (
        "scenarios/day.toml",
        include_str!("../../../scenarios/day.toml"),
    ),
];

/// Every shipped scenario.
#[must_use]
pub fn shipped() -> Vec<Scenario> {
    FILES
        .iter()
        .map(|(path, text)| {
            Scenario::parse(text, Path::new(path)).expect("a test loads every shipped scenario")
        })
        .collect()
}
