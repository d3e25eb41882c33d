//! The insult service: a list of words that any number of nodes serve from memory, that one owner
//! at a time changes, and that the broker keeps.
//!
//! Pure, and tested without a broker: the `words`, the `list` that they make with a version, the
//! `request` and the `answer`, and the `owner`, which decides what is to be published and
//! acknowledged, and when.

pub mod answer;
pub mod list;
pub mod owner;
pub mod request;
pub mod words;
