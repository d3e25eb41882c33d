//! The result of a run: as text and a page for people, as one JSON object for programs. Nothing here
//! knows how it was measured; `load` hands over the numbers.

mod balance;
mod charts;
mod description;
pub mod durations;
pub mod fail_if;
pub(crate) mod figures;
mod html;
mod measured;
mod panel;
mod remarks;
pub mod series;
mod text;

pub use balance::{Confirms, FailedCondition, FleetSummary, Report, SCHEMA};
pub use charts::svg;
pub use description::Description;
pub use html::html;
pub use measured::Measured;

#[cfg(test)]
mod documented;
#[cfg(test)]
mod tests;
