//! When the broker read nothing of what a run sends: how often, and how long in all.
//!
//! A broker with an alarm blocks every connection that publishes, each when it next does. Blocks
//! that overlap are one, from the first connection that is blocked until the last one is not.

use std::time::Duration;

/// The times in which the broker read nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Connections that are blocked now.
    connections: u32,
    /// Since when any is.
    since: Duration,
    count: u64,
    /// Of those that are over.
    total: Duration,
}

impl Blocks {
    /// The broker reads nothing on one more connection; whether it is the first.
    pub fn begin(&mut self, now: Duration) -> bool {
        self.connections += 1;
        let first = self.connections == 1;
        if first {
            self.since = now;
            self.count += 1;
        }
        first
    }

    /// The broker reads again on a connection, or the connection is gone; how long it read nothing
    /// on any, if this was the last.
    pub fn end(&mut self, now: Duration) -> Option<Duration> {
        self.connections = self.connections.checked_sub(1)?;
        if self.connections > 0 {
            return None;
        }
        let lasted = now.saturating_sub(self.since);
        self.total += lasted;
        Some(lasted)
    }

    /// Whether one lasts now.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.connections > 0
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How long they lasted, all in all.
    #[must_use]
    pub fn total(&self, now: Duration) -> Duration {
        match self.connections {
            0 => self.total,
            _ => self.total + now.saturating_sub(self.since),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_block_counts_while_it_lasts() {
        let mut blocks = Blocks::default();
        assert_eq!(blocks.end(at(50)), None);
        assert!(blocks.begin(at(100)));
        assert_eq!((blocks.count(), blocks.total(at(400))), (1, at(300)));
        assert_eq!(blocks.end(at(500)), Some(at(400)));
        assert_eq!((blocks.count(), blocks.total(at(900))), (1, at(400)));
    }

    #[test]
    fn connections_that_are_blocked_at_once_are_blocked_once() {
        let mut blocks = Blocks::default();
        assert!(blocks.begin(at(100)));
        assert!(!blocks.begin(at(200)));
        assert_eq!(blocks.end(at(300)), None);
        assert!(blocks.lasts());
        assert_eq!(blocks.end(at(600)), Some(at(500)));
        assert!(!blocks.lasts());
        assert!(blocks.begin(at(1000)));
        assert_eq!(blocks.end(at(1001)), Some(at(1)));
        assert_eq!((blocks.count(), blocks.total(at(2000))), (2, at(501)));
    }
}
