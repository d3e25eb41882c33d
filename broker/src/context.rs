//! What all parts of a session share.

use crate::endpoint::Endpoint;
use crate::error::{Error, Operation};
use lapin::ConnectionStatus;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// One round trip takes a fraction of a millisecond; a broker that is starting up or electing a
/// leader answers within a few seconds. Well under the grace that a worker has to stop.
const CALL_SECONDS: u64 = 5;

/// What each part of a session needs to bound its calls and to say of a failure where it was, and
/// whether the broker had blocked the connection.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) status: ConnectionStatus,
    pub(crate) blocked: watch::Receiver<Blocked>,
}

/// Whether the broker has stopped reading what this connection sends. It stops reading connections
/// that publish while it has a memory or disk alarm; everything that is sent then waits,
/// acknowledgements too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Blocked {
    /// The broker reads.
    #[default]
    No,
    /// The broker does not read, and this is the alarm that it gave as the reason.
    Yes(String),
}

impl Context {
    /// Bounds a call, and says of a failure what it was and where.
    pub(crate) async fn call<T>(
        &self,
        operation: &Operation,
        call: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(Duration::from_secs(CALL_SECONDS), call).await {
            Ok(result) => result.map_err(|error| self.failed(operation, &error)),
            Err(_) => Err(match &*self.blocked.borrow() {
                Blocked::Yes(reason) => Error::blocked(&self.endpoint, operation, reason),
                Blocked::No => Error::timeout(&self.endpoint, operation, CALL_SECONDS),
            }),
        }
    }

    pub(crate) fn failed(&self, operation: &Operation, error: &lapin::Error) -> Error {
        Error::from_amqp(&self.endpoint, operation, error)
    }

    pub(crate) fn connected(&self) -> bool {
        self.status.connected()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
