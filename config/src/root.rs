//! The whole configuration.

use crate::address::BrokerUrl;
use crate::pool::{Pool, PoolName};
use crate::secret::Secret;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything `config.toml` says, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where RabbitMQ is.
    pub broker: Broker,
    /// Where the controller answers.
    pub http: Http,
    /// What all pools share: where state and journals are kept.
    pub controller: Controller,
    /// One or more pools, each name and each work queue once.
    pub pools: Vec<Pool>,
}

impl Config {
    /// The pool of this name.
    ///
    /// # Errors
    /// Where there is none, with the names that there are.
    pub fn pool(&self, name: &str) -> Result<&Pool, UnknownPool> {
        let named = |pool: &&Pool| pool.name.as_str() == name;
        self.pools.iter().find(named).ok_or_else(|| UnknownPool {
            name: name.to_owned(),
            known: self.pools.iter().map(|pool| pool.name.clone()).collect(),
        })
    }
}

/// A pool is named that the configuration does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the configuration has no pool named \"{name}\"; it has {}",
    list(known)
)]
pub struct UnknownPool {
    name: String,
    known: Vec<PoolName>,
}

fn list(names: &[PoolName]) -> String {
    let names: Vec<&str> = names.iter().map(PoolName::as_str).collect();
    names.join(", ")
}

/// Where RabbitMQ is.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// `amqp://` or `amqps://`; prints without its password.
    pub url: BrokerUrl,
    /// Certificate authorities for `amqps://`, as PEM; the system's where this is `None`.
    pub ca_file: Option<PathBuf>,
}

/// Where the controller answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Port 0 takes any free one, which the log then names.
    pub listen: SocketAddr,
    /// From `WARREN_HTTP_TOKEN`; reserved for requests that change something, as their bearer token.
    /// There is none yet, so no request needs it.
    pub token: Option<Secret>,
}

/// The section `[controller]`: what is true of all pools.
#[derive(Clone, Debug, PartialEq)]
pub struct Controller {
    /// Holds what outlives the controller: which workers run, their status socket and their output,
    /// and what happened.
    pub state_dir: PathBuf,
    /// What the journal of each pool may take on disk; `None` where none is written.
    pub journal_bytes_max: Option<u64>,
}
