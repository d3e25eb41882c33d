//! What was found out, for machines.

use super::advice::Advice;
use super::estimate::Estimate;
use super::findings::{Bound, Findings, Takes};
use super::growth::Growth;
use super::row::Row;
use serde::Serialize;

/// Rises when a key changes its meaning.
const SCHEMA: u32 = 1;

/// The whole result. Once it is released, keys are added and none is renamed.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    schema: u32,
    queue: &'a str,
    consumers: u32,
    round_trip_seconds: f64,
    service_seconds: Option<Estimate>,
    service_variation: Option<f64>,
    busy_service_seconds: Option<f64>,
    capacity_per_second: Option<Estimate>,
    capacity_is: Option<Bound>,
    served_at_once: Option<f64>,
    served_at_once_by_law: Option<Estimate>,
    served_at_once_counted: Option<usize>,
    takes: Option<Takes>,
    held_by_each: Option<f64>,
    held_is: Option<Bound>,
    below: Option<Growing>,
    above: Option<Growing>,
    steps: &'a [Row],
    notes: Vec<String>,
    config: Option<&'a Advice>,
}

#[derive(Debug, Serialize)]
struct Growing {
    rate: f64,
    gained_per_second: Estimate,
    grows: bool,
}

impl From<Growth> for Growing {
    fn from(growth: Growth) -> Self {
        Self {
            rate: growth.rate,
            gained_per_second: growth.per_second,
            grows: growth.grows(),
        }
    }
}

impl<'a> Record<'a> {
    /// Of what was found out about a queue's fleet.
    #[must_use]
    pub fn new(
        queue: &'a str,
        findings: &Findings,
        advice: Option<&'a Advice>,
        steps: &'a [Row],
    ) -> Self {
        Self {
            schema: SCHEMA,
            queue,
            consumers: findings.known.consumers,
            round_trip_seconds: findings.known.round_trip_seconds,
            service_seconds: findings.service.map(|service| service.seconds),
            service_variation: findings.service.map(|service| service.variation),
            busy_service_seconds: findings.busy_service_seconds,
            capacity_per_second: findings.capacity.map(|capacity| capacity.per_second),
            capacity_is: findings.capacity.map(|capacity| capacity.bound),
            served_at_once: findings.at_once.map(|at_once| at_once.value()),
            served_at_once_by_law: findings.at_once.map(|at_once| at_once.by_law),
            served_at_once_counted: findings.at_once.and_then(|at_once| at_once.counted),
            takes: findings.takes,
            held_by_each: findings.held.map(|held| held.messages),
            held_is: findings.held.map(|held| held.bound),
            below: findings.below.map(Growing::from),
            above: findings.above.map(Growing::from),
            steps,
            notes: findings.notes.iter().map(ToString::to_string).collect(),
            config: advice,
        }
    }
}
