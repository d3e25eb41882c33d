//! A sweep: the same closed loop played against fleets of every size, or with every number of
//! requests, so that the best size is read off a table instead of guessed.
//!
//! The pure parts come first: `numbers` make the axes of a `grid`, what came of its cells is kept in
//! a `sheet`, and tables, files and the heat map are made of that. Each `fleet` is a controller of
//! its own with the names of a `recipe`, and a `keeper` sees to it that nothing is left of it. The
//! `conductor` plays the cells.

pub mod conductor;
pub mod controller_log;
pub mod fleet;
pub mod grid;
pub mod heat_map;
pub mod keeper;
pub mod metric;
pub mod numbers;
pub mod outcome;
pub mod play;
pub mod progress;
pub mod recipe;
pub mod record;
pub mod sheet;
pub mod speed_up;
pub mod status;
pub mod table;
pub mod tls_cost;
pub mod tls_url;
pub mod usage;
