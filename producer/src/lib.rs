//! The load: messages that are due at instants, sent to a pool's exchange and matched to their
//! replies, so that what is lost, duplicated or late is counted and not guessed.
//!
//! The pure parts come first: a `scenario` is read from TOML, its `schedule` says when each
//! message is due, the `ledger` keeps the accounts. What talks to RabbitMQ is built on them.

pub mod blocks;
pub mod books;
mod chance;
pub mod cli;
pub mod clock;
pub mod durations;
pub mod fail_if;
pub mod failure;
pub mod file;
pub mod fleet_usage;
pub mod interrupts;
pub mod ledger;
pub mod listing;
pub mod live;
pub mod load;
pub mod logging;
mod nearest;
pub mod payload;
pub mod probe;
pub mod progress;
pub mod rate;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod series;
pub mod sweep;
