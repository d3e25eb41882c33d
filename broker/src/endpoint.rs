//! Where RabbitMQ is and who connects to it.

use config::{BrokerUrl, Transport};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use std::fmt;
use std::path::{Path, PathBuf};

/// The smallest frame that RabbitMQ's clients commonly use: the library zero-fills buffers of 64
/// frames for each connection, 8 MiB at the default frame size. With this a bare consumer takes
/// 4.4 MB of memory instead of 12.4 MB, and long messages travel in several frames.
const FRAME_BYTES_MAX: u32 = 8192;

/// RabbitMQ's own limit. The headers of a message travel in one frame, whatever size was agreed, so
/// a publisher with frames of this size can send what a session with small ones can't take.
const LARGE_FRAME_BYTES_MAX: u32 = 131_072;

/// A peer that is cut off is noticed after about 2.8 of these.
const HEARTBEAT_SECONDS: u16 = 10;

/// Where RabbitMQ is and who connects to it. `Display` and `Debug` leave the password out.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: BrokerUrl,
    ca_file: Option<PathBuf>,
    frame_bytes_max: u32,
}

impl Endpoint {
    /// The broker of a configuration.
    #[must_use]
    pub fn new(broker: &config::Broker) -> Self {
        Self {
            url: broker.url.clone(),
            ca_file: broker.ca_file.clone(),
            frame_bytes_max: FRAME_BYTES_MAX,
        }
    }

    /// The same, for messages with so many headers that they end a session with
    /// [`FrameTooLarge`](crate::ErrorKind::FrameTooLarge). Each connection then takes 8 MiB more
    /// memory.
    #[must_use]
    pub fn with_large_frames(self) -> Self {
        Self {
            frame_bytes_max: LARGE_FRAME_BYTES_MAX,
            ..self
        }
    }

    pub(crate) fn url(&self) -> &BrokerUrl {
        &self.url
    }

    /// Built part by part: the library's own parser takes an IPv6 address for "localhost".
    pub(crate) fn uri(&self) -> AMQPUri {
        AMQPUri {
            scheme: match self.url.transport() {
                Transport::Plain => AMQPScheme::AMQP,
                Transport::Tls => AMQPScheme::AMQPS,
            },
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo {
                    username: self.url.user().to_owned(),
                    password: self.url.password().to_owned(),
                },
                host: self.url.host().to_owned(),
                port: self.url.port(),
            },
            vhost: self.url.virtual_host().to_owned(),
            query: AMQPQueryString {
                frame_max: Some(self.frame_bytes_max),
                heartbeat: Some(HEARTBEAT_SECONDS),
                ..AMQPQueryString::default()
            },
        }
    }

    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "authorities are TLS's")
    )]
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.url, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::new(&config::Broker {
            url: url.parse().unwrap(),
            ca_file: None,
        })
    }

    #[test]
    fn every_part_of_the_url_arrives_decoded() {
        let uri = endpoint("amqps://us%40er:p%2Fa%3Ass%23%25@[::1]:5999/v%2Fh%20%C3%A9").uri();
        assert_eq!(uri.scheme, AMQPScheme::AMQPS);
        assert_eq!(uri.authority.userinfo.username, "us@er");
        assert_eq!(uri.authority.userinfo.password, "p/a:ss#%");
        assert_eq!(
            (uri.authority.host.as_str(), uri.authority.port),
            ("::1", 5999)
        );
        assert_eq!(uri.vhost, "v/h é");
        assert_eq!(
            (uri.query.frame_max, uri.query.heartbeat),
            (Some(8192), Some(10))
        );
    }

    #[test]
    fn no_password_is_printed() {
        let endpoint = endpoint("amqp://shop:hunter2@rabbit/%2f");
        for text in [
            format!("{endpoint}"),
            format!("{endpoint:?}"),
            format!("{endpoint:#?}"),
        ] {
            assert!(
                !text.contains("hunter2") && text.contains("rabbit"),
                "{text}"
            );
        }
    }
}
