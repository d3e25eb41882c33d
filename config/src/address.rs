//! The broker's URL, which carries a password that must not be seen.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

/// What stays as it is in a user, a password or a virtual host; everything else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// RabbitMQ's limit on user and virtual host names: they travel as AMQP short strings.
const NAME_BYTES_MAX: usize = 255;

/// An `amqp://` or `amqps://` URL with every part filled in. `Display` and `Debug` leave the
/// password out.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    transport: Transport,
    user: String,
    password: String,
    host: String,
    port: u16,
    virtual_host: String,
    /// All of it again, in a form that every AMQP client reads alike.
    url: String,
}

/// How the connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `amqp://`: in clear.
    Plain,
    /// `amqps://`: over TLS.
    Tls,
}

/// Why a text is no broker URL. Never repeats the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BrokerUrlError(pub(crate) String);

impl FromStr for BrokerUrl {
    type Err = BrokerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |why: &str| Err(BrokerUrlError(why.to_owned()));
        let url = url::Url::parse(text).map_err(|error| {
            BrokerUrlError(format!(
                "not a URL ({error}); in a user or a password, / ? # @ : % are written \
                 %2f %3f %23 %40 %3a %25"
            ))
        })?;
        let (transport, port) = match url.scheme() {
            "amqp" => (Transport::Plain, 5672),
            "amqps" => (Transport::Tls, 5671),
            _ => return fail("not an amqp:// or amqps:// URL"),
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return fail("names no host; write amqp://USER:PASSWORD@HOST:PORT/VHOST");
        };
        if url.query().is_some() || url.fragment().is_some() {
            return fail(
                "has ? or # in it: parameters are not taken, and in a user or a password \
                 they are written %3f and %23",
            );
        }
        let virtual_host = match url.path().strip_prefix('/') {
            None | Some("") => "/".to_owned(),
            Some(path) if path.contains('/') => {
                return fail(
                    "has more than one / after the host; a / in the virtual host is \
                     written %2f",
                );
            }
            Some(path) => decoded(path, "virtual host")?,
        };
        let user = match url.username() {
            "" => "guest".to_owned(),
            user => decoded(user, "user")?,
        };
        let password = match url.password() {
            None => "guest".to_owned(),
            Some(password) => decoded(password, "password")?,
        };
        for (part, what) in [(&virtual_host, "virtual host"), (&user, "user")] {
            if part.len() > NAME_BYTES_MAX {
                return fail(&format!("has a {what} of more than {NAME_BYTES_MAX} bytes"));
            }
        }
        let port = url.port().unwrap_or(port);
        let mut broker_url = Self {
            transport,
            user,
            password,
            host: decoded(host.trim_start_matches('[').trim_end_matches(']'), "host")?,
            port,
            virtual_host,
            url: String::new(),
        };
        broker_url.url = broker_url.with_password(&encoded(&broker_url.password));
        Ok(broker_url)
    }
}

impl BrokerUrl {
    /// The whole URL, password included: for the connection itself and for a worker's environment.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// A name or an address; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// 5672, or 5671 over TLS, where the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `guest` where the URL names none.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// `guest` where the URL has none.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// `/` where the URL names none.
    #[must_use]
    pub fn virtual_host(&self) -> &str {
        &self.virtual_host
    }

    fn with_password(&self, password: &str) -> String {
        let scheme = match self.transport {
            Transport::Plain => "amqp",
            Transport::Tls => "amqps",
        };
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let (user, port) = (encoded(&self.user), self.port);
        let virtual_host = encoded(&self.virtual_host);
        format!("{scheme}://{user}:{password}@{host}:{port}/{virtual_host}")
    }
}

fn decoded(part: &str, what: &str) -> Result<String, BrokerUrlError> {
    percent_decode_str(part)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| BrokerUrlError(format!("has a {what} that is not UTF-8 once decoded")))
}

fn encoded(part: &str) -> String {
    utf8_percent_encode(part, ENCODED).to_string()
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_password("***"))
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
