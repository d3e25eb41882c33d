//! `[host]`: what every pool has to leave to others.

use crate::toml_read::Section;
use policy::HostLimits;
use std::ops::RangeInclusive;

const CPU_LIMIT_DEFAULT: f64 = 1.0;
/// A host that does nothing at all is busier than a twentieth now and then.
const CPU_LIMIT: RangeInclusive<f64> = 0.05..=1.0;
const MEMORY_RESERVE_BYTES_DEFAULT: u64 = 0;
/// More than one host has.
const MEMORY_RESERVE_BYTES: RangeInclusive<u64> = 0..=64 * 1024 * 1024 * 1024 * 1024;

pub(super) fn host(section: &Section<'_>) -> Option<HostLimits> {
    let cpu_limit = section.given_or("cpu_limit", CPU_LIMIT_DEFAULT, |field| {
        field.number(&CPU_LIMIT)
    });
    let memory_reserve_bytes =
        section.given_or("memory_reserve", MEMORY_RESERVE_BYTES_DEFAULT, |field| {
            field.bytes(&MEMORY_RESERVE_BYTES)
        });
    section.finish();
    Some(HostLimits {
        cpu_limit: cpu_limit?,
        memory_reserve_bytes: memory_reserve_bytes?,
    })
}
