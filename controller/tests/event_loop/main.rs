//! The event loop with a scripted queue, a fleet that only writes down its orders, and time that
//! moves when nothing else does.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails on what it does not expect"
)]

mod harness;
mod life;
mod polling;
mod surroundings;
