//! What the demo, the benchmark and the tests against a real RabbitMQ stand on: a private broker
//! node, the built programs run as a user would run them, and the certainty that nothing of it is
//! still running afterwards.
//!
//! Nothing here is part of Warren itself, and nothing of Warren depends on it.

pub mod bench;
pub mod broker_in_use;
pub mod controller;
pub mod demo;
pub mod guard;
pub mod middlewares;
pub mod node;
pub mod poll;
pub mod pool_report;
pub mod producer;
pub mod programs;
