//! A rate over time: linear between points, and exact about how much has come by any instant.
//!
//! The integral is a sum of trapezoids that is kept at each point, so asking for it costs a binary
//! search, and no error adds up however long the series is.

/// More points than this are a mistake: it is one every second for more than eleven days.
pub const POINTS_MAX: usize = 1_000_000;

/// Nobody's traffic is simulated for longer than about a year.
pub const SECONDS_MAX: f64 = 400.0 * 24.0 * 3600.0;

/// A rate above this is a mistake: no RabbitMQ takes a hundredth of it.
pub const RATE_MAX: f64 = 100e6;

/// A rate over time, linear between points. Two points of the same time are a step.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// Seconds since the beginning, and messages per second.
    points: Vec<(f64, f64)>,
    /// What has come by each of the points, in messages.
    arrived: Vec<f64>,
}

/// Why points are no rate over time. `index` counts points from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RateSeriesError {
    #[error("a rate over time needs at least two points, of different times")]
    TooShort,
    #[error("more than {POINTS_MAX} points")]
    TooLong,
    #[error("the time is not a finite number of seconds")]
    TimeNotFinite { index: usize },
    #[error("the time is before the beginning")]
    TimeNegative { index: usize },
    #[error("the time is earlier than the one before it")]
    TimeUnsorted { index: usize },
    #[error("the time is more than 400 days after the beginning")]
    TimeTooLate { index: usize },
    #[error("the rate is not a finite number")]
    RateNotFinite { index: usize },
    #[error("the rate is negative")]
    RateNegative { index: usize },
    #[error("the rate is above 100 million messages per second")]
    RateTooLarge { index: usize },
}

impl RateSeriesError {
    /// Which point is wrong; `None` where it is not one of them.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        match self {
            Self::TooShort | Self::TooLong => None,
            Self::TimeNotFinite { index }
            | Self::TimeNegative { index }
            | Self::TimeUnsorted { index }
            | Self::TimeTooLate { index }
            | Self::RateNotFinite { index }
            | Self::RateNegative { index }
            | Self::RateTooLarge { index } => Some(index),
        }
    }
}

impl RateSeries {
    /// A rate through points of seconds since the beginning, never falling, and messages per
    /// second, never negative.
    pub fn try_new(points: Vec<(f64, f64)>) -> Result<Self, RateSeriesError> {
        if points.len() > POINTS_MAX {
            return Err(RateSeriesError::TooLong);
        }
        let mut before = 0.0;
        for (index, &(seconds, rate)) in points.iter().enumerate() {
            if !seconds.is_finite() {
                return Err(RateSeriesError::TimeNotFinite { index });
            }
            if seconds < 0.0 {
                return Err(RateSeriesError::TimeNegative { index });
            }
            if seconds < before {
                return Err(RateSeriesError::TimeUnsorted { index });
            }
            if seconds > SECONDS_MAX {
                return Err(RateSeriesError::TimeTooLate { index });
            }
            if !rate.is_finite() {
                return Err(RateSeriesError::RateNotFinite { index });
            }
            if rate < 0.0 {
                return Err(RateSeriesError::RateNegative { index });
            }
            if rate > RATE_MAX {
                return Err(RateSeriesError::RateTooLarge { index });
            }
            before = seconds;
        }
        match (points.first(), points.last()) {
            (Some(first), Some(last)) if first.0 < last.0 => {}
            _ => return Err(RateSeriesError::TooShort),
        }
        let mut arrived = Vec::with_capacity(points.len());
        let mut sum = 0.0;
        arrived.push(sum);
        for pair in points.windows(2) {
            sum += trapezoid(pair[0], pair[1]);
            arrived.push(sum);
        }
        Ok(Self { points, arrived })
    }

    /// The same rate for so many seconds.
    pub fn constant(rate: f64, seconds: f64) -> Result<Self, RateSeriesError> {
        Self::try_new(vec![(0.0, rate), (seconds, rate)])
    }

    /// The points, in order.
    #[must_use]
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// What has come by each of the points, in messages.
    #[must_use]
    pub(crate) fn arrived(&self) -> &[f64] {
        &self.arrived
    }

    /// When the traffic ends, in seconds.
    #[must_use]
    pub fn end(&self) -> f64 {
        self.points.last().map_or(0.0, |&(seconds, _)| seconds)
    }

    /// Messages per second at an instant; at a step, what holds from there on. Outside of the
    /// series nothing comes.
    #[must_use]
    pub fn at(&self, seconds: f64) -> f64 {
        let after = self.points.partition_point(|&(time, _)| time <= seconds);
        match (after.checked_sub(1), self.points.get(after)) {
            (Some(before), Some(&(until, to))) => {
                let (since, from) = self.points[before];
                from + (to - from) * (seconds - since) / (until - since)
            }
            (None, _) | (_, None) => 0.0,
        }
    }

    /// Messages that have come by an instant, as the rate has it.
    #[must_use]
    pub fn integral(&self, seconds: f64) -> f64 {
        let after = self.points.partition_point(|&(time, _)| time <= seconds);
        match after.checked_sub(1) {
            None => 0.0,
            Some(before) if after == self.points.len() => self.arrived[before],
            Some(before) => {
                let here = (seconds, self.at(seconds));
                self.arrived[before] + trapezoid(self.points[before], here)
            }
        }
    }

    /// Messages in all, as the rate has it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.arrived.last().copied().unwrap_or(0.0)
    }

    /// Messages per second on average, from the beginning to the end.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.total() / self.end()
    }

    /// The largest rate, in messages per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.points
            .iter()
            .fold(0.0, |peak, &(_, rate)| rate.max(peak))
    }
}

/// What comes between two points.
fn trapezoid((since, from): (f64, f64), (until, to): (f64, f64)) -> f64 {
    (until - since) * (from + to) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 msg/s for 4 s, a ramp to 800 within 6 s, then a step to 1,500 for 2 s.
    fn series() -> RateSeries {
        RateSeries::try_new(vec![
            (0.0, 100.0),
            (4.0, 100.0),
            (10.0, 800.0),
            (10.0, 1500.0),
            (12.0, 1500.0),
        ])
        .unwrap()
    }

    #[test]
    fn the_rate_is_linear_between_points_and_a_step_holds_from_its_instant_on() {
        for (seconds, rate) in [
            (-1.0, 0.0),
            (0.0, 100.0),
            (3.0, 100.0),
            (7.0, 450.0),
            (10.0, 1500.0),
            (11.9, 1500.0),
            (12.0, 0.0),
        ] {
            assert_eq!(series().at(seconds), rate, "at {seconds} s");
        }
        assert_eq!(series().peak(), 1500.0);
    }

    #[test]
    fn the_integral_is_what_has_come() {
        // 400 within the first 4 s; (100 + 800)/2 · 6 = 2,700 on the ramp, of which
        // (100 + 450)/2 · 3 = 825 within its first half; 1,500 · 2 = 3,000 at the end.
        for (seconds, messages) in [
            (-1.0, 0.0),
            (0.0, 0.0),
            (2.0, 200.0),
            (7.0, 1225.0),
            (10.0, 3100.0),
            (11.0, 4600.0),
            (12.0, 6100.0),
            (99.0, 6100.0),
        ] {
            assert_eq!(series().integral(seconds), messages, "by {seconds} s");
        }
        assert_eq!(series().total(), 6100.0);
        assert_eq!(series().mean(), 6100.0 / 12.0);
    }

    #[test]
    fn what_comes_before_the_first_point_is_nothing() {
        let late = RateSeries::try_new(vec![(5.0, 10.0), (6.0, 10.0)]).unwrap();
        assert_eq!(
            (late.at(4.0), late.integral(5.0), late.total()),
            (0.0, 0.0, 10.0)
        );
    }

    #[test]
    fn points_that_are_no_rate_over_time_are_refused() {
        use RateSeriesError as E;
        for (points, error) in [
            (vec![], E::TooShort),
            (vec![(0.0, 1.0)], E::TooShort),
            (vec![(3.0, 1.0), (3.0, 2.0)], E::TooShort),
            (vec![(-1.0, 1.0), (3.0, 2.0)], E::TimeNegative { index: 0 }),
            (
                vec![(0.0, 1.0), (f64::NAN, 2.0)],
                E::TimeNotFinite { index: 1 },
            ),
            (vec![(4.0, 1.0), (3.0, 2.0)], E::TimeUnsorted { index: 1 }),
            (vec![(0.0, 1.0), (3.0, -2.0)], E::RateNegative { index: 1 }),
            (vec![(0.0, 1.0), (1e9, 2.0)], E::TimeTooLate { index: 1 }),
            (vec![(0.0, 1e9), (3.0, 2.0)], E::RateTooLarge { index: 0 }),
            (
                vec![(0.0, f64::INFINITY), (3.0, 2.0)],
                E::RateNotFinite { index: 0 },
            ),
            (vec![(0.0, 0.0); POINTS_MAX + 1], E::TooLong),
        ] {
            assert_eq!(RateSeries::try_new(points), Err(error));
        }
    }
}
