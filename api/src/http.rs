//! The HTTP client: plain HTTP/1.1 to a host near by. An answer is whole and in time, or an error.
//!
//! What it leaves out, it leaves out on purpose: no proxy from the environment, which has no business
//! between two programs on one host; no redirects; no TLS; no user and password from the address, which
//! is refused with them; no pool of connections, because a new one costs a fraction of a millisecond on
//! a loopback address. What is left stands on hyper, which the controller's own server brings along;
//! reqwest took 12 s of a first build.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use url::{Position, Url};

pub use hyper::header::HeaderValue;
pub use hyper::{Response, StatusCode};

/// A controller's answer has some 200 bytes for each worker, so a longer one is nobody's here.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sends requests, each over a connection of its own. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    answer_within: Duration,
    authorization: Option<HeaderValue>,
}

/// Why there is no answer. An answer of any status is one.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {url}: {cause}")]
pub struct Error {
    url: Url,
    cause: String,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    /// A client that gives up when an answer is not there in full after `answer_within`.
    #[must_use]
    pub fn new(answer_within: Duration) -> Self {
        Self {
            answer_within,
            authorization: None,
        }
    }

    /// Sends this `Authorization` with each request; `Debug` leaves it out.
    #[must_use]
    pub fn with_authorization(mut self, mut authorization: HeaderValue) -> Self {
        authorization.set_sensitive(true);
        self.authorization = Some(authorization);
        self
    }

    /// Sends a `GET`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, url: &Url) -> Result<Response<String>, Error> {
        self.send(Method::GET, url, None).await
    }

    /// Sends a `PUT` with a body of JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn put(&self, url: &Url, body: &impl Serialize) -> Result<Response<String>, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::new(url, &error))?;
        self.send(Method::PUT, url, Some(body)).await
    }

    /// Sends a `DELETE`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn delete(&self, url: &Url) -> Result<Response<String>, Error> {
        self.send(Method::DELETE, url, None).await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        json: Option<Vec<u8>>,
    ) -> Result<Response<String>, Error> {
        match timeout(self.answer_within, self.exchange(method, url, json)).await {
            Ok(answer) => answer.map_err(|cause| Error::new(url, &*cause)),
            Err(_) => Err(Error {
                url: without_credentials(url),
                cause: format!("it took longer than {:?}", self.answer_within),
            }),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        url: &Url,
        json: Option<Vec<u8>>,
    ) -> Result<Response<String>, Cause> {
        let (Some(host), "http") = (url.host_str(), url.scheme()) else {
            return Err("it is no address of the form http://127.0.0.1:9110".into());
        };
        if *url != without_credentials(url) {
            return Err("a user and a password in the address are not sent; leave them out".into());
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let mut request = Request::builder()
            .method(method)
            .uri(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, format!("{host}:{port}"));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if json.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::<Bytes>::from(json.unwrap_or_default()))?;

        // A URL has an IPv6 address in brackets, the resolver has it without.
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(format!("it is longer than {ANSWER_BYTES_MAX} bytes").into());
            }
            Err(error) => return Err(error),
        };
        Ok(Response::from_parts(head, String::from_utf8(body.into())?))
    }
}

impl Error {
    fn new(url: &Url, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut root = error;
        while let Some(deeper) = root.source() {
            root = deeper;
        }
        Self {
            url: without_credentials(url),
            cause: root.to_string(),
        }
    }

    /// The reason without the address, for a message that names the address itself.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

/// The address as a message may show it.
pub(crate) fn without_credentials(url: &Url) -> Url {
    let mut shown = url.clone();
    let left_out = shown
        .set_username("")
        .and_then(|()| shown.set_password(None));
    // An address that can have neither has neither.
    left_out.map_or_else(|()| url.clone(), |()| shown)
}

/// A server that gives this answer to one request; its thread returns the request.
#[cfg(test)]
pub(crate) fn answer_once(status: &str, body: &str) -> (Url, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).unwrap();
        // Whoever has read enough of a long answer hangs up.
        drop(stream.write_all(answer.as_bytes()));
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (Url::parse(&url).unwrap(), served)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::new(Duration::from_secs(5))
    }

    #[tokio::test]
    async fn a_put_has_a_body_and_who_asks() {
        let (url, served) = answer_once("201 Created", "");
        let client = client().with_authorization(HeaderValue::from_static("Basic Z3Vlc3Q6"));
        let answer = client.put(&url, &[1, 2]).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let request = served.join().unwrap();
        assert!(request.starts_with("PUT / HTTP/1.1\r\n"), "{request}");
        for line in [
            "authorization: Basic Z3Vlc3Q6\r\n",
            "content-type: application/json\r\n",
            "content-length: 5\r\n",
            "\r\n\r\n[1,2]",
        ] {
            assert!(request.contains(line), "{line} is missing: {request}");
        }
        assert!(!format!("{client:?}").contains("Z3Vlc3Q6"));
    }

    #[tokio::test]
    async fn an_answer_is_whole_whatever_its_status() {
        let (url, served) = answer_once("503 Service Unavailable", "not yet");
        let answer = client()
            .get(&url.join("readyz?a=b#c").unwrap())
            .await
            .unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.body().as_str()),
            (503, "not yet")
        );
        assert!(served.join().unwrap().starts_with("GET /readyz?a=b HTTP"));
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_waited_for() {
        let (url, served) = answer_once("200 OK", &"x".repeat(ANSWER_BYTES_MAX + 1));
        let error = client().get(&url).await.unwrap_err();
        assert_eq!(error.cause(), "it is longer than 4194304 bytes");
        served.join().unwrap();
    }

    #[tokio::test]
    async fn who_does_not_answer_in_time_is_not_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let client = Client::new(Duration::from_millis(20));
        let error = client.get(&Url::parse(&url).unwrap()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("no answer from {url}: it took longer than 20ms")
        );
    }

    #[tokio::test]
    async fn a_password_in_the_address_is_refused_and_not_shown() {
        let url = Url::parse("http://guest:hunter2@127.0.0.1:1/").unwrap();
        let error = client().get(&url).await.unwrap_err().to_string();
        assert_eq!(
            error,
            "no answer from http://127.0.0.1:1/: a user and a password in the address are not sent; \
             leave them out"
        );
    }

    #[tokio::test]
    async fn only_plain_http_is_spoken() {
        for url in ["https://127.0.0.1/", "mailto:a@b"] {
            let error = client().get(&Url::parse(url).unwrap()).await.unwrap_err();
            assert!(error.cause().contains("http://"), "{error}");
        }
    }
}
