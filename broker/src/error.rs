//! What can go wrong between Warren and RabbitMQ, told so that the reader knows what happened, to
//! what, and what to do next.
//!
//! A refusal by the broker says what was refused but not which right was missing, so that is worked
//! out from the operation that was refused. The text never holds a password.

mod refusal;

use crate::endpoint::Endpoint;
use config::Transport;
use std::io;

/// Something that RabbitMQ, or the way to it, refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// Kinds of errors, as far as callers act on the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Nobody answers there: an unknown name, a refused or broken connection.
    Unreachable,
    /// The broker did not answer within 5 s, or within 10 s while connecting.
    Timeout,
    /// The broker does not know this user with this password.
    WrongPassword,
    /// The broker has no such virtual host.
    NoVirtualHost,
    /// The user may not do this.
    NoPermission,
    /// No such queue or exchange.
    NotFound,
    /// Another connection holds the queue for itself alone.
    Locked,
    /// A queue or an exchange of that name exists and is not what was asked for.
    Mismatch,
    /// The broker has an alarm and reads nothing from connections that publish.
    Blocked,
    /// The connection or the channel is gone.
    Closed,
    /// The encrypted connection could not be made; the other side may be a broker that is starting.
    Tls,
    /// An encrypted connection was asked for, and this program was built without any.
    NoTls,
    /// Messages that enter by the default exchange can't be counted.
    Uncountable,
    /// A message's headers do not fit into one frame of the size that was agreed.
    FrameTooLarge,
    /// What fits none of these; it ends the session.
    Other,
}

impl ErrorKind {
    /// Whether the session is of no more use after this error. The others are refusals of one call.
    #[must_use]
    pub fn closes_session(self) -> bool {
        match self {
            Self::NoPermission
            | Self::NotFound
            | Self::Locked
            | Self::Mismatch
            | Self::Uncountable => false,
            Self::Unreachable
            | Self::Timeout
            | Self::WrongPassword
            | Self::NoVirtualHost
            | Self::Blocked
            | Self::Closed
            | Self::Tls
            | Self::NoTls
            | Self::FrameTooLarge
            | Self::Other => true,
        }
    }

    /// A short name for a log field or a metric label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::WrongPassword => "wrong_password",
            Self::NoVirtualHost => "no_virtual_host",
            Self::NoPermission => "no_permission",
            Self::NotFound => "not_found",
            Self::Locked => "locked",
            Self::Mismatch => "mismatch",
            Self::Blocked => "blocked",
            Self::Closed => "closed",
            Self::Tls => "tls",
            Self::NoTls => "no_tls",
            Self::Uncountable => "uncountable",
            Self::FrameTooLarge => "frame_too_large",
            Self::Other => "other",
        }
    }
}

/// What was being done when the broker refused: it decides which right is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Connect,
    OpenChannel,
    InspectQueue(String),
    InspectExchange(String),
    DeclareQueue(String),
    DeclareExchange(String),
    Bind { queue: String, exchange: String },
    Purge(String),
    Delete(String),
    Get(String),
    Consume(String),
    Publish,
    Acknowledge,
    KeepConnected,
}

impl Operation {
    fn describe(&self) -> String {
        match self {
            Self::Connect => "connect".to_owned(),
            Self::OpenChannel => "open a channel".to_owned(),
            Self::InspectQueue(queue) => format!("look at queue '{queue}'"),
            Self::InspectExchange(exchange) => format!("look at exchange '{exchange}'"),
            Self::DeclareQueue(queue) => format!("declare queue '{queue}'"),
            Self::DeclareExchange(exchange) => format!("declare exchange '{exchange}'"),
            Self::Bind { queue, exchange } => {
                format!("bind queue '{queue}' to exchange '{exchange}'")
            }
            Self::Purge(queue) => format!("purge queue '{queue}'"),
            Self::Delete(queue) => format!("delete queue '{queue}'"),
            Self::Get(queue) => format!("read from queue '{queue}'"),
            Self::Consume(queue) => format!("consume queue '{queue}'"),
            Self::Publish => "publish".to_owned(),
            Self::Acknowledge => "acknowledge".to_owned(),
            Self::KeepConnected => "stay connected".to_owned(),
        }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// By this callers decide whether to go on, connect again or give up.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The connection ended during the call, or before it.
    pub(crate) fn closed(endpoint: &Endpoint, why: &str) -> Self {
        Self::new(
            ErrorKind::Closed,
            format!("the connection to {endpoint} is closed: {why}"),
        )
    }

    pub(crate) fn timeout(endpoint: &Endpoint, operation: &Operation, seconds: u64) -> Self {
        Self::new(
            ErrorKind::Timeout,
            format!(
                "can't {}: {endpoint} did not answer within {seconds} s",
                operation.describe()
            ),
        )
    }

    pub(crate) fn blocked(endpoint: &Endpoint, operation: &Operation, reason: &str) -> Self {
        Self::new(
            ErrorKind::Blocked,
            format!(
                "can't {}: {endpoint} has blocked this connection ({reason}); it goes on by itself \
                 once the broker's alarm is over (rabbitmqctl list_alarms)",
                operation.describe()
            ),
        )
    }

    pub(crate) fn from_amqp(
        endpoint: &Endpoint,
        operation: &Operation,
        error: &lapin::Error,
    ) -> Self {
        match error.kind() {
            lapin::ErrorKind::ProtocolError(refusal) => {
                refusal::explain(endpoint, operation, refusal)
            }
            lapin::ErrorKind::IOError(error) => io_failed(endpoint, operation, error),
            lapin::ErrorKind::MissingHeartbeatError => {
                Self::closed(endpoint, "the broker sent no heartbeat for too long")
            }
            lapin::ErrorKind::ParsingError(_) if *operation == Operation::Connect => Self::new(
                ErrorKind::Unreachable,
                format!("can't reach {endpoint}: what answers there does not speak AMQP"),
            ),
            // A refused call closes its channel, and with it whatever publishes or consumes there.
            lapin::ErrorKind::InvalidChannel(_)
            | lapin::ErrorKind::InvalidChannelState(..)
            | lapin::ErrorKind::InvalidConnectionState(_)
            | lapin::ErrorKind::RuntimeShutdownError(_) => Self::new(
                ErrorKind::Closed,
                format!(
                    "can't {}: the connection to {endpoint}, or this channel of it, is closed ({error})",
                    operation.describe()
                ),
            ),
            _ => Self::new(
                ErrorKind::Other,
                format!("can't {} at {endpoint}: {error}", operation.describe()),
            ),
        }
    }
}

fn io_failed(endpoint: &Endpoint, operation: &Operation, error: &io::Error) -> Error {
    if *operation != Operation::Connect {
        return Error::closed(endpoint, &error.to_string());
    }
    let tls = endpoint.url().transport() == Transport::Tls;
    // The TLS library reports whatever it does not like about the other side as invalid data.
    if tls
        && matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    {
        return Error::new(
            ErrorKind::Tls,
            format!(
                "can't connect to {endpoint} over TLS: {error}; {}",
                tls_advice(error)
            ),
        );
    }
    let advice = match error.kind() {
        io::ErrorKind::ConnectionRefused => "; is RabbitMQ running there, and is the port right?",
        io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof if !tls => {
            "; something that closes the connection at once answers there (a TLS port needs amqps://)"
        }
        _ => "",
    };
    Error::new(
        ErrorKind::Unreachable,
        format!("can't reach {endpoint}: {error}{advice}"),
    )
}

fn tls_advice(error: &io::Error) -> &'static str {
    let text = error.to_string();
    if text.contains("UnknownIssuer") {
        "name the authority that signed the broker's certificate in broker.ca_file"
    } else if text.contains("InvalidContentType") {
        "the port does not speak TLS; use amqp:// or the broker's TLS port (5671)"
    } else if text.contains("not valid for name") || text.contains("NotValidForName") {
        "use a host name that the broker's certificate carries"
    } else {
        "check the broker's certificate"
    }
}

#[cfg(test)]
mod tests;
