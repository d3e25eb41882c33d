//! What each policy's waits cost: the 99th percentile of the waits over the worker-seconds as a
//! multiple of the floor, both logarithmic, with the front of the policies that no other one beats
//! in both.

use super::chart::{Area, BLUE, FAINT, GREEN, GREY, INK, Painted};
use super::figure::{ratio, seconds};
use super::labels::{self, place};
use crate::run::Run;
use crate::summary::Summary;
use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::{Color as _, IntoFont as _};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{ShapeStyle, TextStyle};
use std::ops::Range;

/// Waits below this are all the same to anybody, and zero has no place on a logarithmic axis.
const WAIT_MIN: f64 = 0.001;
/// Costs beyond this are off the picture's edge.
const RATIO_MAX: f64 = 1000.0;

const RATIO_TICKS: [f64; 16] = [
    0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
];
const WAIT_TICKS: [f64; 8] = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0];

/// A policy's place in the picture, before logarithms.
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
    /// A rival.
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
                "floor" => Kind::Floor,
                "warren" | "formula" | "deadline" => Kind::Own,
                _ => Kind::Rival,
            },
        }
    }

    fn at(&self) -> (f64, f64) {
        (self.ratio.log10(), self.wait.log10())
    }
}

/// Paints the picture into `area`, which is a part of `root`.
pub(super) fn paint(root: &Area<'_>, area: &Area<'_>, runs: &[Run]) -> Painted {
    let points: Vec<Point<'_>> = runs.iter().map(|run| Point::of(&run.summary)).collect();
    if points.is_empty() {
        return Ok(());
    }
    let (across, up) = (
        span(points.iter().map(|point| point.at().0), 0.12),
        span(points.iter().map(|point| point.at().1), 0.4),
    );
    let mut chart = ChartBuilder::on(area)
        .margin(20)
        .x_label_area_size(60)
        .y_label_area_size(90)
        .build_cartesian_2d(across.clone(), up.clone())?;
    for tick in ticks(&RATIO_TICKS, &across) {
        let line = vec![(tick.log10(), up.start), (tick.log10(), up.end)];
        chart.draw_series([PathElement::new(line, FAINT)])?;
        let (x, y) = chart.backend_coord(&(tick.log10(), up.start));
        root.draw(&Text::new(
            format!("{tick} x"),
            (x, y + 8),
            text(13, HPos::Center, VPos::Top),
        ))?;
    }
    for tick in ticks(&WAIT_TICKS, &up) {
        let line = vec![(across.start, tick.log10()), (across.end, tick.log10())];
        chart.draw_series([PathElement::new(line, FAINT)])?;
        let (x, y) = chart.backend_coord(&(across.start, tick.log10()));
        root.draw(&Text::new(
            format!("{tick} s"),
            (x - 8, y),
            text(13, HPos::Right, VPos::Center),
        ))?;
    }
    let frame = vec![
        (across.start, up.end),
        (across.start, up.start),
        (across.end, up.start),
    ];
    chart.draw_series([PathElement::new(frame, INK)])?;
    let stairs = stairs(&front(&points), &across, &up);
    chart.draw_series([PathElement::new(
        stairs,
        ShapeStyle::from(BLUE.mix(0.5)).stroke_width(2),
    )])?;

    let places: Vec<_> = points
        .iter()
        .map(|point| (chart.backend_coord(&point.at()), point.name))
        .collect();
    let corner = chart.backend_coord(&(across.start, up.end));
    let opposite = chart.backend_coord(&(across.end, up.start));
    axis_titles(root, corner, opposite)?;
    let bounds = labels::Area {
        left: corner.0,
        top: corner.1,
        right: opposite.0,
        bottom: opposite.1,
    };
    for ((point, (at, name)), label) in points.iter().zip(&places).zip(place(&places, bounds)) {
        let color = match point.kind {
            Kind::Own => GREEN,
            Kind::Rival => INK,
            Kind::Floor => GREY,
        };
        let near = (
            at.0.clamp(label.left, label.right),
            at.1.clamp(label.top, label.bottom),
        );
        if (near.0 - at.0).abs().max((near.1 - at.1).abs()) > 14 {
            root.draw(&PathElement::new(vec![*at, near], GREY.mix(0.6)))?;
        }
        root.draw(&Circle::new(*at, 5, ShapeStyle::from(color).filled()))?;
        let style = ("sans-serif", 14).into_font().color(&color);
        root.draw(&Text::new(
            (*name).to_owned(),
            (label.left, label.top),
            style,
        ))?;
    }
    Ok(())
}

fn axis_titles(root: &Area<'_>, corner: (i32, i32), opposite: (i32, i32)) -> Painted {
    let across = "worker-seconds, as a multiple of the floor".to_owned();
    let middle = ((corner.0 + opposite.0) / 2, opposite.1 + 32);
    root.draw(&Text::new(
        across,
        middle,
        text(15, HPos::Center, VPos::Top),
    ))?;
    let up = format!(
        "wait p99 (less than {} s counts as that)",
        seconds(WAIT_MIN)
    );
    root.draw(&Text::new(
        up,
        (corner.0 - 60, corner.1 - 4),
        text(15, HPos::Left, VPos::Bottom),
    ))?;
    let front = "the line joins the best trade-offs: left of it and below it is nobody".to_owned();
    root.draw(&Text::new(
        front,
        (opposite.0, corner.1 - 4),
        text(14, HPos::Right, VPos::Bottom),
    ))?;
    Ok(())
}

fn text(size: u32, across: HPos, down: VPos) -> TextStyle<'static> {
    ("sans-serif", size)
        .into_font()
        .color(&INK)
        .pos(Pos::new(across, down))
}

/// From the least to the most, and some room on both sides.
fn span(values: impl Iterator<Item = f64> + Clone, room: f64) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    least - room..most + room
}

fn ticks<'t>(ticks: &'t [f64], span: &'t Range<f64>) -> impl Iterator<Item = f64> + 't {
    ticks
        .iter()
        .copied()
        .filter(|tick| span.contains(&tick.log10()))
}

/// The points that no other one beats in cost and wait, cheap ones first.
fn front(points: &[Point<'_>]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<_> = points
        .iter()
        .filter(|point| point.kind != Kind::Floor)
        .map(Point::at)
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

/// The edge of what the front leaves to nobody: from the top, down at each point, and to the right.
fn stairs(front: &[(f64, f64)], across: &Range<f64>, up: &Range<f64>) -> Vec<(f64, f64)> {
    let mut stairs = Vec::with_capacity(front.len() * 2 + 1);
    let mut height = up.end;
    for &(ratio, wait) in front {
        stairs.push((ratio, height));
        stairs.push((ratio, wait));
        height = wait;
    }
    stairs.push((across.end, height));
    stairs
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
        assert_eq!(front(&points), [(0.0, -1.0), (1.0, -2.0)]);
    }
}
