//! A time that comes again and again: when a rival's own timers strike.
//!
//! No rival of ours drifts: the next time is a period after the last one, however late it was
//! asked.

use std::time::Duration;

/// Strikes every `period`, the first time at `phase` of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    period: Duration,
    next_at: Duration,
}

impl Rhythm {
    /// `phase` is a share of the period, from 0 to 1.
    pub(super) fn new(period: Duration, phase: f64) -> Self {
        assert!(!period.is_zero(), "a rhythm needs a period");
        Self {
            period,
            next_at: period.mul_f64(phase.clamp(0.0, 1.0)),
        }
    }

    /// When it strikes next.
    pub(super) fn next_at(&self) -> Duration {
        self.next_at
    }

    /// Whether it strikes now; if so, it moves on to the first time after `now`.
    pub(super) fn strikes(&mut self, now: Duration) -> bool {
        if now < self.next_at {
            return false;
        }
        while self.next_at <= now {
            self.next_at += self.period;
        }
        true
    }
}

/// A second phase out of the first, for a rival that has two rhythms: as good as independent of it,
/// for what is left of 31 times as much fills 0 to 1 evenly wherever the first one stands.
pub(super) fn other_phase(phase: f64) -> f64 {
    (phase * 31.0).fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_strikes_once_a_period_from_its_phase_on() {
        let mut rhythm = Rhythm::new(Duration::from_secs(30), 0.5);

        assert_eq!(rhythm.next_at(), Duration::from_secs(15));
        assert!(!rhythm.strikes(Duration::from_secs(14)));
        assert!(rhythm.strikes(Duration::from_secs(15)));
        assert!(!rhythm.strikes(Duration::from_secs(15)));
        assert_eq!(rhythm.next_at(), Duration::from_secs(45));
    }

    #[test]
    fn strikes_that_were_missed_are_not_made_up_for() {
        let mut rhythm = Rhythm::new(Duration::from_secs(2), 0.0);

        assert!(rhythm.strikes(Duration::from_secs(7)));
        assert_eq!(rhythm.next_at(), Duration::from_secs(8));
    }

    #[test]
    fn the_other_phase_is_a_phase() {
        assert!((other_phase(0.1) - 0.1).abs() < 1e-9);
        assert!((other_phase(0.05) - 0.55).abs() < 1e-9);
        assert!((0.0..1.0).contains(&other_phase(1.0)));
    }
}
