//! The law: how many workers the strategy asks for, before any limit.
//!
//! # Where it comes from
//!
//! Within the next drain time Tr the pool has to do the backlog B that waits now and the λ·Tr
//! messages that arrive meanwhile.
//! One worker does C = μ·Tr messages in that time.
//! So the number of workers is
//!
//! ```text
//! demand = ⌈(B + λ·Tr) / C⌉ = ⌈λ/μ + B/(μ·Tr)⌉
//! ```
//!
//! which reads: as many as keep up with the arrivals, and as many again as clear the backlog within
//! one drain time.
//!
//! # A worked example
//!
//! With μ = 200 msg/s and Tr = 2 s a worker clears C = 400 messages.
//! At λ = 950 msg/s and B = 6,900 messages, (6,900 + 950·2) / 400 = 22: of these, 4.75 keep up and
//! 17.25 clear the backlog.
//!
//! # What it does over time
//!
//! Sampled every T and held in between, the arrivals cancel out and B′ = B·(1 − T/Tr): with T = Tr
//! the backlog is gone after one interval; with T below Tr it decays with time constant Tr; with T
//! above Tr the law overshoots. `tests/behaviour/law.rs` walks the example and the decay.

use crate::quantity::Rate;
use crate::settings::{Settings, Strategy};

/// Workers that the strategy asks for.
pub(crate) fn demand(settings: &Settings, backlog: u64, arrival_rate: Rate) -> u32 {
    let within = match settings.strategy {
        Strategy::Formula => settings.drain_time,
        Strategy::Deadline { wait } => wait,
    };
    let within_seconds = within.as_secs_f64();
    let capacity =
        settings.capacity.messages() / settings.drain_time.as_secs_f64() * within_seconds;
    let arrivals = arrival_rate.per_second() * within_seconds;
    // A cast from a float saturates, so an absurd demand is the largest number there is.
    ceiling((backlog as f64 + arrivals) / capacity) as u32
}

/// The next whole number, where what floating point adds to a whole number does not count.
///
/// μ = 0.7 and Tr = 3 s give C = 2.0999999999999996, by which 21 messages would need 11 workers.
/// The few roundings on the way here are below one part in 10¹⁵ each.
pub(crate) fn ceiling(number: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    (number * (1.0 - ROUNDING)).ceil()
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn what_rounding_adds_does_not_cost_a_worker() {
        for (number, expected) in [
            (4000.0 / 400.0, 10.0),
            (21.0 / (0.7 * 3.0), 10.0),
            (0.3 / 0.1, 3.0),
            (4001.0 / 400.0, 11.0),
            (0.0, 0.0),
            (1e-9, 1.0),
            (1_000_000_001.0 / 1_000_000_000.0, 2.0),
        ] {
            assert_eq!(ceiling(number), expected, "{number}");
        }
    }
}
