//! What the process's surroundings say beside the file: the one place that reads what the
//! configuration takes of them.
//!
//! `WARREN_CONFIG`, which names the file, is the command lines' to take, and `WARREN_LOG` the log's.

use crate::secret::Secret;
use std::ffi::OsString;
use std::num::NonZeroUsize;

/// The variable that overrides `broker.url`.
pub const BROKER_URL_VARIABLE: &str = "WARREN_BROKER_URL";
/// The variable that is reserved for the bearer token of the controller's HTTP interface.
pub const HTTP_TOKEN_VARIABLE: &str = "WARREN_HTTP_TOKEN";

/// What overrides or completes the file. `Default` has no override and one CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Comes before the file's `broker.url`.
    pub broker_url: Option<Secret>,
    /// Reserved for requests that change something; no request needs it yet.
    pub http_token: Option<Secret>,
    /// For `max = "auto"`.
    pub cpus: NonZeroUsize,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            broker_url: None,
            http_token: None,
            cpus: NonZeroUsize::MIN,
        }
    }
}

impl Environment {
    /// Reads the variables of this process and counts the CPUs it may use.
    /// A variable that is empty counts as not set: that is what compose files and unit files make
    /// of one that has no value.
    #[must_use]
    pub fn from_process() -> Self {
        let cpus = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::from_variables(|name| std::env::var_os(name), cpus)
    }

    fn from_variables(get: impl Fn(&str) -> Option<OsString>, cpus: NonZeroUsize) -> Self {
        let variable = |name| {
            let value = get(name)?;
            (!value.is_empty()).then(|| Secret::new(value.to_string_lossy()))
        };
        Self {
            broker_url: variable(BROKER_URL_VARIABLE),
            http_token: variable(HTTP_TOKEN_VARIABLE),
            cpus,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let get = |name: &str| match name {
            "WARREN_BROKER_URL" => Some(OsString::new()),
            "WARREN_HTTP_TOKEN" => Some(OsString::from("t0ken")),
            _ => None,
        };
        let environment = Environment::from_variables(get, NonZeroUsize::MIN);
        assert_eq!(environment.broker_url, None);
        assert_eq!(environment.http_token, Some(Secret::new("t0ken")));
    }
}
