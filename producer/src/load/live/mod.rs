//! What is said of a run while it goes on: pure text, made of snapshots of the books. Where it is
//! shown is `progress`'s business.

mod block;
mod errors;
mod recent;

pub use block::{Block, Period};
pub use errors::Errors;
pub use recent::{Pace, Window};
