//! A scenario's messages sent when they are due and matched to their replies: from the TOML file to
//! the counts. The other commands measure with it; what it measured is written by `report`.
//!
//! The pure parts come first: a `scenario` is read from TOML, its
//! [`Schedule`](traffic::Schedule) says when each message is due, the `ledger` keeps the accounts. What talks to RabbitMQ (`run`) is built on them.

pub mod blocks;
pub mod books;
pub mod fleet_usage;
pub mod ledger;
pub mod live;
pub mod offered;
pub mod payload;
pub mod run;
pub mod scenario;
