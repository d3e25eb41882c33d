//! The wire types of the controller's `/api/v1` and the client that asks for them; how a pool's
//! state becomes an answer, the routes, and everything beside `/api/v1` are left to the controller.
//!
//! - [`PoolsReport`] and [`PoolReport`] are written by the controller and read by everybody else.
//!   Keys may be added: a reader passes over those it does not know. It refuses an answer that lacks
//!   a key, or has a word that it does not know, so either needs a new [`SCHEMA`].
//! - [`Controller`] asks a controller for them.
//! - [`http`] is the workspace's one HTTP client, for whatever else answers HTTP near by.

#![warn(missing_docs)]

mod controller;
pub mod http;
mod report;

pub use controller::{Controller, Error, listen_url};
pub use report::{
    DecisionReport, HostReport, PoolReport, PoolState, PoolsReport, Refusal, SCHEMA, TotalsReport,
    WorkerRateKind, WorkerReport, WorkersReport,
};
pub use url::Url;
