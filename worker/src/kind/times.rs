//! How long messages take, where that is made up: fixed, or drawn around a mean.

use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1, LogNormal};
use rand_pcg::Pcg64;
use std::str::FromStr;
use std::time::Duration;

/// Draws have no end of their own, and RabbitMQ lets a message be held for 30 minutes: a longer time
/// that is drawn is cut to this.
const TIME_MAX: Duration = Duration::from_secs(25 * 60);

/// Beyond this a lognormal has hardly anything but its tail: at 3, one message in 15 takes longer
/// than the mean, and the median is a ninetieth of it.
const SIGMA_MAX: f64 = 3.0;

/// How times are spread around their mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Every message takes the mean.
    Fixed,
    /// As the times between random arrivals are.
    Exponential,
    /// As the times of real requests often are; the logarithm has this standard deviation.
    LogNormal(Sigma),
}

/// The standard deviation of a time's logarithm, from 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigma(f64);

impl FromStr for Distribution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "fixed" => Ok(Self::Fixed),
            None if text == "exponential" || text == "exp" => Ok(Self::Exponential),
            Some(("lognormal", sigma)) => match sigma.parse() {
                Ok(sigma) if (0.0..=SIGMA_MAX).contains(&sigma) => {
                    Ok(Self::LogNormal(Sigma(sigma)))
                }
                _ => Err(format!(
                    "the sigma of a lognormal is a number from 0 to {SIGMA_MAX}, such as \
                     lognormal:0.5"
                )),
            },
            _ => Err("choose fixed, exponential or lognormal:SIGMA".to_owned()),
        }
    }
}

/// An endless row of times; the same seed gives the same row.
#[derive(Clone, Debug)]
pub struct Times {
    random: Pcg64,
    mean: Duration,
    spread: Spread,
}

#[derive(Clone, Debug)]
enum Spread {
    Fixed,
    Exponential,
    LogNormal(LogNormal<f64>),
}

impl Times {
    #[must_use]
    pub fn new(mean: Duration, distribution: Distribution, seed: u64) -> Self {
        let spread = match distribution {
            Distribution::Fixed => Spread::Fixed,
            Distribution::Exponential => Spread::Exponential,
            // The mean of e^N(m, σ²) is e^(m + σ²/2), so m = -σ²/2 gives shares of mean 1.
            Distribution::LogNormal(Sigma(sigma)) => Spread::LogNormal(
                LogNormal::new(-sigma * sigma / 2.0, sigma)
                    .expect("a sigma is finite and not negative"),
            ),
        };
        Self {
            random: Pcg64::seed_from_u64(seed),
            mean,
            spread,
        }
    }

    /// What they are on average.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.mean
    }

    pub fn draw(&mut self) -> Duration {
        let random = &mut self.random;
        let share: f64 = match &self.spread {
            Spread::Fixed => return self.mean,
            Spread::Exponential => Exp1.sample(random),
            Spread::LogNormal(shares) => shares.sample(random),
        };
        let seconds = self.mean.as_secs_f64() * share;
        Duration::try_from_secs_f64(seconds).map_or(TIME_MAX, |time| time.min(TIME_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(distribution: &str, seed: u64) -> Times {
        let distribution = distribution.parse().unwrap();
        Times::new(Duration::from_millis(20), distribution, seed)
    }

    #[test]
    fn each_distribution_has_the_mean_it_was_given() {
        for distribution in [
            "fixed",
            "exponential",
            "exp",
            "lognormal:0.5",
            "lognormal:1",
        ] {
            let mut times = times(distribution, 7);
            let sum: f64 = (0..100_000).map(|_| times.draw().as_secs_f64()).sum();
            let ratio = sum / 100_000.0 / 0.02;
            assert!((ratio - 1.0).abs() < 0.02, "{distribution}: {ratio}");
        }
    }

    #[test]
    fn a_drawn_time_is_seldom_the_mean_and_never_out_of_bounds() {
        let mut times = Times::new(TIME_MAX / 2, "lognormal:3".parse().unwrap(), 7);
        let drawn: Vec<Duration> = (0..1000).map(|_| times.draw()).collect();
        assert_eq!(drawn.iter().max(), Some(&TIME_MAX));
        assert!(drawn.iter().filter(|time| **time < TIME_MAX / 10).count() > 500);
    }

    #[test]
    fn the_same_seed_draws_the_same_times() {
        let draw = |seed| {
            let mut times = times("exponential", seed);
            (0..10).map(|_| times.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn an_unknown_distribution_says_which_there_are() {
        let refused = |text: &str| text.parse::<Distribution>().unwrap_err();
        assert!(refused("normal").contains("fixed, exponential or lognormal:SIGMA"));
        assert!(refused("lognormal").contains("lognormal:SIGMA"));
        for sigma in [
            "lognormal:x",
            "lognormal:-1",
            "lognormal:4",
            "lognormal:NaN",
        ] {
            assert!(refused(sigma).contains("a number from 0 to 3"), "{sigma}");
        }
    }
}
