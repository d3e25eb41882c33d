//! A connection that is opened again whenever it breaks.

use broker::{Backoff, Endpoint, Error, ErrorKind, Session};
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// What a connection is for: what has to be there, and what is opened on it.
pub(super) trait Purpose {
    /// What its user works with.
    type Opened;

    /// Makes a session ready.
    fn open(&self, session: Session) -> impl Future<Output = Result<Self::Opened, Refusal>> + Send;
}

/// How to open one of the run's connections.
#[derive(Debug)]
pub(super) struct Reconnect<P> {
    endpoint: Endpoint,
    name: String,
    pub(super) purpose: P,
}

/// Why a connection was not made, and what its user can do beyond what the broker's words say.
#[derive(Debug, thiserror::Error)]
#[error("{error}{separator}{hint}")]
pub(super) struct Refusal {
    error: Error,
    separator: &'static str,
    hint: &'static str,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new(error, "")
    }
}

impl Refusal {
    pub(super) fn new(error: Error, hint: &'static str) -> Self {
        let separator = if hint.is_empty() { "" } else { "; " };
        Self {
            error,
            separator,
            hint,
        }
    }

    /// Whether time alone may heal it.
    fn may_pass(&self) -> bool {
        may_pass(self.error.kind())
    }
}

/// Whether an error may go away without anybody changing anything.
pub(super) fn may_pass(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Closed | ErrorKind::Blocked => {
            true
        }
        ErrorKind::WrongPassword
        | ErrorKind::NoVirtualHost
        | ErrorKind::NoPermission
        | ErrorKind::NotFound
        | ErrorKind::Locked
        | ErrorKind::Mismatch
        | ErrorKind::Tls
        | ErrorKind::NoTls
        | ErrorKind::Uncountable
        | ErrorKind::FrameTooLarge
        | ErrorKind::Other => false,
    }
}

impl<P: Purpose> Reconnect<P> {
    pub(super) fn new(endpoint: &Endpoint, name: String, purpose: P) -> Self {
        Self {
            endpoint: endpoint.clone(),
            name,
            purpose,
        }
    }

    /// Opens the connection for the first time: what can't heal by itself is an error at once, and
    /// a broker that doesn't answer is one after `patience`.
    pub(super) async fn first(&self, patience: Duration) -> Result<P::Opened, Refusal> {
        let until = Instant::now() + patience;
        let mut backoff = Backoff::default();
        let mut said = false;
        loop {
            let refusal = match self.attempt().await {
                Ok(opened) => return Ok(opened),
                Err(refusal) => refusal,
            };
            let pause = backoff.next();
            if !refusal.may_pass() || Instant::now() + pause > until {
                return Err(refusal);
            }
            if !said {
                tracing::warn!(%refusal, "no connection yet, trying again");
                said = true;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Opens the connection again, however long that takes. Says the first failure only.
    pub(super) async fn again(&self) -> P::Opened {
        let mut backoff = Backoff::default();
        let mut said = false;
        loop {
            match self.attempt().await {
                Ok(opened) => {
                    tracing::info!(connection = self.name, "connected again");
                    return opened;
                }
                Err(refusal) if !said => {
                    tracing::warn!(connection = self.name, %refusal, "trying to connect again");
                    said = true;
                }
                Err(_) => {}
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    async fn attempt(&self) -> Result<P::Opened, Refusal> {
        self.purpose
            .open(Session::open(&self.endpoint, &self.name).await?)
            .await
    }
}
