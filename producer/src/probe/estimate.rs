//! A number that was estimated, and the interval that holds the true one in 95 of 100 cases.

use super::student;
use serde::Serialize;

/// The median of normal noise varies more than its mean, by the square root of π/2.
const MEDIAN_LOSS: f64 = 1.2533;

/// The middle half of normal noise is so many standard deviations wide.
const QUARTILES_APART: f64 = 1.349;

/// How much wider the interval of a median of so few samples is than quartiles and Student's t make
/// it, from three samples on: quartiles of few samples say too little of the noise, and least of all
/// where each is a single sample, as of five and nine. Found by drawing 300,000 samples of normal
/// noise of each size, as what 95 of 100 intervals need to hold the truth: as they were, 86 of those
/// of five samples did.
const FEW_SAMPLES: [f64; 10] = [1.17, 1.24, 1.82, 1.34, 1.24, 1.19, 1.30, 1.17, 1.15, 1.12];

/// The same for more than those is 1 + 2/n: 1.08 for 25 samples and 1.03 for 60, where 1.08 and 1.02
/// were found.
const MORE_SAMPLES: f64 = 2.0;

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The most likely.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Estimate {
    /// The mean of independent samples, with Student's t; nothing of fewer than three.
    #[must_use]
    pub fn mean(samples: &[f64]) -> Option<Self> {
        let mean = mean(samples);
        Self::around(mean, deviation(samples), samples.len())
    }

    /// The median of samples that are one value and noise, whose outliers count for nothing;
    /// nothing of fewer than three.
    #[must_use]
    pub fn median(samples: &[f64]) -> Option<Self> {
        let quartiles = Quartiles::of(samples)?;
        let few = samples.len().checked_sub(3)?;
        let wider = FEW_SAMPLES.get(few).copied();
        let wider = wider.unwrap_or(1.0 + MORE_SAMPLES / count(samples.len()));
        let deviation = MEDIAN_LOSS * quartiles.deviation() * wider;
        Self::around(quartiles.median, deviation, samples.len())
    }

    fn around(value: f64, deviation: f64, samples: usize) -> Option<Self> {
        if samples < 3 {
            return None;
        }
        let half = student::quantile(samples - 1) * deviation / count(samples).sqrt();
        Some(Self {
            value,
            low: value - half,
            high: value + half,
        })
    }

    /// The product with an independent estimate: relative errors add up as squares.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let value = self.value * other.value;
        let share = self.half_width_share().hypot(other.half_width_share());
        Self {
            value,
            low: value * (1.0 - share),
            high: value * (1.0 + share),
        }
    }

    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            low: self.low * factor,
            high: self.high * factor,
        }
    }

    /// Less something that is known.
    #[must_use]
    pub fn minus(self, known: f64) -> Self {
        Self {
            value: self.value - known,
            low: self.low - known,
            high: self.high - known,
        }
    }

    /// Nowhere below `least`.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Self {
            value: self.value.max(least),
            low: self.low.max(least),
            high: self.high.max(least),
        }
    }

    /// As wide, around another value.
    #[must_use]
    pub(super) fn around_value(self, value: f64) -> Self {
        self.minus(self.value - value)
    }

    /// Half of the interval as a share of the value: 0.1 is ± 10 %.
    #[must_use]
    pub fn half_width_share(self) -> f64 {
        (self.high - self.low) / 2.0 / self.value.abs().max(f64::MIN_POSITIVE)
    }

    /// Whether the interval holds it.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Where the middle half of some samples lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quartiles {
    low: f64,
    pub(super) median: f64,
    high: f64,
}

impl Quartiles {
    pub(super) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        // The sample below which a share of the others lies; the mean of two where it is between.
        let at = |quarter: usize| {
            let place = (sorted.len() - 1) * quarter;
            let low = sorted[place / 4];
            let high = sorted[place.div_ceil(4)];
            let rest = count(place % 4) / 4.0;
            low + (high - low) * rest
        };
        (!sorted.is_empty()).then(|| Self {
            low: at(1),
            median: at(2),
            high: at(3),
        })
    }

    /// The same by the lower half alone: what disturbs a machine makes things late, and never early.
    pub(super) fn lower_deviation(self) -> f64 {
        2.0 * (self.median - self.low) / QUARTILES_APART
    }

    /// The standard deviation of normal noise with these quartiles.
    pub(super) fn deviation(self) -> f64 {
        (self.high - self.low) / QUARTILES_APART
    }
}

/// The mean; of nothing it is no number.
pub(super) fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / count(samples.len())
}

/// The standard deviation of what the samples were taken from.
pub(super) fn deviation(samples: &[f64]) -> f64 {
    let mean = mean(samples);
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    (squares / (count(samples.len()) - 1.0)).sqrt()
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_distr::Normal;
    use rand_pcg::Pcg64;

    #[test]
    fn a_mean_has_the_interval_of_the_textbooks() {
        // t of 4 degrees of freedom at 97.5 % is 2.776; the deviation is √2.5, so ± 1.963.
        let estimate = Estimate::mean(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(estimate.value, 3.0);
        assert!((estimate.high - 4.963).abs() < 0.001, "{estimate:?}");
        assert_eq!(Estimate::mean(&[1.0, 2.0]), None);
    }

    #[test]
    fn a_median_forgets_an_outlier() {
        let estimate = Estimate::median(&[1.0, 1.1, 0.9, 1.0, 50.0]).unwrap();
        // The quartiles are 1.0 and 1.1, so ± 2.776 · 1.82 · 1.2533 · 0.1 / 1.349 / √5 = 0.21.
        assert_eq!(estimate.value, 1.0);
        assert!((estimate.high - 1.21).abs() < 0.005, "{estimate:?}");
        assert_eq!(Estimate::median(&[1.0, 1.1]), None);
    }

    #[test]
    fn quartiles_lie_between_samples_where_they_must() {
        let quartiles = Quartiles::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(
            (quartiles.low, quartiles.median, quartiles.high),
            (1.75, 2.5, 3.25)
        );
        assert_eq!(Quartiles::of(&[]), None);
    }

    /// Of 4,000 intervals 3,800 are expected to hold the truth, give or take 14.
    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let mut random = Pcg64::seed_from_u64(1);
        let normal = Normal::new(20.0, 3.0).unwrap();
        for size in [3, 4, 5, 6, 9, 12, 13, 25, 60] {
            for of in [Estimate::mean, Estimate::median] {
                let held = (0..4000)
                    .filter(|_| {
                        let samples: Vec<f64> = (0..size).map(|_| random.sample(normal)).collect();
                        of(&samples).unwrap().holds(20.0)
                    })
                    .count();
                assert!((3750..=3850).contains(&held), "{held} of {size} samples");
            }
        }
    }

    #[test]
    fn relative_errors_of_a_product_add_up_as_squares() {
        let estimate = |value: f64, half: f64| Estimate {
            value,
            low: value - half,
            high: value + half,
        };
        // 3 % and 4 % are 5 %.
        let product = estimate(100.0, 3.0).times(estimate(0.02, 0.0008));
        assert!((product.half_width_share() - 0.05).abs() < 1e-12);
        assert!((product.value - 2.0).abs() < 1e-12);
    }
}
