//! A decision in one sentence, with its numbers.

use crate::decision::Decision;

impl Decision {
    /// One sentence for the log, the page and the report.
    #[must_use]
    pub fn explain(&self) -> String {
        format!(
            "{} → {} workers: {} asked for",
            self.from, self.desired, self.demand
        )
    }
}
