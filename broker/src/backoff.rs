//! How long to wait before the next attempt to connect.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

/// Short enough that a restarted broker is found at once.
const DELAY_MIN: Duration = Duration::from_millis(100);

/// Before jitter, which at most doubles it: no attempt waits longer than 5 s, and fifty workers
/// without a broker make some ten attempts a second, which no broker notices.
const DELAY_MAX: Duration = Duration::from_millis(2500);

/// Delays that double from 100 ms to 2.5 s, each with up to as much again added at random, so that
/// a fleet that lost its broker does not come back as one.
#[derive(Debug)]
pub struct Backoff {
    delays: ExponentialBackoff,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { delays: delays() }
    }
}

impl Backoff {
    /// The pause before the next attempt.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, so it is no iterator"
    )]
    pub fn next(&mut self) -> Duration {
        self.delays.next().unwrap_or(DELAY_MAX)
    }

    /// Starts over, after a success.
    pub fn reset(&mut self) {
        self.delays = delays();
    }
}

fn delays() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_jitter()
        .with_min_delay(DELAY_MIN)
        .with_max_delay(DELAY_MAX)
        .without_max_times()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_with_jitter_up_to_a_bound_and_start_over() {
        let mut backoff = Backoff::default();
        let mut expected = DELAY_MIN;
        for _ in 0..20 {
            let delay = backoff.next();
            assert!(
                delay >= expected && delay <= expected * 2,
                "{delay:?} for {expected:?}"
            );
            expected = (expected * 2).min(DELAY_MAX);
        }
        backoff.reset();
        assert!(backoff.next() <= DELAY_MIN * 2);
    }
}
