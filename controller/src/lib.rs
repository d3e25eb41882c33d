//! The daemon: looks at each queue, asks the policy what to do, and does it.

pub mod fleet;
pub mod host;
