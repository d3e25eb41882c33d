//! One panel of a picture: curves over an axis, with a name for each.
//!
//! The colours are those of Okabe and Ito, which people who tell few colours apart can tell apart,
//! and which stand out on white and on black alike. Ink and grid are two colours of their own, so
//! that a page can give them others.

use crate::report::figures;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{Ranged, ValueFormatter};
use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::{
    Cartesian2d, Color as _, DrawingArea, IntoFont as _, IntoLogRange as _, RGBColor, SVGBackend,
};
use plotters::style::{ShapeStyle, TextStyle};

pub(super) const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
pub(super) const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
pub(super) const GREY: RGBColor = RGBColor(0xa6, 0xa6, 0xa6);
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
pub(super) const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
pub(super) const RED: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
pub(super) const PURPLE: RGBColor = RGBColor(0xb0, 0x5c, 0x8e);

/// For the names of the curves.
const HEAD: u32 = 34;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Painted = Result<(), Box<dyn std::error::Error>>;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Panel {
    /// What it shows, with its unit.
    pub(super) title: &'static str,
    pub(super) across: Across,
    pub(super) unit: Unit,
    pub(super) curves: Vec<Curve>,
}

/// What goes from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Across {
    /// Seconds, up to these.
    Time(f64),
    /// The share of all that took no longer, as one over what is left: 1, 10, 100 are 0, 90, 99 %.
    Share(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Number,
    Seconds,
    Megabytes,
}

/// A curve; where a point has no value it is broken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) color: RGBColor,
    pub(super) width: Width,
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// How broad a curve is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Line,
    /// Broad enough to be seen under one that runs along it.
    Band,
}

impl Width {
    fn pixels(self) -> u32 {
        match self {
            Self::Line => 2,
            Self::Band => 7,
        }
    }
}

impl Panel {
    /// Whether there is anything to see.
    pub(super) fn is_empty(&self) -> bool {
        let mut points = self.curves.iter().flat_map(|curve| &curve.points);
        points.all(|(_, value)| value.is_none())
    }

    pub(super) fn paint(&self, area: &Area<'_>) -> Painted {
        let (head, body) = area.split_vertically(HEAD);
        self.name(&head)?;
        let top = self.largest() * 1.05;
        let top = if top > 0.0 { top } else { 1.0 };
        let mut chart = ChartBuilder::on(&body);
        let chart = chart
            .margin(4)
            .margin_right(24)
            .x_label_area_size(24)
            .y_label_area_size(64);
        match self.across {
            Across::Time(end) => {
                let mut chart = chart.build_cartesian_2d(0.0..end.max(1.0), 0.0..top)?;
                self.mesh(&mut chart, &|at| clock(*at))?;
                self.draw(&mut chart)
            }
            Across::Share(end) => {
                let across = (1.0..end.max(10.0)).log_scale();
                let mut chart = chart.build_cartesian_2d(across, 0.0..top)?;
                self.mesh(&mut chart, &|at| share(*at))?;
                self.draw(&mut chart)
            }
        }
    }

    /// The title, and the curves by their names.
    fn name(&self, head: &Area<'_>) -> Painted {
        head.draw(&Text::new(self.title, (8, 10), font(15)))?;
        let mut x = 330;
        for curve in &self.curves {
            let style = stroke(curve.color).stroke_width(4);
            head.draw(&PathElement::new([(x, 17), (x + 22, 17)], style))?;
            head.draw(&Text::new(curve.name, (x + 28, 11), font(13)))?;
            // Some seven pixels a letter.
            x += 52 + 7 * i32::try_from(curve.name.len()).unwrap_or(0);
        }
        Ok(())
    }

    fn mesh<X>(
        &self,
        chart: &mut ChartContext<
            '_,
            SVGBackend<'_>,
            Cartesian2d<X, plotters::coord::types::RangedCoordf64>,
        >,
        across: &dyn Fn(&f64) -> String,
    ) -> Painted
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        chart
            .configure_mesh()
            .label_style(font(12))
            .axis_style(GREY)
            .bold_line_style(FAINT)
            .light_line_style(plotters::style::TRANSPARENT)
            .x_labels(10)
            .y_labels(5)
            .x_label_formatter(&across)
            .y_label_formatter(&|value| self.unit.label(*value))
            .draw()?;
        Ok(())
    }

    fn draw<X>(
        &self,
        chart: &mut ChartContext<
            '_,
            SVGBackend<'_>,
            Cartesian2d<X, plotters::coord::types::RangedCoordf64>,
        >,
    ) -> Painted
    where
        X: Ranged<ValueType = f64>,
    {
        for curve in &self.curves {
            for piece in pieces(&curve.points) {
                match piece[..] {
                    // A line of one point would be invisible.
                    [point] => {
                        let dot = Circle::new(point, 2, curve.color.filled());
                        chart.draw_series(std::iter::once(dot))?;
                    }
                    _ => {
                        let style = stroke(curve.color).stroke_width(curve.width.pixels());
                        let line = PathElement::new(piece, style);
                        chart.draw_series(std::iter::once(line))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn largest(&self) -> f64 {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        points.filter_map(|(_, value)| *value).fold(0.0, f64::max)
    }
}

impl Unit {
    fn label(self, value: f64) -> String {
        match self {
            Self::Number if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
            Self::Number if value >= 10.0 => format!("{value:.0}"),
            Self::Number => format!("{}", (value * 100.0).round() / 100.0),
            Self::Seconds if value == 0.0 => "0".to_owned(),
            Self::Seconds => figures::duration(Some(value)),
            Self::Megabytes => format!("{value:.0} MB"),
        }
    }
}

/// Pieces of a curve between its gaps.
fn pieces(points: &[(f64, Option<f64>)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|(_, value)| value.is_none())
        .map(|piece| {
            piece
                .iter()
                .filter_map(|(at, value)| Some((*at, (*value)?)))
                .collect()
        })
        .filter(|piece: &Vec<_>| !piece.is_empty())
        .collect()
}

/// A time of the run: seconds, or minutes where they are many.
fn clock(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 600.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// One over what is left, as the share it leaves: 1, 10, 100 as 0 %, 90 %, 99 %.
fn share(left: f64) -> String {
    let power = left.log10();
    if (power - power.round()).abs() > 1e-6 {
        return String::new();
    }
    let percent = 100.0 - 100.0 / left;
    // 99.9 has one nine more than 99 for each power beyond 100.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 8"
    )]
    let decimals = (power.round() - 2.0).clamp(0.0, 8.0) as usize;
    format!("{percent:.decimals$} %")
}

fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

fn stroke(color: RGBColor) -> ShapeStyle {
    ShapeStyle::from(color)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_labelled_at_each_nine() {
        let labels = [1.0, 2.0, 10.0, 100.0, 1000.0, 100_000.0].map(share);
        assert_eq!(labels, ["0 %", "", "90 %", "99 %", "99.9 %", "99.999 %"]);
    }

    #[test]
    fn a_curve_is_broken_where_nothing_is_known() {
        let points = [
            (1.0, Some(5.0)),
            (2.0, None),
            (3.0, Some(6.0)),
            (4.0, Some(7.0)),
        ];
        let expected = vec![vec![(1.0, 5.0)], vec![(3.0, 6.0), (4.0, 7.0)]];
        assert_eq!(pieces(&points), expected);
    }

    #[test]
    fn values_are_labelled_in_their_units() {
        assert_eq!(Unit::Number.label(20_000.0), "20k");
        assert_eq!(Unit::Number.label(0.5), "0.5");
        assert_eq!(Unit::Seconds.label(0.25), "250 ms");
        assert_eq!(Unit::Megabytes.label(12.4), "12 MB");
        assert_eq!([5.0, 7200.0].map(clock), ["5 s", "120 min"]);
    }
}
