//! The `warren-worker` program: consumers of a work queue that keep the worker contract.
//!
//! `run` is where it begins: sessions with the broker, one after the other.
//! A `session` waits for the next thing to happen and has it dealt with on its `bench`; the `link`
//! under it is two connections, one that consumes and acknowledges and one that publishes.
//! What is done with a message is up to the `kind` of work; it knows nothing of all this.
//! What needs neither broker nor clock is pure and tested without them: the `censor` (what a text
//! becomes), the `request` (whether a message may be worked on, and how it is answered), the
//! `window` (what may be acknowledged), the `schedule` (when simulated work begins), the `silence`
//! (when the broker is given up), the `status` (how often others are told).
//! The `insults` are a service of several workers with a state that they share.
//!
//! A message is acknowledged only after the broker has confirmed its result, so whatever is killed,
//! it is delivered again; results may therefore come twice, and never not at all.

mod bench;
pub mod censor;
pub mod cli;
pub mod counters;
pub mod insults;
pub mod kind;
mod link;
pub mod outage;
mod published;
pub mod reporter;
pub mod request;
pub mod run;
pub mod schedule;
mod session;
pub mod settings;
pub mod silence;
pub mod status;
pub mod stop;
pub mod treatment;
mod under_way;
pub mod window;
