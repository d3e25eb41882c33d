//! What the demo, the benchmarks and the tests against a real RabbitMQ stand on: a private broker
//! node, the built programs run as a user would run them, and the certainty that nothing of it is
//! still running afterwards.
//!
//! Nothing here is part of Warren itself, and nothing of Warren depends on it.

pub mod broker_in_use;
pub mod controller;
mod fresh_directory;
pub mod guard;
pub mod node;
pub mod poll;
pub mod pool_report;
pub mod process;
pub mod producer;
pub mod programs;

pub use fresh_directory::fresh_directory;
