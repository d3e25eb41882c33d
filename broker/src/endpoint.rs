//! Where RabbitMQ is and who connects to it.

use crate::error::{Error, ErrorKind};
use config::{BrokerUrl, Transport};
use lapin::tcp::{RustlsConnector, RustlsConnectorConfig};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
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
    /// [`ErrorKind::FrameTooLarge`]. Each connection then takes 8 MiB more memory.
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

    /// How to encrypt the connection, where the URL asks for it. The certificate authorities of
    /// `ca_file` stand instead of the system's, which need not exist then.
    pub(crate) async fn tls(&self) -> Result<Option<RustlsConnector>, Error> {
        if self.url.transport() == Transport::Plain {
            return Ok(None);
        }
        let authorities = match &self.ca_file {
            Some(ca_file) => read_authorities(ca_file).await,
            None => RustlsConnectorConfig::new_with_native_certs().map_err(|error| {
                let advice = "name them in broker.ca_file";
                tls_failed(format!(
                    "the system has no certificate authorities: {error}; {advice}"
                ))
            }),
        };
        authorities?
            .connector_with_no_client_auth()
            .map(Some)
            .map_err(|error| tls_failed(format!("can't set up TLS: {error}")))
    }
}

async fn read_authorities(ca_file: &Path) -> Result<RustlsConnectorConfig, Error> {
    let fail = |why: &dyn fmt::Display| {
        tls_failed(format!(
            "can't read the certificate authorities in {}: {why}; correct broker.ca_file",
            ca_file.display()
        ))
    };
    let pem = tokio::fs::read(ca_file)
        .await
        .map_err(|error| fail(&error))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fail(&error))?;
    if certificates.is_empty() {
        return Err(fail(&"it has no PEM certificate in it"));
    }
    Ok(RustlsConnectorConfig::default().with_parsable_certificates(certificates))
}

fn tls_failed(message: String) -> Error {
    Error::new(ErrorKind::Tls, message)
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
            let error = Endpoint::new(&broker).tls().await.map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls);
            assert!(error.to_string().contains(ca_file), "{error}");
        }
    }
}
