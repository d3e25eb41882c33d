//! What the workers use, as their controller knows it: asked once a second while a run goes on,
//! beside the sending and never in its way.
//!
//! A controller that does not answer makes the figures unknown, and nothing else.

use reqwest::{Client, Url};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::task::AbortOnDropHandle;

/// How often the controller is asked; it measures its workers as often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A controller answers within milliseconds; later than this its answer is of no use any more.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// An answer has some 200 bytes for each worker; a longer one is no controller's.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a pool's workers use at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetUsage {
    /// Workers that do not consume yet.
    pub starting: u32,
    /// Workers that consume.
    pub ready: u32,
    /// Workers that finish what they hold.
    pub draining: u32,
    /// What all of them use together, where it is known of each that is ready; 1 is one CPU.
    pub cpu_ratio: Option<f64>,
    /// What all of them use together.
    pub memory_bytes: Option<u64>,
}

/// Why a controller says nothing about a pool.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers there, or not in time.
    #[error("no controller answers at {0}")]
    Silent(Url, #[source] reqwest::Error),
    /// Somebody answers, and refuses.
    #[error("{0} answers {1}")]
    Refused(Url, reqwest::StatusCode),
    /// What answers there is no controller of this version.
    #[error("what {0} answers is not a controller's")]
    Strange(Url),
}

/// Where a controller that listens at `listen` can be asked from this host; nothing where only the
/// controller knows its port.
#[must_use]
pub fn address(listen: SocketAddr) -> Option<Url> {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listen.port());
    let known = listen.port() != 0;
    known.then(|| Url::parse(&format!("http://{address}/")).ok())?
}

/// Asks a controller about one pool.
#[derive(Clone, Debug)]
pub struct Fleet {
    client: Client,
    pool: Url,
}

impl Fleet {
    /// The pool of that name at the controller whose address is `controller`.
    pub fn new(controller: &Url, pool: &str) -> Result<Self, Error> {
        // A proxy has no business between this program and a controller.
        let client = Client::builder()
            .timeout(ANSWER_WITHIN)
            .no_proxy()
            .build()
            .map_err(|error| Error::Silent(controller.clone(), error))?;
        let mut url = controller.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().extend(["api", "v1", "pools", pool]);
            }
            Err(()) => return Err(Error::Strange(controller.clone())),
        }
        Ok(Self { client, pool: url })
    }

    /// What the pool's workers use now.
    pub async fn usage(&self) -> Result<FleetUsage, Error> {
        let silent = |error| Error::Silent(self.pool.clone(), error);
        let request = self.client.get(self.pool.clone());
        let mut answer = request.send().await.map_err(silent)?;
        if !answer.status().is_success() {
            return Err(Error::Refused(self.pool.clone(), answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(silent)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(Error::Strange(self.pool.clone()));
            }
        }
        let pool: Pool =
            serde_json::from_slice(&body).map_err(|_| Error::Strange(self.pool.clone()))?;
        Ok(pool.usage())
    }

    /// Asks once a second from now on. An error if there is no answer to begin with.
    pub async fn watch(self) -> Result<FleetWatch, Error> {
        let (sender, latest) = watch::channel(Some(self.usage().await?));
        let asking = tokio::spawn(async move {
            let mut tick = tokio::time::interval(ASK_EVERY);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // The first tick comes at once, and its answer is here already.
            tick.tick().await;
            loop {
                tick.tick().await;
                let usage = self.usage().await;
                if let (Err(error), true) = (&usage, sender.borrow().is_some()) {
                    tracing::debug!(%error, "what the workers use is unknown for a while");
                }
                if sender.send(usage.ok()).is_err() {
                    return;
                }
            }
        });
        Ok(FleetWatch {
            latest,
            asking: AbortOnDropHandle::new(asking),
        })
    }
}

/// What the workers use, kept up to date until it is dropped.
#[derive(Debug)]
pub struct FleetWatch {
    latest: watch::Receiver<Option<FleetUsage>>,
    #[expect(dead_code, reason = "held so that asking ends with this")]
    asking: AbortOnDropHandle<()>,
}

impl FleetWatch {
    /// What the last answer said; nothing while the controller does not answer.
    #[must_use]
    pub fn latest(&self) -> Option<FleetUsage> {
        *self.latest.borrow()
    }
}

/// What the workers used over a while. The keys are those of a report.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct FleetSummary {
    /// How often it was looked.
    pub samples: u64,
    /// Starting, ready and draining, at most.
    pub count_peak: u32,
    /// Starting, ready and draining, on average.
    pub count_mean: f64,
    /// All of them together, on average; 1 is one CPU.
    pub cpu_ratio_mean: Option<f64>,
    /// All of them together, at most.
    pub cpu_ratio_peak: Option<f64>,
    /// All of them together, on average.
    pub memory_bytes_mean: Option<f64>,
    /// All of them together, at most.
    pub memory_bytes_peak: Option<f64>,
}

/// Adds up what the workers used at several moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct FleetTally {
    count: Tally,
    cpu_ratio: Tally,
    memory_bytes: Tally,
    count_peak: u32,
}

/// The mean and the largest of some numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    samples: u64,
    sum: f64,
    max: f64,
}

impl Tally {
    fn add(&mut self, value: f64) {
        self.samples += 1;
        self.sum += value;
        self.max = self.max.max(value);
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn mean(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum / self.samples as f64)
    }

    fn peak(&self) -> Option<f64> {
        (self.samples > 0).then_some(self.max)
    }
}

impl FleetTally {
    /// Adds one moment.
    pub fn add(&mut self, usage: &FleetUsage) {
        let count = usage.starting + usage.ready + usage.draining;
        self.count.add(f64::from(count));
        self.count_peak = self.count_peak.max(count);
        if let Some(cpu_ratio) = usage.cpu_ratio {
            self.cpu_ratio.add(cpu_ratio);
        }
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
        if let Some(memory_bytes) = usage.memory_bytes {
            self.memory_bytes.add(memory_bytes as f64);
        }
    }

    /// The mean and the peak of all moments; nothing where there were none.
    #[must_use]
    pub fn summary(&self) -> Option<FleetSummary> {
        Some(FleetSummary {
            samples: self.count.samples,
            count_peak: self.count_peak,
            count_mean: self.count.mean()?,
            cpu_ratio_mean: self.cpu_ratio.mean(),
            cpu_ratio_peak: self.cpu_ratio.peak(),
            memory_bytes_mean: self.memory_bytes.mean(),
            memory_bytes_peak: self.memory_bytes.peak(),
        })
    }
}

/// What is needed of the controller's answer: one of another version may say more.
#[derive(Debug, Deserialize)]
struct Pool {
    workers: Workers,
    fleet: Vec<Worker>,
}

#[derive(Debug, Deserialize)]
struct Workers {
    starting: u32,
    ready: u32,
    draining: u32,
}

#[derive(Debug, Deserialize)]
struct Worker {
    cpu_ratio: Option<f64>,
    memory_bytes: Option<u64>,
}

impl Pool {
    fn usage(&self) -> FleetUsage {
        // A worker that was started a moment ago has not been measured yet: the others' sum stands.
        // A fleet of which nothing is known uses an unknown amount, and no fleet uses nothing.
        let known = |any: bool| any || self.fleet.is_empty();
        let cpu_ratio: Vec<f64> = self.fleet.iter().filter_map(|one| one.cpu_ratio).collect();
        let memory_bytes: Vec<u64> = self
            .fleet
            .iter()
            .filter_map(|one| one.memory_bytes)
            .collect();
        FleetUsage {
            starting: self.workers.starting,
            ready: self.workers.ready,
            draining: self.workers.draining,
            cpu_ratio: known(!cpu_ratio.is_empty()).then(|| cpu_ratio.iter().sum()),
            memory_bytes: known(!memory_bytes.is_empty()).then(|| memory_bytes.iter().sum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    const ANSWER: &str = r#"{"name":"filter","workers":{"starting":1,"ready":2,"draining":0},
        "fleet":[{"id":1,"cpu_ratio":0.5,"memory_bytes":1000},
                 {"id":2,"cpu_ratio":0.25,"memory_bytes":2000},
                 {"id":3,"cpu_ratio":null,"memory_bytes":null}]}"#;

    fn usage(answer: &str) -> FleetUsage {
        serde_json::from_str::<Pool>(answer).unwrap().usage()
    }

    #[test]
    fn what_the_workers_use_is_summed() {
        let expected = FleetUsage {
            starting: 1,
            ready: 2,
            draining: 0,
            cpu_ratio: Some(0.75),
            memory_bytes: Some(3000),
        };
        assert_eq!(usage(ANSWER), expected);
    }

    #[test]
    fn no_workers_use_nothing_and_unmeasured_ones_an_unknown_amount() {
        let none = r#"{"workers":{"starting":0,"ready":0,"draining":0},"fleet":[]}"#;
        assert_eq!(usage(none).cpu_ratio, Some(0.0));
        let new = r#"{"workers":{"starting":1,"ready":0,"draining":0},
                      "fleet":[{"cpu_ratio":null,"memory_bytes":null}]}"#;
        assert_eq!(
            (usage(new).cpu_ratio, usage(new).memory_bytes),
            (None, None)
        );
    }

    #[test]
    fn a_controller_that_listens_everywhere_is_asked_on_this_host() {
        let address = |listen: &str| address(listen.parse().unwrap()).map(String::from);
        for (listen, expected) in [
            ("127.0.0.1:9110", Some("http://127.0.0.1:9110/")),
            ("0.0.0.0:80", Some("http://127.0.0.1/")),
            ("[::]:9110", Some("http://[::1]:9110/")),
            ("127.0.0.1:0", None),
        ] {
            assert_eq!(address(listen).as_deref(), expected);
        }
    }

    #[test]
    fn a_summary_has_means_and_peaks() {
        let mut tally = FleetTally::default();
        assert_eq!(tally.summary(), None);
        let one = usage(ANSWER);
        tally.add(&one);
        tally.add(&FleetUsage {
            ready: 5,
            cpu_ratio: Some(1.25),
            memory_bytes: None,
            ..one
        });
        let expected = FleetSummary {
            samples: 2,
            count_peak: 6,
            count_mean: 4.5,
            cpu_ratio_mean: Some(1.0),
            cpu_ratio_peak: Some(1.25),
            memory_bytes_mean: Some(3000.0),
            memory_bytes_peak: Some(3000.0),
        };
        assert_eq!(tally.summary(), Some(expected));
    }

    /// Answers one request so, and gives what was asked for.
    fn answer_once(status: &str, body: &str) -> (Url, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            let request = String::from_utf8_lossy(&request[..length]);
            request.lines().next().unwrap().to_owned()
        });
        (Url::parse(&url).unwrap(), served)
    }

    #[tokio::test]
    async fn a_controller_is_asked_for_the_pool_by_its_name() {
        let (url, served) = answer_once("200 OK", ANSWER);
        let fleet = Fleet::new(&url, "a pool").unwrap();
        assert_eq!(fleet.usage().await.unwrap(), usage(ANSWER));
        let asked = served.join().unwrap();
        assert_eq!(asked, "GET /api/v1/pools/a%20pool HTTP/1.1");
    }

    #[tokio::test]
    async fn what_is_no_controller_is_an_error_and_no_figure() {
        for (status, body, expected) in [
            ("404 Not Found", "", "answers 404"),
            ("200 OK", "<html>", "is not a controller's"),
        ] {
            let (url, served) = answer_once(status, body);
            let error = Fleet::new(&url, "filter").unwrap().usage().await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            served.join().unwrap();
        }
        let nobody = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let url = Url::parse(&format!("http://{nobody}")).unwrap();
        let error = Fleet::new(&url, "filter")
            .unwrap()
            .watch()
            .await
            .unwrap_err();
        assert!(error.to_string().contains("no controller answers"));
    }
}
