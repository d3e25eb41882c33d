//! The whole configuration.

use crate::address::BrokerUrl;
use crate::pool::Pool;
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
    /// The controller itself.
    pub controller: Controller,
    /// One or more pools, each name and each work queue once.
    pub pools: Vec<Pool>,
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
    /// The bearer token of requests that change something, from `WARREN_HTTP_TOKEN`; without one
    /// they are refused.
    pub token: Option<Secret>,
}

/// The controller itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Controller {
    /// Holds what outlives the controller: which workers run, their status socket and their output,
    /// and what happened.
    pub state_dir: PathBuf,
    /// What the journal of each pool may take on disk; `None` where none is written.
    pub journal_bytes_max: Option<u64>,
}
