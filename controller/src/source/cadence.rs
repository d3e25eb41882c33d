//! When the next look is due: arithmetic on times, nothing else.

use policy::{FastInterval, Polling, Settings};
use std::time::Duration;

/// The times between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// While polling is normal or idle.
    pub interval: Duration,
    /// While it is fast.
    pub fast_interval: FastInterval,
}

impl Cadence {
    /// As these settings have it.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            interval: settings.interval,
            fast_interval: settings.fast_interval,
        }
    }

    /// When the next look is due, where the last was due at `last` and had ended at `ended`.
    ///
    /// One pause after the last, without drift. Looks that became due while that one was still
    /// going on are skipped: an old look is worth nothing, and a broker that answers slowly is not
    /// asked without pause. Every 2 s, and one that took from 10 s to 15 s: the next is at 16 s.
    pub(super) fn next(self, polling: Polling, last: Duration, ended: Duration) -> Duration {
        let pause = self.pause(polling);
        let missed = ended.saturating_sub(last).as_nanos() / pause.as_nanos();
        let pauses = u32::try_from(missed).unwrap_or(u32::MAX).saturating_add(1);
        last.saturating_add(pause.saturating_mul(pauses))
    }

    fn pause(self, polling: Polling) -> Duration {
        let pause = match (polling, self.fast_interval) {
            (Polling::Fast, FastInterval::Every(fast)) => fast.min(self.interval),
            (Polling::Fast, FastInterval::Off) | (Polling::Normal | Polling::Idle, _) => {
                self.interval
            }
        };
        // The timer knows nothing shorter.
        pause.max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Cadence;
    use policy::FastInterval::{self, Every, Off};
    use policy::Polling::{self, Fast, Idle, Normal};
    use std::time::Duration;

    const HALF: Duration = Duration::from_millis(500);

    fn check(fast_interval: FastInterval, polling: Polling, times: [u64; 2], expected: u64) {
        let cadence = Cadence {
            interval: Duration::from_secs(2),
            fast_interval,
        };
        let [last, ended] = times.map(Duration::from_millis);
        assert_eq!(
            cadence.next(polling, last, ended),
            Duration::from_millis(expected),
            "{polling:?} with {fast_interval:?}, after a look from {last:?} to {ended:?}"
        );
    }

    #[test]
    fn a_look_is_one_pause_after_the_last() {
        check(Every(HALF), Normal, [10_000, 10_003], 12_000);
        check(Every(HALF), Idle, [10_000, 10_003], 12_000);
        check(Every(HALF), Fast, [10_000, 10_003], 10_500);
        check(Off, Fast, [10_000, 10_003], 12_000);
    }

    #[test]
    fn the_fast_pause_is_never_the_longer_one() {
        check(
            Every(Duration::from_secs(5)),
            Fast,
            [10_000, 10_003],
            12_000,
        );
    }

    #[test]
    fn looks_that_are_missed_are_skipped() {
        check(Every(HALF), Normal, [10_000, 15_000], 16_000);
        check(Every(HALF), Normal, [10_000, 16_000], 18_000);
        check(Every(HALF), Fast, [10_000, 10_700], 11_000);
    }
}
