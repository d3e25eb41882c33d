//! A rate that swings about its mean.
//!
//! With mean m, amplitude a and period p the rate is `m + a·sin(2πt/p)`, never negative because a is
//! at most m, and `m·t + a·p/2π·(1 − cos(2πt/p))` messages enter by t. Whole periods bring exactly
//! `m·p`. Within one the inverse has no closed form: the integral never falls, so the nanosecond in
//! which it passes a number is found by halving the period, 55 times for one of 400 days.
//!
//! The swing is a double: off by at most a 10¹⁵th of a period's messages, which moves no instant by
//! more than a nanosecond where messages enter at all.

use crate::integral::{area, nanoseconds};
use crate::rate::Rate;
use std::f64::consts::TAU;
use std::time::Duration;

/// A rate that swings about its mean, which it starts from upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sine {
    mean: Rate,
    amplitude: Rate,
    /// In nanoseconds.
    period: u64,
}

impl Sine {
    pub(crate) fn new(mean: Rate, amplitude: Rate, period: Duration) -> Self {
        Self {
            mean,
            amplitude: amplitude.min(mean),
            period: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1),
        }
    }

    /// What enters by an instant.
    pub(crate) fn entered_by(&self, at: Duration) -> u128 {
        let period = u128::from(self.period);
        area(self.mean, at.as_nanos()) + self.swing(at.as_nanos() % period)
    }

    /// When so much has entered and more begins to.
    pub(crate) fn instant(&self, volume: u128) -> Duration {
        let period = u128::from(self.period);
        let Some(repetitions) = volume.checked_div(area(self.mean, period)) else {
            return Duration::ZERO;
        };
        let rest = volume % area(self.mean, period);
        // What has entered by `low` is no more than is wanted, by `high` it is more.
        let (mut low, mut high) = (0, period);
        while high - low > 1 {
            let middle = low.midpoint(high);
            match area(self.mean, middle) + self.swing(middle) <= rest {
                true => low = middle,
                false => high = middle,
            }
        }
        nanoseconds(repetitions * period + low)
    }

    /// What the sine itself has brought so far into a period, in units of the integral.
    fn swing(&self, into: u128) -> u128 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "400 days have 55 bits of nanoseconds and the largest rate 58; a double has 53"
        )]
        let (into, period, swing) = (
            into as f64,
            self.period as f64,
            area(self.amplitude, 1) as f64,
        );
        let height = swing * period / TAU;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 2.2e33 for 400 days at the largest rate: a cosine is never above 1"
        )]
        let swing = (height * (1.0 - (TAU * into / period).cos())) as u128;
        swing
    }
}
