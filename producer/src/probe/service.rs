//! How long one message takes, from what answers take while nothing waits.

use super::estimate::{Estimate, Quartiles, deviation, mean};

/// Service times whose lower half is no wider than this share of them are one value and the noise of
/// clocks and machines; wider ones vary by themselves.
const NOISE_SHARE: f64 = 0.1;

/// Unless some take so much longer that the mean is beyond this many medians: 1 in 20 that takes ten
/// times as long makes it 1.45. One in so many samples is not counted, as a machine may stall.
const MEAN_MAX: f64 = 1.4;
const STALLS: usize = 40;

/// What a message takes a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// The mean time, in seconds.
    pub seconds: Estimate,
    /// Standard deviation over mean: 0 where every message takes the same, 1 where the times are
    /// exponential.
    pub variation: f64,
    /// Whether it is the same for all, but for noise.
    pub constancy: Constancy,
}

/// Whether messages take the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constancy {
    Constant,
    Varying,
}

impl Service {
    /// From responses of messages that did not wait for each other, less the round trip. Nothing of
    /// fewer than three.
    ///
    /// A constant time is the median, because outliers are the machine's; a varying one is the
    /// mean, because outliers are the work's.
    #[must_use]
    pub fn of(responses: &[f64], round_trip_seconds: f64) -> Option<Self> {
        let quartiles = Quartiles::of(responses)?;
        // A service of no time at all can't be told from the round trip; what is left is a microsecond.
        let least = 1e-6;
        if is_constant(responses, quartiles) {
            let seconds = Estimate::median(responses)?
                .minus(round_trip_seconds)
                .at_least(least);
            return Some(Self {
                seconds,
                variation: quartiles.deviation() / seconds.value,
                constancy: Constancy::Constant,
            });
        }
        let seconds = Estimate::mean(responses)?
            .minus(round_trip_seconds)
            .at_least(least);
        Some(Self {
            seconds,
            variation: deviation(responses) / mean(responses),
            constancy: Constancy::Varying,
        })
    }

    /// How many samples make the interval so narrow.
    #[must_use]
    pub fn samples_for(&self, half_width_share: f64) -> f64 {
        (2.0 * self.variation / half_width_share).powi(2)
    }
}

fn is_constant(responses: &[f64], quartiles: Quartiles) -> bool {
    let mut sorted = responses.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.truncate(sorted.len() - sorted.len().div_ceil(STALLS));
    quartiles.lower_deviation() <= NOISE_SHARE * quartiles.median
        && (sorted.is_empty() || mean(&sorted) <= MEAN_MAX * quartiles.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_hardly_vary_are_one_time_whatever_the_machine_did() {
        let mut responses = vec![0.0201, 0.0202, 0.0203, 0.0204, 0.0205, 0.0202];
        responses.push(0.3);
        let service = Service::of(&responses, 0.0003).unwrap();
        assert_eq!(service.constancy, Constancy::Constant);
        assert!((service.seconds.value - 0.02).abs() < 1e-9, "{service:?}");
    }

    #[test]
    fn a_machine_that_is_late_every_third_time_does_not_make_the_work_vary() {
        let mut responses: Vec<f64> = (0..40).map(|k| 0.02 + f64::from(k % 4) * 1e-5).collect();
        responses.extend((0..20).map(|k| 0.021 + f64::from(k) * 0.001));
        let service = Service::of(&responses, 0.0).unwrap();
        assert_eq!(service.constancy, Constancy::Constant);
        assert!((service.seconds.value - 0.02).abs() < 1e-4, "{service:?}");
    }

    #[test]
    fn work_that_takes_long_now_and_then_varies() {
        let mut responses = vec![0.01; 90];
        responses.extend([0.1; 10]);
        let service = Service::of(&responses, 0.0).unwrap();
        assert_eq!(service.constancy, Constancy::Varying);
        assert!((service.seconds.value - 0.019).abs() < 1e-9, "{service:?}");
    }

    #[test]
    fn times_that_vary_keep_their_outliers() {
        let service = Service::of(&[0.01, 0.02, 0.03, 0.14], 0.0).unwrap();
        assert_eq!(service.constancy, Constancy::Varying);
        assert!((service.seconds.value - 0.05).abs() < 1e-9, "{service:?}");
    }

    #[test]
    fn a_service_quicker_than_the_way_is_not_negative() {
        let service = Service::of(&[0.0003, 0.0003, 0.0003], 0.0004).unwrap();
        assert!(service.seconds.value > 0.0, "{service:?}");
    }
}
