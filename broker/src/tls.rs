//! TLS to the broker. It is this crate's default feature `tls`, which is a quarter of what there is
//! to compile (Cargo.toml has the number); a build without it has `no_tls.rs` in this module's place.

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use config::Transport;
use futures_io::{AsyncRead, AsyncWrite};
use lapin::AsyncTcpStream;
use lapin::tcp::{RustlsConnector, RustlsConnectorConfig};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use std::{fmt, io};

/// How the connection to an endpoint is encrypted, if it is.
pub(crate) struct Tls(Option<RustlsConnector>);

impl Tls {
    /// What the endpoint's URL asks for. The certificate authorities of `ca_file` stand instead of
    /// the system's, which need not exist then.
    pub(crate) async fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        if endpoint.url().transport() == Transport::Plain {
            return Ok(Self(None));
        }
        let authorities = match endpoint.ca_file() {
            Some(ca_file) => read_authorities(ca_file).await,
            None => RustlsConnectorConfig::new_with_native_certs().map_err(|error| {
                let advice = "name them in broker.ca_file";
                failed(format!(
                    "the system has no certificate authorities: {error}; {advice}"
                ))
            }),
        };
        authorities?
            .connector_with_no_client_auth()
            .map(|connector| Self(Some(connector)))
            .map_err(|error| failed(format!("can't set up TLS: {error}")))
    }

    /// The stream to `host` as it is to be used.
    pub(crate) async fn over<S>(
        &self,
        stream: AsyncTcpStream<S>,
        host: &str,
    ) -> io::Result<AsyncTcpStream<S>>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match &self.0 {
            Some(connector) => stream.into_rustls(connector, host).await,
            None => Ok(stream),
        }
    }
}

async fn read_authorities(ca_file: &Path) -> Result<RustlsConnectorConfig, Error> {
    let fail = |why: &dyn fmt::Display| {
        failed(format!(
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

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Tls, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ca_file_that_is_missing_or_no_pem_is_named() {
        let url: config::BrokerUrl = "amqps://rabbit".parse().unwrap();
        for ca_file in ["/nonexistent/ca.pem", "/dev/null"] {
            let endpoint = Endpoint::new(&config::Broker {
                url: url.clone(),
                ca_file: Some(ca_file.into()),
            });
            let error = Tls::of(&endpoint).await.map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls);
            assert!(error.to_string().contains(ca_file), "{error}");
        }
    }
}
