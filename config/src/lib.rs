//! `config.toml`, read once and for every program: parsed, then validated into types that can't be
//! wrong.
//!
//! [`Config::load`] takes the file and an [`Environment`], and answers with a [`Config`] and
//! [`Warning`]s, or with everything that is wrong at once.
//! What exit code that makes, and where it is printed, is the programs' affair; so are their flags.

#![warn(missing_docs)]

mod address;
mod environment;
mod error;
mod file;
mod load;
mod local_time;
mod nearest;
mod pool;
mod read;
mod root;
mod secret;
pub mod toml_read;
mod warning;
mod what_if;

pub use address::{BrokerUrl, BrokerUrlError, Transport};
pub use environment::{BROKER_URL_VARIABLE, Environment, HTTP_TOKEN_VARIABLE};
pub use error::{Error, Invalid, Violation};
pub use file::read_at_most;
pub use load::{DEFAULT_FILE, Loaded, SHIPPED, keys};
pub use local_time::TimeZone;
pub use nearest::nearest;
pub use pool::{
    ArrivalsFrom, Command, Declare, Fleet, OnUnprocessable, OnUnroutable, Pool, PoolName,
    PrefetchFrom, QueueType, Topology, WorkerSettings,
};
pub use root::{Broker, Config, Controller, Http, UnknownPool};
pub use secret::Secret;
pub use warning::{PoolWarning, Warning};
pub use what_if::{what_if, what_if_keys};
