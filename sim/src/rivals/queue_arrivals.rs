//! How laravel-queue-autoscale comes to its arrival rate: throughput plus the growth of the
//! backlog, and where they lie on a line, half of what that line says of 60 s from now.
//!
//! Documented in cboxdk/laravel-queue-autoscale (July 2026), `src/Scaling/Calculators/`
//! `ArrivalRateEstimator.php` and `LinearRegressionForecaster.php`, `ModerateForecastPolicy.php`,
//! and `estimateFallbackArrivalRate` of `HybridStrategy.php`. Throughput is what was completed in
//! the last 60 s; until it has run for that long, in the time it has run, which is kinder to it.

use std::collections::VecDeque;
use std::time::Duration;

use crate::rival::QueueSeen;

/// `MAX_SNAPSHOTS`; at one every 5 s this bounds the history to 150 s, within its 300 s.
const SNAPSHOTS: usize = 30;

/// The window of `throughput_per_minute`.
const THROUGHPUT_WINDOW: Duration = Duration::from_secs(60);

/// `min_arrival_rate_confidence`.
const CONFIDENCE_NEEDED: f64 = 0.5;

/// `forecast.horizon_seconds`, and the policy's weight, its R² and the points that it needs.
const FORECAST_SECONDS: f64 = 60.0;
const FORECAST_WEIGHT: f64 = 0.5;
const R_SQUARED_NEEDED: f64 = 0.6;
const POINTS_NEEDED: usize = 5;

/// A backlog smaller than this says nothing about arrivals.
const BACKLOG_OF_NOTE: u64 = 3;

/// Both per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) rate: f64,
    pub(super) throughput: f64,
}

#[derive(Clone, Copy, Debug)]
struct Snapshot {
    seconds: f64,
    ready: f64,
    completed: u64,
}

#[derive(Debug, Default)]
pub(super) struct Arrivals {
    snapshots: VecDeque<Snapshot>,
}

impl Arrivals {
    pub(super) fn estimate(
        &mut self,
        now: Duration,
        queue: &QueueSeen,
        age_seconds: f64,
        promise_seconds: f64,
    ) -> Estimate {
        self.snapshots.push_back(Snapshot {
            seconds: now.as_secs_f64(),
            ready: queue.ready as f64,
            completed: queue.completed_total,
        });
        if self.snapshots.len() > SNAPSHOTS {
            self.snapshots.pop_front();
        }
        let throughput = self.throughput();
        let mut rate = throughput;
        if self.confidence() >= CONFIDENCE_NEEDED {
            let seen = (throughput + self.growth()).max(0.0);
            rate = match self.forecast(throughput) {
                Some(forecast) => FORECAST_WEIGHT * forecast + (1.0 - FORECAST_WEIGHT) * seen,
                None => seen,
            };
        }
        if rate == 0.0 && queue.ready >= BACKLOG_OF_NOTE {
            let urgency = if age_seconds > 0.0 {
                (age_seconds / (promise_seconds * 0.5).max(1.0)).min(2.0)
            } else {
                1.0
            };
            rate = queue.ready as f64 / promise_seconds * urgency;
        }
        Estimate { rate, throughput }
    }

    fn throughput(&self) -> f64 {
        let Some(last) = self.snapshots.back() else {
            return 0.0;
        };
        let from = last.seconds - THROUGHPUT_WINDOW.as_secs_f64();
        let first = self
            .snapshots
            .iter()
            .find(|snapshot| snapshot.seconds >= from)
            .unwrap_or(last);
        let seconds = last.seconds - first.seconds;
        if seconds > 0.0 {
            last.completed.saturating_sub(first.completed) as f64 / seconds
        } else {
            0.0
        }
    }

    /// When, and by how much the backlog grew per second since the snapshot before.
    fn growths(&self) -> impl Iterator<Item = (f64, f64)> {
        self.snapshots
            .iter()
            .zip(self.snapshots.iter().skip(1))
            .map(|(before, after)| {
                let growth = (after.ready - before.ready) / (after.seconds - before.seconds);
                (after.seconds, growth)
            })
    }

    /// Each pair counts twice as much as the one before it.
    fn growth(&self) -> f64 {
        let (sum, weights) = self
            .growths()
            .fold((0.0, 0.0), |(sum, weights), (_, growth)| {
                // Halving what was is doubling what is, and never grows beyond bounds.
                (sum / 2.0 + growth, weights / 2.0 + 1.0)
            });
        if weights > 0.0 { sum / weights } else { 0.0 }
    }

    fn confidence(&self) -> f64 {
        let (Some(first), Some(last)) = (self.snapshots.front(), self.snapshots.back()) else {
            return 0.0;
        };
        let pairs = self.snapshots.len() - 1;
        if pairs == 0 {
            return 0.0;
        }
        let seconds = last.seconds - first.seconds;
        let by_time = if (5.0..=30.0).contains(&seconds) {
            0.9
        } else if (2.0..=60.0).contains(&seconds) {
            0.7
        } else {
            0.5
        };
        let by_samples = 0.8 + 0.2 * (pairs as f64 / 3.0).min(1.0);
        let change = (last.ready - first.ready).abs();
        let by_change = if change < 3.0 {
            0.6
        } else {
            0.7 + 0.3 * (change / 10.0).min(1.0)
        };
        by_time * by_samples * by_change
    }

    /// The least-squares line through the rates so far, 60 s from now.
    fn forecast(&self, throughput: f64) -> Option<f64> {
        let points: Vec<(f64, f64)> = self
            .growths()
            .map(|(seconds, growth)| (seconds, (throughput + growth).max(0.0)))
            .collect();
        if points.len() < POINTS_NEEDED {
            return None;
        }
        let count = points.len() as f64;
        let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
        let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
        let spread_x: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let spread_y: f64 = points.iter().map(|(_, y)| (y - mean_y).powi(2)).sum();
        let both: f64 = points
            .iter()
            .map(|(x, y)| (x - mean_x) * (y - mean_y))
            .sum();
        let slope = both / spread_x;
        let r_squared = if spread_y < 1e-12 {
            1.0
        } else {
            both.powi(2) / (spread_x * spread_y)
        };
        let (last_x, _) = points[points.len() - 1];
        (r_squared >= R_SQUARED_NEEDED)
            .then(|| (mean_y + slope * (last_x + FORECAST_SECONDS - mean_x)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(ready: u64, completed_total: u64) -> QueueSeen {
        QueueSeen {
            ready,
            arrived_total: ready + completed_total,
            completed_total,
            oldest_age: Duration::ZERO,
        }
    }

    /// The estimate after one look every 5 s.
    fn estimate(looks: &[QueueSeen]) -> Estimate {
        let mut arrivals = Arrivals::default();
        let mut last = None;
        for (look, queue) in looks.iter().enumerate() {
            let now = Duration::from_secs(5 * look as u64);
            last = Some(arrivals.estimate(now, queue, 0.0, 10.0));
        }
        last.unwrap()
    }

    #[test]
    fn throughput_and_growth_are_the_arrivals() {
        // 500 completed and 250 more waiting in 5 s: 100 + 50.
        let estimate = estimate(&[queue(0, 0), queue(250, 500)]);

        assert_eq!(estimate.throughput, 100.0);
        assert!((estimate.rate - 150.0).abs() < 1e-9);
    }

    #[test]
    fn the_last_growth_dominates() {
        // Growth of 0, then of 60 per second: weights 1 and 2 make 40.
        let estimate = estimate(&[queue(0, 0), queue(0, 0), queue(300, 0)]);

        assert!((estimate.rate - 40.0).abs() < 1e-9, "{estimate:?}");
    }

    #[test]
    fn a_line_is_followed_for_60_s_by_half() {
        // Growth of 10, 20, 30, 40, 50 per second at 5, 10, … 25 s: 2 more each second.
        let ready = [0, 50, 150, 300, 500, 750];
        let looks: Vec<QueueSeen> = ready.iter().map(|ready| queue(*ready, 0)).collect();

        // Weights 1, 2, 4, 8, 16: (10 + 40 + 120 + 320 + 800) / 31 = 41.6. The line says 170.
        let seen = 1_290.0 / 31.0;
        assert!((estimate(&looks).rate - (170.0 + seen) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_first_look_at_a_backlog_is_spread_over_the_promise() {
        assert_eq!(estimate(&[queue(1_000, 0)]).rate, 100.0);
        assert_eq!(estimate(&[queue(2, 0)]).rate, 0.0);
    }
}
