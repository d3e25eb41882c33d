//! A scenario's messages sent when they are due and matched to their replies: from the TOML file to
//! the counts. The other commands measure with it; what it measured is written by `report`.
//!
//! The pure parts come first: a `scenario` is read from TOML, its
//! [`Schedule`](traffic::Schedule) says when each message is due, the `accounts` balance. What talks to RabbitMQ (`run`) is built on them.

pub mod accounts;
pub mod balance;
pub mod blocks;
mod closed_loop;
mod description;
pub mod finished;
pub mod fleet_usage;
pub mod monitor;
pub mod observations;
pub mod offered;
pub mod payload;
mod reconnect;
mod replies;
pub mod run;
pub mod scenario;
mod send;
pub mod snapshot;
pub mod stats;
pub(crate) mod target;
mod turn;
