//! The daemon: looks at each queue, asks the policy what to do, and does it.
//!
//! Each pool is one [`event_loop`]: a [`source`] to look at, a policy to ask, a [`fleet`] to do it.
//! Pools know nothing of each other; what they share is the process, its [`http`] interface and
//! its end, which [`run`] waits for.
//! Nothing is decided here: that is the policy's, so that the simulator predicts what the daemon
//! does.

pub mod check;
pub mod cli;
pub mod clients;
pub mod dry_run;
pub mod event_loop;
pub mod explain;
pub mod fleet;
pub mod host;
pub mod http;
pub mod journal;
pub mod metrics;
pub mod mode;
pub mod report;
pub mod run;
pub mod snapshot;
pub mod source;
pub mod status;
pub mod systemd;
mod telemetry;
pub mod wall_clock;
