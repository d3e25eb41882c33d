//! Where RabbitMQ is and who connects to it.

use crate::error::{Error, ErrorKind};
use config::{BrokerUrl, Transport};
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use std::fmt;
use std::path::PathBuf;

/// The smallest frame that RabbitMQ's clients commonly use: the library zero-fills buffers of 64
/// frames for each connection, 8 MiB at the default frame size. With this a bare consumer takes
/// 4.4 MB of memory instead of 12.4 MB, and long messages travel in several frames.
const FRAME_BYTES_MAX: u32 = 8192;

/// A peer that is cut off is noticed after about 2.8 of these.
const HEARTBEAT_SECONDS: u16 = 10;

/// Where RabbitMQ is and who connects to it. `Display` and `Debug` leave the password out.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: BrokerUrl,
    ca_file: Option<PathBuf>,
}

impl Endpoint {
    /// The broker of a configuration.
    #[must_use]
    pub fn new(broker: &config::Broker) -> Self {
        Self {
            url: broker.url.clone(),
            ca_file: broker.ca_file.clone(),
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
                frame_max: Some(FRAME_BYTES_MAX),
                heartbeat: Some(HEARTBEAT_SECONDS),
                ..AMQPQueryString::default()
            },
        }
    }

    /// The certificate authorities of `ca_file`, in addition to the system's.
    pub(crate) async fn tls(&self) -> Result<OwnedTLSConfig, Error> {
        let Some(ca_file) = self
            .ca_file
            .as_ref()
            .filter(|_| self.url.transport() == Transport::Tls)
        else {
            return Ok(OwnedTLSConfig::default());
        };
        let fail = |why: &dyn fmt::Display| {
            Error::new(
                ErrorKind::Tls,
                format!(
                    "can't read the certificate authorities in {}: {why}; correct broker.ca_file",
                    ca_file.display()
                ),
            )
        };
        let pem = tokio::fs::read_to_string(ca_file)
            .await
            .map_err(|error| fail(&error))?;
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(fail(&"it has no PEM certificate in it"));
        }
        Ok(OwnedTLSConfig {
            identity: None,
            cert_chain: Some(pem),
        })
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

    #[tokio::test]
    async fn a_ca_file_that_is_missing_or_no_pem_is_named() {
        let url = "amqps://rabbit".parse().unwrap();
        for ca_file in ["/nonexistent/ca.pem", "/dev/null"] {
            let broker = config::Broker {
                url: BrokerUrl::clone(&url),
                ca_file: Some(ca_file.into()),
            };
            let error = Endpoint::new(&broker).tls().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls);
            assert!(error.to_string().contains(ca_file), "{error}");
        }
    }
}
