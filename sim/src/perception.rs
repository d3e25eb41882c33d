//! What Warren's own policies have to do with, beside their settings; rivals have their own.

use config::ArrivalsFrom;

/// How arrivals become known, and what workers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perception {
    /// How arrivals are known.
    pub arrivals: ArrivalsFrom,
    /// Whether workers report what they do. Those that do not are seen at the broker alone.
    pub workers_report: bool,
}

impl Default for Perception {
    fn default() -> Self {
        Self {
            arrivals: ArrivalsFrom::CountQueue,
            workers_report: true,
        }
    }
}
