//! Whether dead letters have somewhere to go.

use crate::settings::{Settings, Unprocessable, Unroutable};
use broker::{Error, ErrorKind, Session, topology};

/// Whether the dead-letter exchange takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLetters {
    /// It is there, or none is configured.
    Available,
    /// It is not there. Publishing to it would cost the whole session.
    Missing,
}

impl DeadLetters {
    /// Asks the broker for the exchange.
    pub(crate) async fn inspect(settings: &Settings, session: &mut Session) -> Result<Self, Error> {
        let exchange = match (&settings.unprocessable, &settings.unroutable) {
            (Unprocessable::DeadLetter(exchange), _) | (_, Unroutable::DeadLetter(exchange)) => {
                exchange
            }
            _ => return Ok(Self::Available),
        };
        match topology::inspect_exchange(session, exchange).await {
            Ok(()) => Ok(Self::Available),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::Missing),
            Err(error) => Err(error),
        }
    }
}
