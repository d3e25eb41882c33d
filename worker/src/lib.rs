//! The `warren-worker` program: consumers of a work queue that keep the worker contract.
//!
//! `run` is where it begins: sessions with the broker, one after the other.
//! A `session` waits for the next thing to happen and hands it to its `deliveries`; the `connections`
//! under it are two, one that consumes and acknowledges and one that publishes.
//! What is done with a message is up to the `kind` of work; it knows nothing of all this.
//! What needs neither broker nor clock is pure and tested without them: the `censor` (what a text
//! becomes), the `request` (whether a message may be worked on, and how it is answered), the
//! `ack_window` (what may be acknowledged), the `schedule` (when simulated work begins), the
//! `status` (how often others are told).
//!
//! A message is acknowledged only after the broker has confirmed its result, so whatever is killed,
//! it is delivered again; results may therefore come twice, and never not at all.

pub mod ack_window;
pub mod censor;
pub mod cli;
mod connections;
pub mod counters;
mod dead_letters;
mod deliveries;
pub mod disposition;
#[cfg(test)]
mod fixture;
pub mod headers;
pub mod identity;
pub mod kind;
pub mod outage;
pub mod pace;
mod pending_confirms;
pub mod reason;
pub mod reporter;
pub mod request;
pub mod run;
mod running;
pub mod schedule;
mod session;
pub mod settings;
pub mod status;
