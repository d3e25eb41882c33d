//! What each policy's waits cost: the 99th percentile of the waits over the worker-seconds as a
//! multiple of the floor, both logarithmic, with the front of the policies that no other one beats
//! in both.

use super::figure::{ratio, seconds};
use crate::policies::{FLOOR, is_own};
use crate::run::Run;
use crate::summary::Summary;
use chart::{Canvas, Dot, GREEN, GREY, INK, Painted, Scatter, Ticks};

/// Waits below this are all the same to anybody, and zero has no place on a logarithmic axis.
const WAIT_MIN: f64 = 0.001;
/// Costs beyond this are off the picture's edge.
const RATIO_MAX: f64 = 1000.0;

const RATIO_TICKS: [f64; 16] = [
    0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
];
const WAIT_TICKS: [f64; 8] = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0];

/// A policy's place in the picture.
struct Point<'r> {
    name: &'r str,
    ratio: f64,
    wait: f64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One of Warren's own.
    Own,
    Rival,
    /// The clairvoyant: nobody can run it, so it is on no front.
    Floor,
}

impl<'r> Point<'r> {
    fn of(summary: &'r Summary) -> Self {
        Self {
            name: &summary.policy,
            ratio: ratio(summary).clamp(1.0 / RATIO_MAX, RATIO_MAX),
            wait: summary.wait_p99_seconds.max(WAIT_MIN),
            kind: match summary.policy.as_str() {
                FLOOR => Kind::Floor,
                name if is_own(name) => Kind::Own,
                _ => Kind::Rival,
            },
        }
    }

    fn dot(&self) -> Dot<'r> {
        Dot {
            name: self.name,
            at: (self.ratio, self.wait),
            color: match self.kind {
                Kind::Own => GREEN,
                Kind::Rival => INK,
                Kind::Floor => GREY,
            },
        }
    }
}

pub(super) fn paint(canvas: &Canvas<'_>, runs: &[Run]) -> Painted {
    let points: Vec<Point<'_>> = runs.iter().map(|run| Point::of(&run.summary)).collect();
    if points.is_empty() {
        return Ok(());
    }
    let wait = format!(
        "wait p99 (less than {} s counts as that)",
        seconds(WAIT_MIN)
    );
    let scatter = Scatter {
        across: Ticks {
            name: "worker-seconds, as a multiple of the floor",
            at: &RATIO_TICKS,
            unit: "x",
            room: 0.12,
        },
        up: Ticks {
            name: &wait,
            at: &WAIT_TICKS,
            unit: "s",
            room: 0.4,
        },
        dots: points.iter().map(Point::dot).collect(),
        stairs: front(&points),
        remark: "the line joins the best trade-offs: left of it and below it is nobody",
    };
    scatter.paint(canvas)
}

/// The points that no other one beats in cost and wait, cheap ones first.
fn front(points: &[Point<'_>]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<_> = points
        .iter()
        .filter(|point| point.kind != Kind::Floor)
        .map(|point| (point.ratio, point.wait))
        .collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut least_wait = f64::INFINITY;
    sorted.retain(|&(_, wait)| {
        let is_better = wait < least_wait;
        least_wait = least_wait.min(wait);
        is_better
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_holds_whom_nobody_beats_in_both() {
        let point = |name, ratio, wait, kind| Point {
            name,
            ratio,
            wait,
            kind,
        };
        let points = [
            point("dear and quick", 10.0, 0.01, Kind::Rival),
            point("beaten", 10.0, 1.0, Kind::Rival),
            point("good", 1.0, 0.1, Kind::Own),
            point("as dear as good, and slower", 1.0, 1.0, Kind::Rival),
            point("clairvoyant", 0.5, 0.001, Kind::Floor),
        ];
        assert_eq!(front(&points), [(1.0, 0.1), (10.0, 0.01)]);
    }
}
