//! A rate made of straight pieces, once or again and again: its integral and the inverse of it.
//!
//! Within a piece that goes from rate a to rate b in a time d, `a·t + (b − a)·t²/2d` messages enter
//! by t. Solved for t, with m messages wanted, that is `2m / (a + √(a² + 2·m·(b − a)/d))`, the form
//! that loses nothing where a and b are nearly the same; where they are the same it is `m/a`.
//! Whole repetitions are a quotient of the integral, and its remainder lies within one of them.

use crate::integral::{area, messages, nanoseconds};
use crate::rate::Rate;
use std::time::Duration;

/// A rate that changes evenly for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: Rate,
    pub(crate) to: Rate,
    pub(crate) duration: Duration,
}

impl Stretch {
    /// A rate that stays as it is.
    pub(crate) fn level(rate: Rate, duration: Duration) -> Self {
        Self {
            from: rate,
            to: rate,
            duration,
        }
    }
}

/// A stretch and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    from: Rate,
    to: Rate,
    /// When it begins, in nanoseconds since the first one did.
    start: u64,
    /// How long it is, in nanoseconds, and never nothing.
    length: u64,
    /// What the pieces before it brought, in units of the integral.
    entered: u128,
}

/// Straight pieces, one after another: 48 bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
    /// How long all of them take, in nanoseconds.
    period: u64,
    /// What all of them bring, in units of the integral.
    volume: u128,
}

impl Pieces {
    pub(crate) fn new(stretches: impl IntoIterator<Item = Stretch>) -> Self {
        let mut all = Self {
            pieces: Vec::new(),
            period: 0,
            volume: 0,
        };
        for stretch in stretches {
            let length = u64::try_from(stretch.duration.as_nanos()).unwrap_or(u64::MAX);
            // A rise that takes no time is a step, and brings nothing.
            if length == 0 {
                continue;
            }
            let piece = Piece {
                from: stretch.from,
                to: stretch.to,
                start: all.period,
                length,
                entered: all.volume,
            };
            all.volume += piece.entered_by(length);
            all.period += length;
            all.pieces.push(piece);
        }
        all
    }

    /// What all of them bring, in units of the integral.
    pub(crate) fn volume(&self) -> u128 {
        self.volume
    }

    /// What enters by an instant, however often the pieces have been gone through by then.
    pub(crate) fn entered_by(&self, at: Duration) -> u128 {
        let at = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let Some(repetitions) = at.checked_div(self.period) else {
            return 0;
        };
        let rest = at % self.period;
        let index = self.pieces.partition_point(|piece| piece.start <= rest) - 1;
        let piece = &self.pieces[index];
        u128::from(repetitions) * self.volume + piece.entered + piece.entered_by(rest - piece.start)
    }

    /// When so much has entered and more begins to.
    pub(crate) fn instant(&self, volume: u128) -> Duration {
        let Some(repetitions) = volume.checked_div(self.volume) else {
            return Duration::ZERO;
        };
        let rest = volume % self.volume;
        // The last piece that begins with no more than that: silences before it are passed over.
        let index = self.pieces.partition_point(|piece| piece.entered <= rest) - 1;
        let piece = &self.pieces[index];
        nanoseconds(repetitions * u128::from(self.period) + u128::from(piece.start))
            + piece.instant(rest - piece.entered)
    }
}

impl Piece {
    /// Twice the integral's formula, in billionths and nanoseconds.
    fn entered_by(&self, at: u64) -> u128 {
        let (from, to) = (self.from.billionths(), self.to.billionths());
        // (b − a)·t²/d in two parts, because the largest rate times the square of 400 days in
        // nanoseconds has no room in 128 bits. What is lost is less than one unit.
        let (time, length) = (u128::from(at), u128::from(self.length));
        let change = u128::from(from.abs_diff(to)) * time;
        let bend = change / length * time + change % length * time / length;
        match from <= to {
            true => area(self.from, time) + bend,
            false => area(self.from, time) - bend,
        }
    }

    fn instant(&self, volume: u128) -> Duration {
        if self.from == self.to {
            return nanoseconds(volume / area(self.from, 1).max(1));
        }
        let length = Duration::from_nanos(self.length);
        // In messages and seconds.
        let (start, volume) = (self.from.per_second(), messages(volume));
        let slope = (self.to.per_second() - start) / length.as_secs_f64();
        if volume == 0.0 {
            return Duration::ZERO;
        }
        // Rounding may take the end of a ramp down to zero just below it.
        let root = (start * start + 2.0 * slope * volume).max(0.0).sqrt();
        Duration::from_secs_f64(2.0 * volume / (start + root)).min(length)
    }
}
