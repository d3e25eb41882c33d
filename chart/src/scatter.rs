//! Points with a name each over two logarithmic axes, and a line between them.

use crate::canvas::{Canvas, Painted, anchored, stroke};
use crate::color::{BLUE, Color, FAINT, GREY, INK};
use crate::labels::{self, place};
use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement};
use plotters::prelude::Color as _;
use plotters::style::ShapeStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// Named points.
#[derive(Clone, Debug)]
pub struct Scatter<'n> {
    /// The axis from left to right.
    pub across: Ticks<'n>,
    /// The axis from the lower edge to the upper one.
    pub up: Ticks<'n>,
    /// The points, at least one.
    pub dots: Vec<Dot<'n>>,
    /// A line in steps: it comes from above, turns right at each of these points, and leaves to the
    /// right.
    pub stairs: Vec<(f64, f64)>,
    /// What the line is, above the right upper corner.
    pub remark: &'n str,
}

/// A logarithmic axis with labels where they are wanted.
#[derive(Clone, Debug)]
pub struct Ticks<'n> {
    /// What it shows, with its unit.
    pub name: &'n str,
    /// The values that have a label, as far as they lie between the points.
    pub at: &'n [f64],
    /// What follows each value.
    pub unit: &'n str,
    /// Room beyond the outermost points, in powers of ten.
    pub room: f64,
}

/// One of the points.
#[derive(Clone, Copy, Debug)]
pub struct Dot<'n> {
    /// What is written near it.
    pub name: &'n str,
    /// Where it lies; both numbers are above 0.
    pub at: (f64, f64),
    /// Of the point and its name.
    pub color: Color,
}

impl Scatter<'_> {
    /// Draws the points, their names and both axes.
    ///
    /// # Errors
    /// As all drawing.
    pub fn paint(&self, canvas: &Canvas<'_>) -> Painted {
        let across = self.across.span(self.dots.iter().map(|dot| dot.at.0));
        let up = self.up.span(self.dots.iter().map(|dot| dot.at.1));
        let mut chart = ChartBuilder::on(&canvas.0)
            .margin(20)
            .x_label_area_size(60)
            .y_label_area_size(90)
            .build_cartesian_2d(across.clone(), up.clone())?;
        // What the chart says of its coordinates is in pixels of the whole picture.
        let picture = Canvas(canvas.0.use_screen_coord());
        for tick in self.across.within(&across) {
            let line = vec![(tick.log10(), up.start), (tick.log10(), up.end)];
            chart.draw_series([PathElement::new(line, FAINT)])?;
            let (x, y) = chart.backend_coord(&(tick.log10(), up.start));
            let label = format!("{tick} {}", self.across.unit);
            let style = anchored(13, INK, Pos::new(HPos::Center, VPos::Top));
            picture.words(&label, (x, y + 8), style)?;
        }
        for tick in self.up.within(&up) {
            let line = vec![(across.start, tick.log10()), (across.end, tick.log10())];
            chart.draw_series([PathElement::new(line, FAINT)])?;
            let (x, y) = chart.backend_coord(&(across.start, tick.log10()));
            let label = format!("{tick} {}", self.up.unit);
            let style = anchored(13, INK, Pos::new(HPos::Right, VPos::Center));
            picture.words(&label, (x - 8, y), style)?;
        }
        let frame = vec![
            (across.start, up.end),
            (across.start, up.start),
            (across.end, up.start),
        ];
        chart.draw_series([PathElement::new(frame, INK)])?;
        let edge = ShapeStyle::from(BLUE.mix(0.5)).stroke_width(2);
        chart.draw_series([PathElement::new(self.edge(&across, &up), edge)])?;
        let corner = chart.backend_coord(&(across.start, up.end));
        let opposite = chart.backend_coord(&(across.end, up.start));
        self.paint_names(&picture, corner, opposite)?;
        let places: Vec<_> = self
            .dots
            .iter()
            .map(|dot| (chart.backend_coord(&logarithms(dot.at)), dot.name))
            .collect();
        let bounds = labels::Area {
            left: corner.0,
            top: corner.1,
            right: opposite.0,
            bottom: opposite.1,
        };
        for ((dot, (at, _)), label) in self.dots.iter().zip(&places).zip(place(&places, bounds)) {
            dot.paint(&picture, *at, label)?;
        }
        Ok(())
    }

    /// From the top, down at each point of the stairs, and to the right.
    fn edge(&self, across: &Range<f64>, up: &Range<f64>) -> Vec<(f64, f64)> {
        let mut edge = Vec::with_capacity(self.stairs.len() * 2 + 1);
        let mut height = up.end;
        for (x, y) in self.stairs.iter().copied().map(logarithms) {
            edge.push((x, height));
            edge.push((x, y));
            height = y;
        }
        edge.push((across.end, height));
        edge
    }

    /// The names of the axes, and the remark.
    fn paint_names(
        &self,
        picture: &Canvas<'_>,
        corner: (i32, i32),
        opposite: (i32, i32),
    ) -> Painted {
        let middle = ((corner.0 + opposite.0) / 2, opposite.1 + 32);
        let style = anchored(15, INK, Pos::new(HPos::Center, VPos::Top));
        picture.words(self.across.name, middle, style)?;
        let style = anchored(15, INK, Pos::new(HPos::Left, VPos::Bottom));
        picture.words(self.up.name, (corner.0 - 60, corner.1 - 4), style)?;
        let style = anchored(14, INK, Pos::new(HPos::Right, VPos::Bottom));
        picture.words(self.remark, (opposite.0, corner.1 - 4), style)
    }
}

impl Ticks<'_> {
    /// The logarithms of the least and the most, and some room on both sides.
    fn span(&self, values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
        let values = values.map(f64::log10);
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        least - self.room..most + self.room
    }

    fn within(&self, span: &Range<f64>) -> impl Iterator<Item = f64> {
        let ticks = self.at.iter().copied();
        ticks.filter(|tick| span.contains(&tick.log10()))
    }
}

impl Dot<'_> {
    fn paint(&self, picture: &Canvas<'_>, at: (i32, i32), label: labels::Area) -> Painted {
        let near = (
            at.0.clamp(label.left, label.right),
            at.1.clamp(label.top, label.bottom),
        );
        if (near.0 - at.0).abs().max((near.1 - at.1).abs()) > 14 {
            let line = PathElement::new(vec![at, near], GREY.mix(0.6));
            picture.0.draw(&line)?;
        }
        let style = stroke(self.color, 1).filled();
        picture.0.draw(&Circle::new(at, 5, style))?;
        let left_top = Pos::new(HPos::Left, VPos::Top);
        let style = anchored(14, self.color, left_top);
        picture.words(self.name, (label.left, label.top), style)
    }
}

fn logarithms((across, up): (f64, f64)) -> (f64, f64) {
    (across.log10(), up.log10())
}
