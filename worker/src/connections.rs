//! The two connections of a worker: one consumes and acknowledges, one publishes.
//!
//! While the broker has a memory or disk alarm it reads nothing from connections that publish.
//! Acknowledgements on a connection of their own still reach it, and they are what empties it.

use crate::dead_letters::DeadLetters;
use crate::kind::DeadLetterNeed;
use crate::outage::Loss;
use crate::pending_confirms::PendingConfirm;
use crate::settings::{Settings, Unprocessable};
use broker::{Blocked, Consumer, Error, Publisher, Session};
use std::time::Duration;

/// A connection says why it ended in the moment it does.
const CAUSE_WITHIN: Duration = Duration::from_millis(100);

/// Both connections, with everything that is open on them.
pub(crate) struct Connections {
    pub(crate) consuming: Session,
    pub(crate) consumer: Consumer,
    pub(crate) publishing: Session,
    pub(crate) publisher: Publisher<PendingConfirm>,
    pub(crate) dead_letters: DeadLetters,
}

/// Why nothing is consumed.
pub(crate) enum NotConnected {
    /// The broker did not do what was asked.
    Broker(Error),
    /// There is no such exchange, and the kind of work does not begin without it.
    NoDeadLetters { exchange: String },
}

impl From<Error> for NotConnected {
    fn from(error: Error) -> Self {
        Self::Broker(error)
    }
}

impl Connections {
    /// Connects twice and begins to consume; not where the dead-letter exchange is needed and missing.
    pub(crate) async fn open(
        settings: &Settings,
        need: DeadLetterNeed,
    ) -> Result<Self, NotConnected> {
        let identity = &settings.identity;
        let publishing_name = identity.connection("publishing");
        let consuming_name = identity.connection("consuming");
        let (publishing, consuming) = tokio::join!(
            Session::open(&settings.endpoint, &publishing_name),
            Session::open(&settings.endpoint, &consuming_name),
        );
        let (mut publishing, mut consuming) = (publishing?, consuming?);
        let publisher = publishing.publisher().await?;
        let dead_letters = DeadLetters::inspect(settings, &mut consuming).await?;
        // Before anything is consumed: to a quorum queue each delivery counts, and a worker that is
        // started again and again would use up those of messages that it never looked at.
        if let (DeadLetters::Missing, DeadLetterNeed::Required { .. }) = (dead_letters, need)
            && let Unprocessable::DeadLetter(exchange) = &settings.unprocessable
        {
            let exchange = exchange.clone();
            return Err(NotConnected::NoDeadLetters { exchange });
        }
        // Last: from here on messages come.
        let consumer = consuming
            .consume(&settings.queue, settings.prefetch)
            .await?;
        Ok(Self {
            consuming,
            consumer,
            publishing,
            publisher,
            dead_letters,
        })
    }

    /// Why the session is lost: what ended a connection, where one has ended. The calls on it begin
    /// to fail first, and can only say that it is closed.
    pub(crate) async fn cause(&self, loss: Loss) -> Loss {
        tokio::select! {
            biased;
            error = self.consuming.closed() => error.into(),
            error = self.publishing.closed() => error.into(),
            () = tokio::time::sleep(CAUSE_WITHIN) => loss,
        }
    }

    /// Sends what is still on its way, acknowledgements above all.
    ///
    /// A connection that the broker has blocked would not even hear the goodbye, and what is
    /// unconfirmed on it comes again: it is cut off.
    pub(crate) async fn close(self) {
        let is_blocked = *self.publishing.blocked().borrow() != Blocked::No;
        if is_blocked {
            drop(self.publishing);
            self.consuming.close().await;
        } else {
            tokio::join!(self.consuming.close(), self.publishing.close());
        }
    }
}
