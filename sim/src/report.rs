//! What runs came to, for people and for machines: a table, JSON, CSV, and pictures.
//!
//! Each form shows the same [`Summary`](crate::summary::Summary), and none leaves a run out.

mod chart;
mod figure;
mod files;
mod panels;
mod pareto;
mod table;

pub use chart::draw;
pub use files::{csv, json};
pub use table::table;

pub(crate) use figure::{ratio, seconds};

#[cfg(test)]
pub(crate) use files::tests as tests_support;
