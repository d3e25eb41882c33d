//! The limits of `[pool.scaling]`: what bounds the strategy's answer.

use crate::environment::Environment;
use crate::toml_read::Section;
use policy::{DeadBand, Fraction, HostLimits, Limits, Step};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest of most durations: a longer one is a mistake.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const HOLD: RangeInclusive<Duration> = Duration::ZERO..=DAY;
/// Workers are processes of one host, with two connections each.
pub(super) const WORKERS_MAX: u32 = 1000;
/// Twice as many, so that a fleet that drains slowly can be replaced whole.
const PROCESSES_MAX: u32 = 2 * WORKERS_MAX;

const DEAD_BAND_WAIT_DEFAULT: Duration = Duration::from_millis(300);
const DEAD_BAND_WAIT: RangeInclusive<Duration> = Duration::ZERO..=DAY;
const DEAD_BAND_SHARE_DEFAULT: f64 = 0.15;
const DEAD_BAND_HOLD_DEFAULT: Duration = Duration::from_secs(30);
const DEAD_BAND_HOLD: RangeInclusive<Duration> = Duration::ZERO..=DAY;

/// `max` comes first: the schedule is bounded by it too.
pub(super) fn max(section: &Section<'_>, environment: &Environment) -> Option<u32> {
    let field = section.field("max")?;
    match field.as_text() {
        Some("auto") => Some(automatic_max(environment)),
        _ => field.whole_or(&(1..=WORKERS_MAX), ", or \"auto\""),
    }
}

/// `max` is `None` where it is wrong itself, which is noted already.
pub(super) fn limits(
    section: &Section<'_>,
    max: Option<u32>,
    host: Option<HostLimits>,
) -> Option<Limits> {
    let step_up = step(section, "step_up");
    let step_down = step(section, "step_down");
    let hold = section
        .field("hold")
        .and_then(|field| field.duration(&HOLD));
    let dead_band = dead_band(section);
    let min = section.field("min").and_then(|field| {
        let permitted = 0..=max.unwrap_or(WORKERS_MAX);
        let max = if max.is_some() {
            ", which is `max`"
        } else {
            ""
        };
        field.whole_or(&permitted, max)
    });
    let max_processes = match section.given("max_processes") {
        None => max.map(max_processes_default),
        Some(field) => field.whole(&(max.unwrap_or(1)..=PROCESSES_MAX)),
    };
    Some(Limits {
        step_up: step_up?,
        step_down: step_down?,
        hold: hold?,
        dead_band: dead_band?,
        host: host?,
        min: min?,
        max: max?,
        max_processes: max_processes?,
    })
}

/// So many that a whole fleet may drain while another one works.
fn max_processes_default(max: u32) -> u32 {
    2 * max
}

fn dead_band(section: &Section<'_>) -> Option<DeadBand> {
    let wait = section.given_or("dead_band_wait", DEAD_BAND_WAIT_DEFAULT, |field| {
        field.duration(&DEAD_BAND_WAIT)
    });
    let share = match section.given("dead_band_share") {
        None => Fraction::try_new(DEAD_BAND_SHARE_DEFAULT).ok(),
        Some(field) => field.fraction(),
    };
    let hold = section.given_or("dead_band_hold", DEAD_BAND_HOLD_DEFAULT, |field| {
        field.duration(&DEAD_BAND_HOLD)
    });
    Some(DeadBand {
        wait: wait?,
        share: share?,
        hold: hold?,
    })
}

fn automatic_max(environment: &Environment) -> u32 {
    let cpus = u32::try_from(environment.cpus.get()).unwrap_or(WORKERS_MAX);
    cpus.saturating_mul(2).saturating_add(1).min(WORKERS_MAX)
}

fn step(section: &Section<'_>, name: &'static str) -> Option<Step> {
    let Some(field) = section.given(name) else {
        return Some(Step::Unlimited);
    };
    if field.as_text() == Some("unlimited") {
        return Some(Step::Unlimited);
    }
    let workers = field.whole_or(&(1..=WORKERS_MAX), ", or \"unlimited\"")?;
    NonZeroU32::new(workers).map(Step::AtMost)
}
