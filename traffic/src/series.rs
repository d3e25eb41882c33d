//! A rate over time given by points, with straight lines between them: a recording, or the traffic of
//! a simulated workload.

use crate::integral::messages;
use crate::pieces::{Pieces, Stretch};
use crate::process::ArrivalProcess;
use crate::rate::{Rate, RateError};
use crate::walk::Walk;
use std::sync::Arc;
use std::time::Duration;

/// More points than this are a mistake: it is one every second for more than eleven days. Each takes
/// 72 bytes, which makes 72 MB of a million.
pub const POINTS_MAX: usize = 1_000_000;

/// The longest series: nobody follows a recording for much more than a year.
pub const DURATION_MAX: Duration = Duration::from_secs(400 * 24 * 3600);

/// A rate at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The time since the series began, never less than that of the point before.
    pub at: Duration,
    /// The rate that holds at that instant.
    pub rate: Rate,
}

/// A rate over time, linear between points. Two points of the same time are a step. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSeries {
    points: Arc<[Point]>,
    pub(crate) pieces: Arc<Pieces>,
}

/// Why points are no rate over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SeriesError {
    #[error("a rate over time needs at least two points, of different times")]
    TooShort,
    #[error("more than {POINTS_MAX} points")]
    TooLong,
    #[error("the time is not a finite number of seconds")]
    TimeNotFinite,
    #[error("the time is before the beginning")]
    TimeNegative,
    #[error("the time is earlier than the one before it")]
    TimeUnsorted,
    #[error("the time is more than 400 days after the beginning")]
    TimeTooLate,
    #[error(transparent)]
    Rate(#[from] RateError),
}

impl RateSeries {
    /// A rate through points of seconds since the beginning, never falling, and messages per second.
    ///
    /// # Errors
    /// With what is wrong with the first point that is none, or with all of them together.
    pub fn try_new(points: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, SeriesError> {
        let mut collected = Points::default();
        for (seconds, per_second) in points {
            collected.push(seconds, per_second)?;
        }
        collected.into_series()
    }

    /// The same rate for so many seconds.
    ///
    /// # Errors
    /// When the rate is none, or the time is nothing or too long.
    pub fn constant(per_second: f64, seconds: f64) -> Result<Self, SeriesError> {
        Self::try_new([(0.0, per_second), (seconds, per_second)])
    }

    /// The points in the order of their times.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The time of the last point: nothing comes from there on.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.points.last().map_or(Duration::ZERO, |point| point.at)
    }

    /// Messages per second at an instant; at a step, what holds from there on. Before the first point
    /// and after the last nothing comes.
    #[must_use]
    pub fn rate_at(&self, at: Duration) -> f64 {
        let after = self.points.partition_point(|point| point.at <= at);
        let (Some(before), Some(next)) = (after.checked_sub(1), self.points.get(after)) else {
            return 0.0;
        };
        let last = self.points[before];
        let (from, to) = (last.rate.per_second(), next.rate.per_second());
        let share = (at - last.at).div_duration_f64(next.at - last.at);
        from + (to - from) * share
    }

    /// Messages that have come by an instant.
    #[must_use]
    pub fn messages_by(&self, at: Duration) -> f64 {
        match at < self.end() {
            true => messages(self.pieces.entered_by(at)),
            false => self.messages(),
        }
    }

    /// Messages in all: the integral of the rate, which need not be a whole number.
    #[must_use]
    pub fn messages(&self) -> f64 {
        messages(self.pieces.volume())
    }

    /// Messages per second on average, from the beginning to the end.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.messages() / self.end().as_secs_f64()
    }

    /// The largest rate of all points.
    #[must_use]
    pub fn peak(&self) -> Rate {
        let rates = self.points.iter().map(|point| point.rate);
        rates.max().unwrap_or(Rate::ZERO)
    }

    /// The instant of each message in order, computed one at a time. The same seed gives the same
    /// instants.
    #[must_use]
    pub fn walk(&self, process: ArrivalProcess, seed: u64) -> Walk {
        Walk::new(Arc::clone(&self.pieces), process, seed)
    }
}

/// The points of a series that is being made, each checked as it comes.
#[derive(Debug, Default)]
pub(crate) struct Points(Vec<Point>);

impl Points {
    /// Takes the next point, unless it can't follow what is there.
    pub(crate) fn push(&mut self, seconds: f64, per_second: f64) -> Result<(), SeriesError> {
        if self.0.len() == POINTS_MAX {
            return Err(SeriesError::TooLong);
        }
        if !seconds.is_finite() {
            return Err(SeriesError::TimeNotFinite);
        }
        let before = self.0.last().map(|point| point.at);
        let at = match Duration::try_from_secs_f64(seconds) {
            Ok(at) if at > DURATION_MAX => return Err(SeriesError::TimeTooLate),
            Ok(at) if before.is_some_and(|before| at < before) => {
                return Err(SeriesError::TimeUnsorted);
            }
            Ok(at) => at,
            Err(_) if seconds > 0.0 => return Err(SeriesError::TimeTooLate),
            Err(_) if before.is_some() => return Err(SeriesError::TimeUnsorted),
            Err(_) => return Err(SeriesError::TimeNegative),
        };
        let rate = Rate::try_new(per_second)?;
        self.0.push(Point { at, rate });
        Ok(())
    }

    pub(crate) fn into_series(self) -> Result<RateSeries, SeriesError> {
        let Self(points) = self;
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Err(SeriesError::TooShort);
        };
        if first.at == last.at {
            return Err(SeriesError::TooShort);
        }
        let silence = Stretch::level(Rate::ZERO, first.at);
        let lines = points.windows(2).map(|pair| Stretch {
            from: pair[0].rate,
            to: pair[1].rate,
            duration: pair[1].at - pair[0].at,
        });
        let pieces = Arc::new(Pieces::new([silence].into_iter().chain(lines)));
        Ok(RateSeries {
            points: points.into(),
            pieces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: f64) -> Duration {
        Duration::try_from_secs_f64(count).unwrap()
    }

    /// 100 msg/s for 4 s, a ramp to 800 within 6 s, then a step to 1,500 for 2 s.
    fn series() -> RateSeries {
        RateSeries::try_new([
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
        for (at, per_second) in [
            (0.0, 100.0),
            (3.0, 100.0),
            (7.0, 450.0),
            (10.0, 1500.0),
            (11.9, 1500.0),
            (12.0, 0.0),
        ] {
            assert_eq!(series().rate_at(seconds(at)), per_second, "at {at} s");
        }
        assert_eq!(series().peak().per_second(), 1500.0);
    }

    #[test]
    fn the_integral_is_what_has_come() {
        // 400 within the first 4 s; (100 + 800)/2 · 6 = 2,700 on the ramp, of which
        // (100 + 450)/2 · 3 = 825 within its first half; 1,500 · 2 = 3,000 at the end.
        for (at, messages) in [
            (0.0, 0.0),
            (2.0, 200.0),
            (7.0, 1225.0),
            (10.0, 3100.0),
            (11.0, 4600.0),
            (12.0, 6100.0),
            (99.0, 6100.0),
        ] {
            assert_eq!(series().messages_by(seconds(at)), messages, "by {at} s");
        }
        assert_eq!(series().messages(), 6100.0);
        assert_eq!(series().mean(), 6100.0 / 12.0);
    }

    #[test]
    fn what_comes_before_the_first_point_is_nothing() {
        let late = RateSeries::try_new([(5.0, 10.0), (6.0, 10.0)]).unwrap();
        assert_eq!(late.rate_at(seconds(4.0)), 0.0);
        assert_eq!(late.messages_by(seconds(5.0)), 0.0);
        assert_eq!(late.messages(), 10.0);
    }

    #[test]
    fn the_largest_series_there_can_be_is_counted_exactly() {
        let end = DURATION_MAX.as_secs_f64();
        let most = RateSeries::try_new([(0.0, 0.0), (end, 1e8)]).unwrap();
        assert_eq!(most.messages(), 1e8 * end / 2.0);
        // Three quarters of a triangle come in its second half.
        assert_eq!(most.messages_by(DURATION_MAX / 2), 1e8 * end / 8.0);
    }

    #[test]
    fn points_that_are_no_rate_over_time_are_refused() {
        use SeriesError as E;
        for (points, error) in [
            (vec![], E::TooShort),
            (vec![(0.0, 1.0)], E::TooShort),
            (vec![(3.0, 1.0), (3.0, 2.0)], E::TooShort),
            (vec![(-1.0, 1.0), (3.0, 2.0)], E::TimeNegative),
            (vec![(0.0, 1.0), (f64::NAN, 2.0)], E::TimeNotFinite),
            (vec![(4.0, 1.0), (3.0, 2.0)], E::TimeUnsorted),
            (vec![(4.0, 1.0), (-3.0, 2.0)], E::TimeUnsorted),
            (vec![(0.0, 1.0), (3.0, -2.0)], E::Rate(RateError)),
            (vec![(0.0, 1.0), (1e9, 2.0)], E::TimeTooLate),
            (vec![(0.0, 1.0), (1e99, 2.0)], E::TimeTooLate),
            (vec![(0.0, 1e9), (3.0, 2.0)], E::Rate(RateError)),
            (vec![(0.0, f64::INFINITY), (3.0, 2.0)], E::Rate(RateError)),
            (vec![(0.0, 0.0); POINTS_MAX + 1], E::TooLong),
        ] {
            assert_eq!(RateSeries::try_new(points), Err(error));
        }
    }
}
