//! How long bodies are.

use rand::RngExt as _;
use rand_distr::{Exp1, StandardNormal};
use rand_pcg::Pcg64;

/// How long bodies are, in bytes; never less than one, never more than [`Size::BYTES_MAX`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    Fixed(usize),
    /// Anything between, each as often.
    Uniform {
        least: usize,
        /// The longest, not below the shortest.
        most: usize,
    },
    /// Many short ones and a few very long ones: the logarithm is normally distributed.
    LogNormal {
        /// Half are shorter.
        median: usize,
        /// The standard deviation of the logarithm; 1 makes one in six longer than 2.7 medians.
        sigma: f64,
    },
    /// Exponentially distributed.
    Exponential {
        mean: usize,
    },
}

impl Size {
    /// The longest body. RabbitMQ takes 16 MiB by default from version 4 on.
    pub const BYTES_MAX: usize = 16 * 1024 * 1024;

    /// The longest that can come. A distribution without an end is cut off where 3 (lognormal, at 4
    /// standard deviations) or 5 (exponential, at 10 means) in 100,000 would be longer, because the
    /// memory for unconfirmed messages is shared out by the longest.
    #[must_use]
    pub fn longest(self) -> usize {
        let longest = match self {
            Self::Fixed(bytes) => bytes,
            Self::Uniform { most, .. } => most,
            Self::LogNormal { median, sigma } => scaled(median, (4.0 * sigma).exp()),
            Self::Exponential { mean } => mean.saturating_mul(10),
        };
        longest.clamp(1, Self::BYTES_MAX)
    }

    pub(super) fn draw(self, generator: &mut Pcg64) -> usize {
        let bytes = match self {
            Self::Fixed(bytes) => bytes,
            Self::Uniform { least, most } => generator.random_range(least..=most.max(least)),
            Self::LogNormal { median, sigma } => {
                let normal: f64 = generator.sample(StandardNormal);
                scaled(median, (sigma * normal).exp())
            }
            Self::Exponential { mean } => scaled(mean, generator.sample(Exp1)),
        };
        bytes.clamp(1, self.longest())
    }
}

/// So many bytes times a factor that is not negative.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are below 2^53, and what is beyond is cut off"
)]
fn scaled(bytes: usize, factor: f64) -> usize {
    (bytes as f64 * factor) as usize
}
