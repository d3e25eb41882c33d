//! What a sender does next.

use std::time::Duration;

/// What the sender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Sends this message once more.
    Again(u64),
    /// Sends the next message, which was due then.
    First(Duration),
    /// Waits until then, or until a client is free.
    Wait(Duration),
    /// Waits until a client is free.
    Idle,
    Over,
}
