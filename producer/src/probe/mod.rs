//! Finds out from outside what an unknown fleet can do: by sending it messages, and by looking at
//! its answers and its queue.
//!
//! What is done (`step`), what follows from it (`estimate`, `service`, `saturation`, `growth`) and
//! in which order (`inquiry`) know neither a clock nor a broker, and are tested against fleets in
//! virtual time whose truth is known.

pub mod estimate;
pub mod growth;
pub mod inquiry;
pub mod saturation;
pub mod service;
pub mod step;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
