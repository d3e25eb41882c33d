//! A sweep: the same closed loop played against fleets of every size, or with every number of
//! requests, so that the best size is read off a table instead of guessed.
//!
//! The pure parts come first: `numbers` make the axes of a `grid`, what came of its cells is kept in
//! a `sheet`, and tables, files and the heat map are made of that.

pub mod grid;
pub mod heat_map;
pub mod metric;
pub mod numbers;
pub mod outcome;
pub mod record;
pub mod sheet;
pub mod speed_up;
pub mod table;
pub mod tls_cost;
