//! The broker's URL, which carries a password that must not be seen.

use std::fmt;

/// An `amqp://` or `amqps://` URL. `Display` and `Debug` leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    url: url::Url,
}

/// Why a text is no broker URL. Never repeats the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BrokerUrlError(pub(crate) String);

impl BrokerUrl {
    /// The whole URL, password included: for the connection itself and for a worker's environment.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        Ok(())
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
