//! The shapes that traffic is made of, as points of seconds and messages per second.

use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Exp1};
use rand_pcg::Pcg64;
use traffic::RateSeries;

/// Tells this random stream from those that begin with the same seed.
const ON_OFF_STREAM: u64 = 0x6f6e_5f6f_6666;

/// Straight lines between points.
pub(super) fn lines(points: Vec<(f64, f64)>) -> RateSeries {
    RateSeries::try_new(points).expect("a shipped workload's points are sorted and finite")
}

/// Levels of so many messages per second for so many seconds, one after another.
pub(super) fn levels(levels: &[(f64, f64)]) -> RateSeries {
    let mut now = 0.0;
    let mut points = Vec::with_capacity(2 * levels.len());
    for &(rate, seconds) in levels {
        points.push((now, rate));
        now += seconds;
        points.push((now, rate));
    }
    lines(points)
}

/// A sine around `mean`, a point every second: its straight pieces are off by less than 0.1 %.
pub(super) fn sine(mean: f64, amplitude: f64, period: u32, seconds: u32) -> RateSeries {
    let rate = |second: u32| {
        let turn = f64::from(second) / f64::from(period) * std::f64::consts::TAU;
        // From the bottom, because every run starts with no worker.
        mean - amplitude * turn.cos()
    };
    lines(
        (0..=seconds)
            .map(|second| (f64::from(second), rate(second)))
            .collect(),
    )
}

/// `rate` and silence in turn, each held for an exponential time of the given mean in seconds.
pub(super) fn on_off(rate: f64, on: f64, off: f64, seconds: f64, seed: u64) -> RateSeries {
    let mut random = Pcg64::seed_from_u64(seed ^ ON_OFF_STREAM);
    let mut points = vec![(0.0, 0.0)];
    let mut now = 0.0;
    let mut current = 0.0;
    while now < seconds {
        let mean = if current > 0.0 { on } else { off };
        let held: f64 = Exp1.sample(&mut random);
        now = (now + held * mean).min(seconds);
        points.push((now, current));
        current = rate - current;
        points.push((now, current));
    }
    lines(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_sine_starts_at_its_bottom_and_brings_its_mean() {
        let series = sine(300.0, 280.0, 120, 600);
        assert_eq!(series.rate_at(Duration::ZERO), 20.0);
        assert!((series.rate_at(Duration::from_secs(60)) - 580.0).abs() < 1e-9);
        assert!((series.mean() - 300.0).abs() < 1e-9);
    }

    #[test]
    fn on_and_off_take_turns_and_differ_by_seed() {
        let series = on_off(600.0, 10.0, 20.0, 600.0, 1);
        assert_eq!(series.end(), Duration::from_secs(600));
        assert!(
            series
                .points()
                .iter()
                .map(|point| point.rate.per_second())
                .all(|rate| rate == 0.0 || rate == 600.0)
        );
        assert_ne!(series, on_off(600.0, 10.0, 20.0, 600.0, 2));
        // A third of the time on: 200 msg/s on average over a long time.
        let long = on_off(600.0, 10.0, 20.0, 100_000.0, 1);
        assert!((long.mean() - 200.0).abs() < 10.0, "{}", long.mean());
    }
}
