//! The load: messages that are due at instants, sent to a pool's exchange and matched to their
//! replies, so that what is lost, duplicated or late is counted and not guessed.
//!
//! A wing for each thing it does: `load` sends and counts, `report` writes what was measured,
//! `probe` and `sweep` measure fleets by means of both, `cli` is the door.

pub mod cli;
pub mod load;
pub mod probe;
pub mod report;
pub mod sweep;
