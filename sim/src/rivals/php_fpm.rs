//! php-fpm's `pm = dynamic`: as many idle children as one asks for, whatever waits.
//!
//! Documented in the PHP manual, "FPM configuration",
//! <https://www.php.net/manual/en/install.fpm.configuration.php>, and php/php-src 8.x,
//! `sapi/fpm/fpm/fpm_process_ctl.c` (`fpm_pctl_perform_idle_server_maintenance`). Every second: more
//! than `max_spare_servers` idle, one goes; fewer than `min_spare_servers`, what is missing is forked.
//!
//! The spares are those of the shipped `www.conf`, 1 and 3, with 2 to start with; one at the most is
//! missing then, so that its limit of 1, 2, 4, … 32 forks at a time never matters. A child that starts
//! counts as idle, as it does there. It sees nothing of a queue, so that no outage hurts it.

use std::time::Duration;

use super::rhythm::Rhythm;
use crate::rival::{Departure, Facts, Rival, Seen, Victims};

/// `FPM_IDLE_SERVER_MAINTENANCE_HEARTBEAT`.
const HEARTBEAT: Duration = Duration::from_secs(1);

const START_SERVERS: u32 = 2;
const MIN_SPARE_SERVERS: u32 = 1;
const MAX_SPARE_SERVERS: u32 = 3;

/// `process_control_timeout`, which is 0 as shipped; a user who loses work by that sets it.
const PROCESS_CONTROL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct PhpFpm {
    heartbeat: Rhythm,
    max: u32,
    children: u32,
}

impl PhpFpm {
    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            heartbeat: Rhythm::new(HEARTBEAT, facts.phase),
            max: facts.max,
            children: START_SERVERS.max(facts.min).min(facts.max),
        }
    }

    fn maintain(&mut self, idle: u32) {
        if idle > MAX_SPARE_SERVERS {
            self.children -= 1;
        } else if idle < MIN_SPARE_SERVERS {
            self.children = self.max.min(self.children + MIN_SPARE_SERVERS - idle);
        }
    }
}

impl Rival for PhpFpm {
    fn next_at(&self) -> Duration {
        self.heartbeat.next_at()
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.heartbeat.strikes(now) {
            self.maintain(self.children.saturating_sub(seen.workers.busy));
        }
        self.children
    }

    /// The one that has been idle for longest.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::IdleFirst,
            grace: PROCESS_CONTROL_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, waiting};
    use super::*;

    #[test]
    fn while_all_are_busy_one_more_is_forked_each_second() {
        let mut php_fpm = PhpFpm::new(&facts());
        let mut children = 2;

        // One spare is what it keeps, so one is all that is ever missing.
        let changes = changes(&mut php_fpm, 3.0, |_| {
            let mut seen = waiting(1_000);
            seen.workers.busy = children;
            children += 1;
            seen
        });

        assert_eq!(changes, [(0.0, 3), (1.0, 4), (2.0, 5), (3.0, 6)]);
    }

    #[test]
    fn more_than_three_idle_ones_go_one_a_second() {
        let mut php_fpm = PhpFpm::new(&facts());
        php_fpm.children = 6;

        let changes = changes(&mut php_fpm, 10.0, |_| waiting(0));

        assert_eq!(changes, [(0.0, 5), (1.0, 4), (2.0, 3)]);
    }

    #[test]
    fn its_maximum_is_kept() {
        let mut php_fpm = PhpFpm::new(&Facts { max: 2, ..facts() });

        php_fpm.maintain(0);

        assert_eq!(php_fpm.children, 2);
    }
}
