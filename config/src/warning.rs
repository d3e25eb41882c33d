//! What a valid configuration may not mean.

use crate::root::Config;
use std::fmt;

/// One thing to look at. Nothing is refused for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {}

pub(crate) fn about(_config: &Config) -> Vec<Warning> {
    Vec::new()
}

impl fmt::Display for Warning {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
