//! `tls.rs` in a build without the feature `tls`: `amqps://` is refused, because a connection that
//! was to be encrypted must never be made in plain text.

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use config::Transport;
use futures_io::{AsyncRead, AsyncWrite};
use lapin::AsyncTcpStream;
use std::io;

/// A connection that is not encrypted.
pub(crate) struct Tls;

impl Tls {
    /// An error where the endpoint's URL asks for more than this.
    pub(crate) async fn of(endpoint: &Endpoint) -> Result<Self, Error> {
        match endpoint.url().transport() {
            Transport::Plain => Ok(Self),
            Transport::Tls => Err(Error::new(
                ErrorKind::NoTls,
                format!(
                    "can't connect to {endpoint}: this program was built without TLS; build it \
                     with the feature `tls`, which `cargo build --release` has by default, or \
                     use an amqp:// URL"
                ),
            )),
        }
    }

    #[cfg_attr(
        feature = "tls",
        expect(dead_code, reason = "only its refusal has a test")
    )]
    pub(crate) async fn over<S>(
        &self,
        stream: AsyncTcpStream<S>,
        _host: &str,
    ) -> io::Result<AsyncTcpStream<S>>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn amqps_is_refused_with_how_to_get_it() {
        let endpoint = Endpoint::new(&config::Broker {
            url: "amqps://user:hunter2@127.0.0.1:1".parse().unwrap(),
            ca_file: None,
        });
        let error = Tls::of(&endpoint).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoTls);
        assert_eq!(
            error.to_string(),
            "can't connect to amqps://user:***@127.0.0.1:1/%2F: this program was built without \
             TLS; build it with the feature `tls`, which `cargo build --release` has by default, \
             or use an amqp:// URL"
        );
    }
}
