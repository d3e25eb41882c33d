//! What the controller of a fleet says of it over HTTP, as far as a sweep needs it.

use anyhow::{Context as _, ensure};
use reqwest::Client;
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;

/// A controller on the same machine answers within milliseconds.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A thousand workers take a fifth of a megabyte.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One pool. The controller says much more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// How many there are.
    pub workers: Workers,
    /// Each of them.
    pub fleet: Vec<Worker>,
    /// What is wrong at the moment.
    pub last_error: Option<String>,
}

/// Workers by state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Workers {
    /// Spawned, and not consuming yet.
    pub starting: u32,
    /// Consuming.
    pub ready: u32,
    /// Told to stop.
    pub draining: u32,
}

/// One worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Worker {
    /// Its number; no other worker of this controller ever has the same.
    pub id: u64,
    /// Its process, once the controller has looked at it.
    pub pid: Option<u32>,
}

/// Asks one controller about one pool.
#[derive(Clone, Debug)]
pub struct Inquiry {
    client: Client,
    url: String,
}

impl Inquiry {
    /// About this pool of the controller that listens there.
    ///
    /// # Errors
    /// When there is no HTTP client to be had.
    pub fn new(address: SocketAddr, pool: &str) -> anyhow::Result<Self> {
        // A proxy has no business between this program and a controller of its own.
        let client = Client::builder().no_proxy().timeout(ANSWER_MAX).build();
        Ok(Self {
            client: client.context("set up an HTTP client")?,
            url: format!("http://{address}/api/v1/pools/{pool}"),
        })
    }

    /// What the controller says now.
    ///
    /// # Errors
    /// When it does not answer, or nothing that can be understood.
    pub async fn ask(&self) -> anyhow::Result<Status> {
        let answer = self.client.get(&self.url).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .context("ask the controller")?;
        let mut body = Vec::new();
        while let Some(part) = answer
            .chunk()
            .await
            .context("read the controller's answer")?
        {
            body.extend_from_slice(&part);
            ensure!(
                body.len() <= ANSWER_BYTES_MAX,
                "the controller's answer does not end"
            );
        }
        serde_json::from_slice(&body).context("understand the controller's answer")
    }
}

impl Status {
    /// Whether there are exactly so many workers and all of them consume.
    #[must_use]
    pub fn is_complete(&self, workers: u32) -> bool {
        let complete = Workers {
            starting: 0,
            ready: workers,
            draining: 0,
        };
        self.workers == complete
    }

    /// Which workers there are.
    #[must_use]
    pub fn ids(&self) -> Vec<u64> {
        self.fleet.iter().map(|worker| worker.id).collect()
    }

    /// The workers' processes, once all of them are known.
    #[must_use]
    pub fn pids(&self) -> Option<Vec<u32>> {
        self.fleet.iter().map(|worker| worker.pid).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(ready: u32, pids: &str) -> Status {
        serde_json::from_str(&format!(
            r#"{{"name":"sweep-1","workers":{{"starting":0,"ready":{ready},"draining":0}},
                "fleet":[{pids}],"last_error":null}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_fleet_is_complete_when_exactly_its_workers_consume() {
        assert!(status(2, "").is_complete(2));
        assert!(!status(2, "").is_complete(3));
        assert!(!status(2, "").is_complete(1));
        let mut starting = status(2, "");
        starting.workers.starting = 1;
        assert!(!starting.is_complete(2));
    }

    #[test]
    fn pids_are_known_once_all_are() {
        let known = status(2, r#"{"id":1,"pid":7},{"id":2,"pid":3}"#);
        assert_eq!((known.ids(), known.pids()), (vec![1, 2], Some(vec![7, 3])));
        let unknown = status(2, r#"{"id":1,"pid":7},{"id":2,"pid":null}"#);
        assert_eq!((unknown.ids(), unknown.pids()), (vec![1, 2], None));
    }
}
