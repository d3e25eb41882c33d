//! What ends a program before its time: SIGINT and SIGTERM alike.
//!
//! A program listens once and from its beginning, and all that it does in turn looks here: a signal
//! between two runs of the producer is kept for the next one.

use crate::CancellationToken;
use crate::Signals;
use anyhow::Context as _;

/// What ends a program before its time.
#[derive(Clone, Debug, Default)]
pub struct Interrupts {
    /// The first signal came: what goes on is to end in order, as a worker does that drains.
    pub stop: CancellationToken,
    /// The second one came: it is to end at once.
    pub hurry: CancellationToken,
}

impl Interrupts {
    /// Listens for signals from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen(&self) -> anyhow::Result<()> {
        let mut signals = Signals::listen().context("can't listen to signals")?;
        let Self { stop, hurry } = self.clone();
        tokio::spawn(async move {
            for token in [stop, hurry] {
                signals.next().await;
                token.cancel();
            }
        });
        Ok(())
    }
}
