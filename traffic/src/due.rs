//! When a message is due.

use std::time::Duration;

/// When a message is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after the start.
    At(Duration),
    /// As soon as there is room for it, once its phase has begun.
    AsRoomAllows {
        /// When its phase begins, since the start.
        from: Duration,
    },
}
