//! What RabbitMQ refused, and what to do about it.
//!
//! It says which resource it refused but not which right on it was missing: that follows from the
//! operation.

use super::{Error, ErrorKind, Operation};
use crate::endpoint::Endpoint;
use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPHardError, AMQPSoftError};

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

impl Operation {
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

pub(super) fn explain(endpoint: &Endpoint, operation: &Operation, refusal: &AMQPError) -> Error {
    let explained = match operation {
        Operation::Connect => of_login(endpoint, refusal),
        _ => of_call(endpoint, operation, refusal),
    };
    explained.unwrap_or_else(|| {
        let (doing, said) = (operation.describe(), refusal.get_message());
        Error::new(
            ErrorKind::Other,
            format!("can't {doing} at {endpoint}: {said}"),
        )
    })
}

fn of_login(endpoint: &Endpoint, refusal: &AMQPError) -> Option<Error> {
    let said = refusal.get_message().as_str();
    let user = endpoint.url().user();
    let virtual_host = endpoint.url().virtual_host();
    Some(match refusal.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => {
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
        _ => return None,
    })
}

fn of_call(endpoint: &Endpoint, operation: &Operation, refusal: &AMQPError) -> Option<Error> {
    let said = refusal.get_message().as_str();
    let doing = operation.describe();
    Some(match refusal.kind() {
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
        // The library says so of what it receives, the broker of what it is sent.
        AMQPErrorKind::Hard(AMQPHardError::FRAMEERROR) => Error::new(
            ErrorKind::FrameTooLarge,
            format!(
                "the connection to {endpoint} is closed: a message has more headers than fit into \
                 a frame ({said})"
            ),
        ),
        AMQPErrorKind::Hard(AMQPHardError::CONNECTIONFORCED) => {
            Error::closed(endpoint, plain(said))
        }
        _ => return None,
    })
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
