//! The insult service: a list of words that any number of nodes serve from memory, that one owner
//! at a time changes, and that the broker keeps.
//!
//! Pure, and tested without a broker: the `words`, the `list` that they make with a version, the
//! `request` and the `answer`, and the `owner`, which decides what is to be published and
//! acknowledged, and when.
//!
//! The others talk to the broker: the `service` knows the names, a `follower` gets each new list, a
//! `candidate` offers to own it and stands at its `post` while a session lasts, a `node` is a worker
//! that answers requests, a `live` list is what a filter censors by, and a `client` asks from the
//! command line.
//!
//! Nodes and filters are workers: the `worker` library consumes, answers and drains for them.

pub mod answer;
pub mod candidate;
pub mod cli;
pub mod client;
pub mod follower;
pub mod list;
pub mod live;
pub mod node;
pub mod owner;
mod post;
pub mod request;
pub mod service;
pub mod words;
