//! How long one message takes, from what answers take while nothing waits.

use super::estimate::{Estimate, Quartiles, deviation, mean};

/// Service times whose middle half is no wider than this share of them are one value and the noise
/// of clocks and machines; wider ones vary by themselves.
const NOISE_SHARE: f64 = 0.1;

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
    /// All the same.
    Constant,
    /// They differ.
    Varying,
}

impl Service {
    /// From responses of messages that did not wait for each other, less what the way there and
    /// back takes. Nothing of fewer than three.
    ///
    /// A constant time is the median, because outliers are the machine's; a varying one is the
    /// mean, because outliers are the work's.
    #[must_use]
    pub fn of(responses: &[f64], way_seconds: f64) -> Option<Self> {
        let quartiles = Quartiles::of(responses)?;
        // A service of no time at all can't be told from the way; what is left is a microsecond.
        let least = 1e-6;
        if quartiles.deviation() <= NOISE_SHARE * quartiles.median {
            let seconds = Estimate::median(responses)?
                .minus(way_seconds)
                .at_least(least);
            return Some(Self {
                seconds,
                variation: quartiles.deviation() / seconds.value,
                constancy: Constancy::Constant,
            });
        }
        let seconds = Estimate::mean(responses)?
            .minus(way_seconds)
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
