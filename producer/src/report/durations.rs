//! Many durations in little memory: a histogram that tells them apart to a thousandth of themselves.
//!
//! The counts are those of an HDR histogram: microseconds, three digits. 1.234 s and 1.235 s are
//! told apart, 1.2344 s and 1.2348 s are not; every number that is reported is within 0.1 % of the
//! true one.

mod hgrm;

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Duration;

/// The longest duration that a histogram tells apart; longer ones count as this one. It bounds a
/// histogram's memory to a fifth of a megabyte.
const RECORDED_MAX: Duration = Duration::from_secs(24 * 3600);

/// Three digits: the resolution is a thousandth of the value.
const DIGITS: u8 = 3;

/// Durations in microseconds, exact to three digits, in memory that does not grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations {
    histogram: Histogram<u64>,
}

/// How some durations are spread, in seconds; nothing where there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50: Option<f64>,
    /// Three of four took no longer.
    pub p75: Option<f64>,
    /// Nine of ten took no longer.
    pub p90: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99: Option<f64>,
    /// 999 of 1,000 took no longer.
    pub p999: Option<f64>,
    /// 9,999 of 10,000 took no longer.
    pub p9999: Option<f64>,
    /// None took longer.
    pub max: Option<f64>,
    /// None took less.
    pub min: Option<f64>,
    pub mean: Option<f64>,
    pub stddev: Option<f64>,
    pub count: u64,
}

impl Default for Durations {
    fn default() -> Self {
        let max = u64::try_from(RECORDED_MAX.as_micros()).unwrap_or(u64::MAX);
        let histogram =
            Histogram::new_with_bounds(1, max, DIGITS).expect("these bounds and digits are valid");
        Self { histogram }
    }
}

impl Durations {
    pub fn record(&mut self, duration: Duration) {
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.histogram.saturating_record(microseconds);
    }

    /// Counts all of the others as well.
    pub fn add(&mut self, others: &Self) {
        // Mostly there are none, and to add them up would still be to read all their counters.
        if others.histogram.is_empty() {
            return;
        }
        self.histogram
            .add(&others.histogram)
            .expect("all have the same bounds");
    }

    pub fn clear(&mut self) {
        self.histogram.clear();
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The duration that such a share of all does not exceed, in seconds.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let known = !self.histogram.is_empty();
        known.then(|| seconds(self.histogram.value_at_quantile(quantile)))
    }

    /// The longest, in seconds.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (!self.histogram.is_empty()).then(|| seconds(self.histogram.max()))
    }

    /// The whole of it: which share took no longer than how many seconds, ever finer towards the
    /// longest. The last share is 1.
    pub fn curve(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        // Five steps for each halving of what is left: 0, 10, ... 50, 55, ... 75, 77.5, ... %.
        let steps = self.histogram.iter_quantiles(5);
        steps.map(|step| {
            (
                step.quantile_iterated_to(),
                seconds(step.value_iterated_to()),
            )
        })
    }

    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        if self.histogram.is_empty() {
            return Percentiles::default();
        }
        Percentiles {
            p50: self.quantile(0.5),
            p75: self.quantile(0.75),
            p90: self.quantile(0.9),
            p95: self.quantile(0.95),
            p99: self.quantile(0.99),
            p999: self.quantile(0.999),
            p9999: self.quantile(0.9999),
            max: self.max(),
            min: Some(seconds(self.histogram.min())),
            mean: Some(self.histogram.mean() / MICROSECONDS),
            stddev: Some(self.histogram.stdev() / MICROSECONDS),
            count: self.histogram.len(),
        }
    }
}

impl Percentiles {
    /// Each with what readers call it.
    #[must_use]
    pub fn labelled(&self) -> [(&'static str, Option<f64>); 11] {
        [
            ("min", self.min),
            ("mean", self.mean),
            ("deviation", self.stddev),
            ("p50", self.p50),
            ("p75", self.p75),
            ("p90", self.p90),
            ("p95", self.p95),
            ("p99", self.p99),
            ("p99.9", self.p999),
            ("p99.99", self.p9999),
            ("max", self.max),
        ]
    }
}

/// In a second.
const MICROSECONDS: f64 = 1e6;

/// Microseconds as seconds.
fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(all: impl IntoIterator<Item = u64>) -> Durations {
        let mut durations = Durations::default();
        for one in all {
            durations.record(Duration::from_millis(one));
        }
        durations
    }

    #[test]
    fn percentiles_are_those_of_all_that_was_recorded() {
        let percentiles = milliseconds(1..=10_000).percentiles();
        for (value, expected) in [
            (percentiles.p50, 5.0),
            (percentiles.p75, 7.5),
            (percentiles.p90, 9.0),
            (percentiles.p95, 9.5),
            (percentiles.p99, 9.9),
            (percentiles.p999, 9.99),
            (percentiles.p9999, 9.999),
            (percentiles.max, 10.0),
            (percentiles.min, 0.001),
            (percentiles.mean, 5.0005),
            // (10,000² - 1) / 12 is the variance of the whole numbers from 1 to 10,000.
            (percentiles.stddev, 2.886_751),
        ] {
            let value = value.unwrap();
            assert!((value / expected - 1.0).abs() < 0.001, "{value} {expected}");
        }
        assert_eq!(percentiles.count, 10_000);
    }

    #[test]
    fn nothing_has_no_percentiles() {
        let nothing = Durations::default();
        assert_eq!(nothing.percentiles(), Percentiles::default());
        assert_eq!((nothing.quantile(0.5), nothing.max()), (None, None));
    }

    #[test]
    fn those_of_two_are_those_of_all() {
        let mut both = milliseconds(1..=50);
        both.add(&milliseconds(51..=100));
        assert_eq!(both, milliseconds(1..=100));
    }

    #[test]
    fn what_is_longer_than_a_day_counts_as_a_day() {
        let mut durations = Durations::default();
        durations.record(Duration::MAX);
        assert!((durations.max().unwrap() / 86_400.0 - 1.0).abs() < 0.001);
    }
}
