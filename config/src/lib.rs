//! `config.toml`, read once and for every program: parsed, then validated into types that can't be
//! wrong.

mod address;
mod pool;
mod root;

pub use address::{BrokerUrl, BrokerUrlError};
pub use pool::{
    Command, Fleet, OnUnprocessable, Pool, PoolName, QueueType, Topology, WorkerSettings,
};
pub use root::{Broker, Config, Controller, Http};
