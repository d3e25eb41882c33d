//! The client of one controller.

use crate::http::{self, Client, StatusCode};
use crate::report::{PoolReport, PoolsReport, Refusal};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use url::Url;

/// A controller to ask, by its address. Holds no connection, and is cheap to clone.
#[derive(Clone, Debug)]
pub struct Controller {
    client: Client,
    url: Url,
}

/// Why a controller says nothing about its pools.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No whole answer, or not in time.
    #[error(
        "no controller answers at {url}: {}; start one with `warren-controller run`, or name \
         another address",
        error.cause()
    )]
    Silent {
        /// The controller's address.
        url: Url,
        /// What stood in the way.
        error: http::Error,
    },
    /// An answer with a status other than 200, such as that of a pool that is not there.
    #[error("{url} answers {status}: {said}")]
    Refused {
        /// The address that was asked for.
        url: Url,
        /// The status of the answer.
        status: StatusCode,
        /// What the controller says to it, or that no controller would say so.
        said: String,
    },
    /// An answer that no controller of this version gives.
    #[error(
        "what {url} answers is not a controller's of this version: {error}; is the address right?"
    )]
    Strange {
        /// The address that was asked for.
        url: Url,
        /// Where the answer is another.
        error: serde_json::Error,
    },
}

/// Where a controller that listens at `listen` can be asked from this host: one that listens
/// everywhere at the loopback address. `None` where the system chooses the port, which only the
/// controller's log has.
#[must_use]
pub fn listen_url(listen: SocketAddr) -> Option<Url> {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let known = listen.port() != 0;
    known.then(|| Url::parse(&format!("http://{address}/")).ok())?
}

impl Controller {
    /// The controller at `url`, which has to answer in full within `answer_within`.
    #[must_use]
    pub fn new(url: Url, answer_within: Duration) -> Self {
        let client = Client::new(answer_within);
        Self { client, url }
    }

    /// Asks for every pool.
    ///
    /// # Errors
    /// When no controller answers, or none of this version.
    pub async fn pools(&self) -> Result<PoolsReport, Error> {
        self.report(&[]).await
    }

    /// Asks for every pool and returns the JSON as the controller wrote it, which may come from
    /// another version and say more.
    ///
    /// # Errors
    /// When no controller answers.
    pub async fn pools_text(&self) -> Result<String, Error> {
        self.text(&self.pools_url(&[])).await
    }

    /// Asks for one pool.
    ///
    /// # Errors
    /// When no controller answers, or none of this version, or it has no pool of this name.
    pub async fn pool(&self, name: &str) -> Result<PoolReport, Error> {
        self.report(&[name]).await
    }

    async fn report<T: DeserializeOwned>(&self, below: &[&str]) -> Result<T, Error> {
        let url = self.pools_url(below);
        let text = self.text(&url).await?;
        serde_json::from_str(&text).map_err(|error| Error::Strange { url, error })
    }

    async fn text(&self, url: &Url) -> Result<String, Error> {
        let answer = self.client.get(url).await.map_err(|error| Error::Silent {
            url: http::without_credentials(&self.url),
            error,
        })?;
        let (status, text) = (answer.status(), answer.into_body());
        if status == StatusCode::OK {
            return Ok(text);
        }
        let said = match serde_json::from_str(&text) {
            Ok(Refusal { error }) => error,
            Err(_) => "is a controller there?".to_owned(),
        };
        let url = url.clone();
        Err(Error::Refused { url, status, said })
    }

    fn pools_url(&self, below: &[&str]) -> Url {
        let mut url = self.url.clone();
        // Where a URL can't have a path, asking says what is wrong with it.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["api", "v1", "pools"])
                .extend(below);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::answer_once;

    fn controller(url: Url) -> Controller {
        Controller::new(url, Duration::from_secs(5))
    }

    #[test]
    fn a_controller_that_listens_everywhere_is_asked_on_this_host() {
        for (listen, expected) in [
            ("127.0.0.1:9110", Some("http://127.0.0.1:9110/")),
            ("0.0.0.0:80", Some("http://127.0.0.1/")),
            ("[::]:9110", Some("http://[::1]:9110/")),
            ("127.0.0.1:0", None),
        ] {
            let url = listen_url(listen.parse().unwrap());
            assert_eq!(url.as_ref().map(Url::as_str), expected);
        }
    }

    #[tokio::test]
    async fn a_pool_that_is_not_there_is_told_with_those_that_are() {
        let (url, served) = answer_once("404 Not Found", r#"{"error":"there is: mail"}"#);
        let error = controller(url).pool("a pool").await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert!(error.to_string().contains("there is: mail"), "{error}");
        let request = served.join().unwrap();
        assert!(
            request.starts_with("GET /api/v1/pools/a%20pool HTTP/1.1\r\nhost: 127.0.0.1:"),
            "{request}"
        );
    }

    #[tokio::test]
    async fn what_is_no_controller_is_an_error_and_no_figure() {
        for (status, body, expected) in [
            ("404 Not Found", "", "is a controller there?"),
            ("301 Moved Permanently", "", "answers 301"),
            (
                "200 OK",
                "<html>",
                "is not a controller's of this version: expected value",
            ),
            (
                "200 OK",
                r#"{"schema":1,"version":"0.1.0","host":null}"#,
                "is not a controller's of this version: missing field `pools`",
            ),
        ] {
            let (url, served) = answer_once(status, body);
            let error = controller(url).pools().await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            served.join().unwrap();
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told_with_what_to_do() {
        let url = Url::parse("http://127.0.0.1:1/").unwrap();
        let error = controller(url).pools().await.unwrap_err().to_string();
        assert_eq!(
            error,
            "no controller answers at http://127.0.0.1:1/: Connection refused (os error 111); \
             start one with `warren-controller run`, or name another address"
        );
    }
}
