//! What can go wrong between Warren and RabbitMQ, told so that the reader knows what happened, to
//! what, and what to do next.
//!
//! A refusal by the broker says what was refused but not which right was missing, so that is worked
//! out from the operation that was refused. The text never holds a password.

use crate::endpoint::Endpoint;
use config::Transport;
use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPHardError, AMQPSoftError};
use std::io;

/// Something that RabbitMQ, or the way to it, refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Nobody answers there: an unknown name, a refused or broken connection.
    Unreachable,
    /// No answer in time.
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
    /// The encrypted connection could not be made.
    Tls,
    /// Messages that enter by the default exchange can't be counted.
    Uncountable,
    /// Anything else.
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
            Self::Uncountable => "uncountable",
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

    /// The right that RabbitMQ asks for on a resource that it refused in this operation.
    fn right(&self, resource: &Resource) -> Right {
        match (self, resource) {
            (Self::Bind { .. }, Resource::Queue(_)) => Right::Write,
            (Self::Bind { .. }, Resource::Exchange(_)) => Right::Read,
            // A queue that names a dead-letter exchange writes to it.
            (Self::DeclareQueue(_), Resource::Exchange(_)) => Right::Write,
            (Self::Publish, _) => Right::Write,
            (Self::Purge(_) | Self::Get(_) | Self::Consume(_), _) => Right::Read,
            _ => Right::Configure,
        }
    }
}

/// What RabbitMQ says it refused.
#[derive(Debug, PartialEq, Eq)]
enum Resource {
    Queue(String),
    Exchange(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    Configure,
    Write,
    Read,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What callers tell apart.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The connection ended while this was under way, or before it began.
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
            lapin::ErrorKind::ProtocolError(refusal) => refused(endpoint, operation, refusal),
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

fn refused(endpoint: &Endpoint, operation: &Operation, refusal: &AMQPError) -> Error {
    let said = refusal.get_message().as_str();
    let doing = operation.describe();
    let user = endpoint.url().user();
    let virtual_host = endpoint.url().virtual_host();
    match refusal.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) if *operation == Operation::Connect => {
            let local_only = match user {
                "guest" => "; the user guest is known only on the broker's own host",
                _ => "",
            };
            Error::new(
                ErrorKind::WrongPassword,
                format!(
                    "{endpoint} refused user '{user}': wrong user or password; correct broker.url \
                     or WARREN_BROKER_URL, or on the broker: rabbitmqctl change_password \
                     {} PASSWORD{local_only}",
                    shell(user)
                ),
            )
        }
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED)
            if said.contains("vhost") && said.contains("not found") =>
        {
            Error::new(
                ErrorKind::NoVirtualHost,
                format!(
                    "{endpoint} has no virtual host '{virtual_host}'; correct the part of \
                     broker.url after the port, or on the broker: rabbitmqctl add_vhost {}",
                    shell(virtual_host)
                ),
            )
        }
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED)
            if said.contains("access to vhost") && !said.contains("limit") =>
        {
            Error::new(
                ErrorKind::NoPermission,
                format!(
                    "user '{user}' may not use virtual host '{virtual_host}' of {endpoint}; grant \
                     it with: rabbitmqctl set_permissions -p {} {} '^warren\\.' '.*' '.*' \
                     (docs/rabbitmq.md has narrower lines)",
                    shell(virtual_host),
                    shell(user)
                ),
            )
        }
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => match Resource::named_in(said) {
            Some(resource) => no_permission(endpoint, operation, &resource),
            None => Error::new(
                ErrorKind::NoPermission,
                format!("can't {doing} at {endpoint}: {said}"),
            ),
        },
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => Error::new(
            ErrorKind::NotFound,
            format!("can't {doing} at {endpoint}: {}", plain(said)),
        ),
        AMQPErrorKind::Soft(AMQPSoftError::RESOURCELOCKED) => Error::new(
            ErrorKind::Locked,
            format!("can't {doing} at {endpoint}: another connection holds it for itself alone"),
        ),
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) if said.contains("inequivalent") => {
            Error::new(
                ErrorKind::Mismatch,
                format!(
                    "can't {doing} at {endpoint}: it exists with other arguments ({}); delete it, \
                     or give it another name in config.toml",
                    plain(said)
                ),
            )
        }
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)
            if said.contains("delivery acknowledgement") =>
        {
            Error::new(
                ErrorKind::Closed,
                format!(
                    "{endpoint} closed the channel because a message was held longer than its \
                     consumer timeout; lower the prefetch, or raise consumer_timeout in \
                     rabbitmq.conf ({})",
                    plain(said)
                ),
            )
        }
        AMQPErrorKind::Hard(AMQPHardError::CONNECTIONFORCED) => {
            Error::closed(endpoint, plain(said))
        }
        _ => Error::new(
            ErrorKind::Other,
            format!("can't {doing} at {endpoint}: {said}"),
        ),
    }
}

/// The line replaces all three patterns, so it also grants what Warren names itself.
fn no_permission(endpoint: &Endpoint, operation: &Operation, resource: &Resource) -> Error {
    let (right, kind, name) = match (operation.right(resource), resource) {
        (right, Resource::Queue(name)) => (right, "queue", name.as_str()),
        (right, Resource::Exchange(name)) => (right, "exchange", name.as_str()),
    };
    let user = endpoint.url().user();
    let pattern = |wanted: Right| match (right == wanted, name) {
        (false, _) => "^warren\\.".to_owned(),
        (true, name) if name.starts_with("warren.") => "^warren\\.".to_owned(),
        // The default exchange has two names.
        (true, "" | "amq.default") => "^(warren\\..*|amq\\.default|)$".to_owned(),
        (true, name) => format!("^(warren\\..*|{})$", pattern_of(name)),
    };
    let word = match right {
        Right::Configure => "configure",
        Right::Write => "write",
        Right::Read => "read",
    };
    Error::new(
        ErrorKind::NoPermission,
        format!(
            "can't {doing}: user '{user}' lacks the {word} right on {kind} '{name}' at {endpoint}; \
             grant it with: rabbitmqctl set_permissions -p {virtual_host} {shell_user} {configure} \
             {write} {read} (it replaces all three patterns; rabbitmqctl list_user_permissions \
             {shell_user} shows those of now)",
            doing = operation.describe(),
            virtual_host = shell(endpoint.url().virtual_host()),
            shell_user = shell(user),
            configure = shell(&pattern(Right::Configure)),
            write = shell(&pattern(Right::Write)),
            read = shell(&pattern(Right::Read)),
        ),
    )
}

impl Resource {
    /// RabbitMQ says `access to queue 'jobs' in vhost '/' refused for user 'shop'`; newer ones put
    /// the right before it, which changes nothing here.
    fn named_in(said: &str) -> Option<Self> {
        let (_, rest) = said.split_once("access to ")?;
        let (kind, rest) = rest.split_once(" '")?;
        let (name, _) = rest.split_once("' in vhost '")?;
        match kind {
            "queue" => Some(Self::Queue(name.to_owned())),
            "exchange" => Some(Self::Exchange(name.to_owned())),
            _ => None,
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

/// RabbitMQ's own words without the code in capitals that they start with.
fn plain(said: &str) -> &str {
    said.split_once(" - ").map_or(said, |(_, words)| words)
}

/// One word of a shell command.
fn shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A regular expression that matches the name alone.
fn pattern_of(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if !(character.is_alphanumeric() || matches!(character, '_' | '-' | ' ' | ':' | '/')) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests;
