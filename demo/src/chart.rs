//! The picture of a run: arrival rate, backlog and workers over one time axis, one panel each,
//! because their scales have nothing in common.

use crate::live::Look;
use anyhow::{Result, anyhow};
use plotters::chart::{ChartBuilder, ChartContext, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::{
    Color, DrawingArea, IntoDrawingArea, IntoFont, LineSeries, RGBColor, SVGBackend, WHITE,
};
use plotters::series::AreaSeries;
use plotters::style::ShapeStyle;
use std::path::Path;

const SIZE: (u32, u32) = (1000, 900);
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
const BLUE: RGBColor = RGBColor(0x1f, 0x77, 0xb4);
const ORANGE: RGBColor = RGBColor(0xe6, 0x7e, 0x22);
const PURPLE: RGBColor = RGBColor(0x8e, 0x5e, 0xa2);
const GREEN: RGBColor = RGBColor(0x2c, 0x8c, 0x4a);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws the picture into a file.
pub(crate) fn draw(file: &Path, scenario: &str, looks: &[Look]) -> Result<()> {
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    paint(&root, scenario, looks).map_err(|error| anyhow!("{error}"))
}

type Painted = Result<(), Box<dyn std::error::Error>>;

fn paint(root: &Area<'_>, scenario: &str, looks: &[Look]) -> Painted {
    root.fill(&WHITE)?;
    let title = format!("Warren: scenario {scenario}");
    let below = root.titled(&title, ("sans-serif", 24).into_font().color(&INK))?;
    let panels = below.split_evenly((3, 1));
    let end = looks.last().map_or(1.0, |look| look.at_seconds).max(1.0);

    let arrivals: Vec<_> = looks
        .iter()
        .map(|look| (look.at_seconds, look.arrival_rate))
        .collect();
    let mut chart = panel(&panels[0], "messages / s", end, largest(&arrivals))?;
    area(&mut chart, "arrival rate", BLUE, &steps(&arrivals))?;
    legend(&mut chart)?;

    let backlog: Vec<_> = looks
        .iter()
        .map(|look| (look.at_seconds, (look.ready + look.in_flight) as f64))
        .collect();
    let ready: Vec<_> = looks
        .iter()
        .map(|look| (look.at_seconds, look.ready as f64))
        .collect();
    let mut chart = panel(&panels[1], "messages", end, largest(&backlog))?;
    area(
        &mut chart,
        "backlog: ready and in flight",
        ORANGE,
        &steps(&backlog),
    )?;
    line(&mut chart, "ready", PURPLE, &steps(&ready))?;
    legend(&mut chart)?;

    let workers: Vec<_> = looks
        .iter()
        .map(|look| (look.at_seconds, f64::from(look.workers)))
        .collect();
    let desired: Vec<_> = looks
        .iter()
        .map(|look| (look.at_seconds, f64::from(look.desired)))
        .collect();
    let most = largest(&workers).max(largest(&desired));
    let mut chart = panel(&panels[2], "workers", end, most)?;
    area(
        &mut chart,
        "workers: starting and ready",
        GREEN,
        &steps(&workers),
    )?;
    line(&mut chart, "desired", INK, &steps(&desired))?;
    legend(&mut chart)?;

    root.present()?;
    Ok(())
}

fn panel<'a, 'b>(
    area: &'a Area<'b>,
    unit: &str,
    end: f64,
    largest: f64,
) -> Result<Chart<'a, 'b>, Box<dyn std::error::Error>> {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(24)
        .x_label_area_size(42)
        .y_label_area_size(76)
        // Room above the largest value, for the legend to stand clear of the curve.
        .build_cartesian_2d(0.0..end, 0.0..(largest * 1.3).max(1.0))?;
    let text = ("sans-serif", 14).into_font().color(&INK);
    chart
        .configure_mesh()
        .x_desc("time (s)")
        .y_desc(unit)
        .label_style(text.clone())
        .axis_desc_style(text)
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(WHITE)
        .x_labels(12)
        .y_labels(6)
        .x_label_formatter(&|seconds| format!("{seconds:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    Ok(chart)
}

fn area(chart: &mut Chart<'_, '_>, label: &str, color: RGBColor, points: &[(f64, f64)]) -> Painted {
    let series = AreaSeries::new(points.iter().copied(), 0.0, color.mix(0.2))
        .border_style(ShapeStyle::from(color).stroke_width(2));
    chart
        .draw_series(series)?
        .label(label)
        .legend(move |(x, y)| {
            Rectangle::new([(x, y - 5), (x + 20, y + 5)], color.mix(0.4).filled())
        });
    Ok(())
}

fn line(chart: &mut Chart<'_, '_>, label: &str, color: RGBColor, points: &[(f64, f64)]) -> Painted {
    let style = ShapeStyle::from(color).stroke_width(2);
    chart
        .draw_series(LineSeries::new(points.iter().copied(), style))?
        .label(label)
        .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style));
    Ok(())
}

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Painted {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.9))
        .border_style(FAINT)
        .label_font(("sans-serif", 14).into_font().color(&INK))
        .draw()?;
    Ok(())
}

/// What was seen holds until the next look: the controller, too, acts on held values.
fn steps(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut steps = Vec::with_capacity(points.len() * 2);
    for (index, (time, value)) in points.iter().copied().enumerate() {
        if index > 0 {
            steps.push((time, points[index - 1].1));
        }
        steps.push((time, value));
    }
    steps
}

fn largest(points: &[(f64, f64)]) -> f64 {
    points.iter().map(|(_, value)| *value).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_every_axis_unit_and_legend() {
        let looks: Vec<_> = (0..90)
            .map(|index| {
                let busy = (20..60).contains(&index);
                Look {
                    at_seconds: f64::from(index) / 2.0,
                    arrival_rate: if busy { 1500.0 } else { 200.0 },
                    ready: if busy { 800 } else { 0 },
                    in_flight: if busy { 400 } else { 30 },
                    desired: if busy { 9 } else { 1 },
                    workers: if busy { 9 } else { 1 },
                }
            })
            .collect();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("report.svg");
        draw(&file, "bursts", &looks).unwrap();
        let svg = std::fs::read_to_string(&file).unwrap();
        for text in [
            "scenario bursts",
            "time (s)",
            "messages / s",
            "arrival rate",
            "backlog: ready and in flight",
            "workers: starting and ready",
            "desired",
        ] {
            assert!(svg.contains(text), "{text} is missing");
        }
    }

    #[test]
    fn a_run_that_was_never_looked_at_still_draws() {
        let directory = tempfile::tempdir().unwrap();
        draw(&directory.path().join("report.svg"), "none", &[]).unwrap();
    }
}
