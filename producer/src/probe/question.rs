//! What a probe asks, one question after another.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question {
    /// About how long a message takes.
    First,
    /// How long it takes when nothing else is there.
    Alone,
    /// What more clients bring.
    Clients {
        clients: u32,
    },
    /// What the fleet does when it always has enough to do.
    Full {
        /// How many clients that takes.
        clients: u32,
        /// How often that was looked at before, and not seen well enough.
        attempt: u32,
    },
    /// How long a message takes, from more messages, each with a worker for itself.
    Together,
    /// Whether the queue stays short just below capacity.
    Below,
    /// Whether it grows just above.
    Above,
    Over,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => write!(f, "does anybody answer?"),
            Self::Alone => write!(f, "how long does one message take?"),
            Self::Clients { clients } => write!(f, "what do {clients} clients bring?"),
            Self::Full { clients, .. } => write!(f, "what is the most? ({clients} clients)"),
            Self::Together => write!(f, "how long does one message take, more exactly?"),
            Self::Below => write!(f, "does the queue stay short below that?"),
            Self::Above => write!(f, "does it grow above that?"),
            Self::Over => write!(f, "done"),
        }
    }
}
