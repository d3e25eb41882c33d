//! The law.
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

use crate::ceiling::ceiling;
use crate::quantity::Rate;
use std::time::Duration;

/// ⌈(B + λ·Tr) / C⌉ for this backlog.
pub(crate) fn workers(
    backlog: f64,
    arrival_rate: Rate,
    worker_rate: Rate,
    drain_time: Duration,
) -> u32 {
    let drain_seconds = drain_time.as_secs_f64();
    let capacity = worker_rate.per_second() * drain_seconds;
    let arrivals = arrival_rate.per_second() * drain_seconds;
    // A cast from a float saturates, so an absurd demand is the largest number there is.
    ceiling((backlog + arrivals) / capacity) as u32
}
