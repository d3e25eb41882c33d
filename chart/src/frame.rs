//! A frame with its axes and its grid, and the curves in it.

use crate::axis::{Axis, Coordinate};
use crate::canvas::{Canvas, Painted, stroke, style};
use crate::color::{FAINT, INK};
use crate::curve::{Pen, pieces};
use plotters::chart::{ChartBuilder, DualCoordChartContext, SeriesAnno, SeriesLabelPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::prelude::{Color as _, SVGBackend, WHITE};
use plotters::series::AreaSeries;
use plotters::style::TRANSPARENT;

/// Two axes and the room around them, in pixels.
#[derive(Clone)]
pub struct Frame<'l> {
    /// Empty room on all sides but the right one.
    pub margin: u32,
    /// Empty room on the right.
    pub margin_right: u32,
    /// Room for the labels of the axis that goes up.
    pub left: u32,
    /// Room for the labels of the axis that goes across.
    pub below: u32,
    /// Room for the labels of the second axis that goes up. It may stay empty, so that frames one above
    /// the other are equally wide.
    pub right: u32,
    /// The size of all labels.
    pub font: u32,
    /// From left to right.
    pub across: Axis<'l>,
    /// From the lower edge to the upper one.
    pub up: Axis<'l>,
    /// On the right, for curves whose unit is another one.
    pub second: Option<Axis<'l>>,
}

type Plane = Cartesian2d<Coordinate, Coordinate>;

/// A frame that is drawn, for curves to be drawn in.
pub struct Plot<'c, 's>(DualCoordChartContext<'c, SVGBackend<'s>, Plane, Plane>);

impl Frame<'_> {
    /// Draws axes and grid.
    ///
    /// # Errors
    /// As all drawing.
    pub fn on<'c, 's>(&self, canvas: &'c Canvas<'s>) -> Painted<Plot<'c, 's>> {
        let Self { across, up, .. } = self;
        let second = self.second.as_ref().unwrap_or(up);
        let mut chart = ChartBuilder::on(&canvas.0)
            .margin(self.margin)
            .margin_right(self.margin_right)
            .x_label_area_size(self.below)
            .y_label_area_size(self.left)
            .right_y_label_area_size(self.right)
            .build_cartesian_2d(Coordinate::of(across), Coordinate::of(up))?
            .set_secondary_coord(Coordinate::of(across), Coordinate::of(second));
        let text = style(self.font);
        let mut mesh = chart.configure_mesh();
        if !across.name.is_empty() {
            mesh.x_desc(across.name);
        }
        if !up.name.is_empty() {
            mesh.y_desc(up.name);
        }
        mesh.label_style(text.clone())
            .axis_desc_style(text.clone())
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .x_labels(across.labels)
            .y_labels(up.labels)
            .x_label_formatter(&|value| (across.label)(*value))
            .y_label_formatter(&|value| (up.label)(*value))
            .draw()?;
        if let Some(second) = &self.second {
            chart
                .configure_secondary_axes()
                .label_style(text)
                .axis_style(INK)
                .y_labels(second.labels)
                .y_label_formatter(&|value| (second.label)(*value))
                .draw()?;
        }
        Ok(Plot(chart))
    }
}

impl<'c, 's: 'c> Plot<'c, 's> {
    /// Draws a line through points.
    ///
    /// # Errors
    /// As all drawing.
    pub fn line(&mut self, pen: Pen<'_>, points: Vec<(f64, f64)>) -> Painted {
        let style = stroke(pen.color, pen.width);
        let line = self.0.draw_series([PathElement::new(points, style)])?;
        name_line(line, pen);
        Ok(())
    }

    /// Draws a line over the second axis.
    ///
    /// # Errors
    /// As all drawing.
    pub fn line_over_second(&mut self, pen: Pen<'_>, points: Vec<(f64, f64)>) -> Painted {
        let style = stroke(pen.color, pen.width);
        let line = [PathElement::new(points, style)];
        name_line(self.0.draw_secondary_series(line)?, pen);
        Ok(())
    }

    /// Draws a line that is broken where a point has no value; a point between two such gaps is a dot.
    ///
    /// # Errors
    /// As all drawing.
    pub fn broken_line(&mut self, pen: Pen<'_>, points: &[(f64, Option<f64>)]) -> Painted {
        for piece in pieces(points) {
            match piece[..] {
                // A line of one point would be invisible.
                [point] => self.dots(pen, 2, vec![point])?,
                _ => self.line(pen, piece)?,
            }
        }
        Ok(())
    }

    /// Fills what lies between a line and a value, to a share of the pen's colour, and draws the line.
    ///
    /// # Errors
    /// As all drawing.
    pub fn band(
        &mut self,
        pen: Pen<'_>,
        share: f64,
        foot: f64,
        points: Vec<(f64, f64)>,
    ) -> Painted {
        let color = pen.color;
        let area =
            AreaSeries::new(points, foot, color.mix(share)).border_style(stroke(color, pen.width));
        let area = self.0.draw_series(area)?;
        if !pen.name.is_empty() {
            area.label(pen.name).legend(move |(x, y)| {
                let corners = [(x, y - 5), (x + 20, y + 5)];
                Rectangle::new(corners, color.mix(0.4).filled())
            });
        }
        Ok(())
    }

    /// Draws a dot of a radius in pixels at each point.
    ///
    /// # Errors
    /// As all drawing.
    pub fn dots(&mut self, pen: Pen<'_>, radius: u32, points: Vec<(f64, f64)>) -> Painted {
        let style = stroke(pen.color, pen.width).filled();
        let dots = points.into_iter();
        self.0
            .draw_series(dots.map(|point| Circle::new(point, radius, style)))?;
        Ok(())
    }

    /// Writes the names of all curves that have one into the upper right corner.
    ///
    /// # Errors
    /// As all drawing.
    pub fn legend(&mut self) -> Painted {
        self.0
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.9))
            .border_style(FAINT)
            .label_font(style(14))
            .draw()?;
        Ok(())
    }
}

fn name_line<'s>(line: &mut SeriesAnno<'_, SVGBackend<'s>>, pen: Pen<'_>) {
    if !pen.name.is_empty() {
        let style = stroke(pen.color, pen.width);
        line.label(pen.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Scale;
    use crate::canvas::svg;
    use crate::color::{BLUE, GREEN};

    #[test]
    fn names_labels_curves_and_legend_are_drawn_on_either_scale() {
        for (scale, labels) in [
            (Scale::Linear, ["5 c", "10 c"]),
            (Scale::Log { base: 2.0 }, ["2 c", "8 c"]),
        ] {
            let axis = |name| Axis {
                range: 1.0..16.0,
                scale,
                name,
                labels: 5,
                label: &|value| format!("{value:.0} c"),
            };
            let frame = Frame {
                margin: 4,
                margin_right: 4,
                left: 40,
                below: 40,
                right: 40,
                font: 12,
                across: axis("clients"),
                up: axis("messages"),
                second: Some(axis("")),
            };
            let picture = svg((600, 400), |canvas| {
                let mut plot = frame.on(canvas)?;
                let points = [(1.0, Some(2.0)), (2.0, None), (4.0, Some(8.0))];
                plot.broken_line(Pen::new(BLUE), &points)?;
                let points = vec![(1.0, 2.0), (16.0, 4.0)];
                plot.band(Pen::new(GREEN).name("ready"), 0.2, 1.0, points.clone())?;
                plot.line_over_second(Pen::new(BLUE), points)?;
                plot.legend()
            })
            .unwrap();
            for text in ["clients", "messages", "ready"].iter().chain(&labels) {
                assert!(picture.contains(text), "{text} is missing: {picture}");
            }
            // Both points of the broken line stand alone.
            assert_eq!(picture.matches("<circle").count(), 2, "{picture}");
            assert!(!picture.contains("NaN"));
        }
    }
}
