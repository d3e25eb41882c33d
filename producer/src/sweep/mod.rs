//! A sweep: the same closed loop played against fleets of every size, or with every number of
//! requests, so that the best size is read off a table instead of guessed.
//!
//! The pure parts come first: `numbers` make the axes of a `grid`, `results` holds the figures of its
//! cells, and tables, files and the heat map are made of that. Each `fleet` is a controller with a
//! `fleet_config` of its own, and a `supervisor` cleans up after it. The `runner` plays the cells.

pub mod controller_log;
pub mod fleet;
pub mod fleet_config;
pub mod grid;
pub mod heat_map;
pub mod metric;
pub mod numbers;
pub mod outcome;
pub mod play;
pub mod progress;
pub mod record;
pub mod results;
pub mod runner;
pub mod speed_up;
pub mod status;
pub mod supervisor;
pub mod table;
pub mod tls_cost;
pub mod tls_url;
pub mod usage;
