//! A small panel a policy: arrival rate and workers above, backlog below. All panels have the same
//! axes, and the backlog's is logarithmic, because policies differ by powers of ten.
//!
//! The arrival rate's axis is the workers' times μ: where the two curves touch, the workers keep up.

use super::chart::{Area, BLUE, FAINT, GREEN, INK, ORANGE, Painted};
use super::figure::{ratio, seconds};
use crate::run::Run;
use crate::series::Moment;
use crate::workload::Workload;
use plotters::chart::ChartBuilder;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::{
    Color as _, IntoFont as _, IntoLogRange as _, LineSeries, RGBColor, WHITE,
};
use plotters::series::AreaSeries;
use plotters::style::{ShapeStyle, TextStyle};
use std::ops::Range;

/// Panels side by side.
const COLUMNS: usize = 3;
/// Of one panel.
const HEIGHT: u32 = 300;
/// More moments than this can't be told apart in a panel's width.
const MOMENTS_MAX: usize = 300;

/// The axes that all panels share.
struct Axes {
    seconds: Range<f64>,
    workers: f64,
    backlog: f64,
    worker_rate: f64,
}

/// How high the panels of so many policies are.
pub(super) fn height(policies: usize) -> u32 {
    let rows = policies.div_ceil(COLUMNS);
    HEIGHT * u32::try_from(rows).unwrap_or(u32::MAX / HEIGHT)
}

/// What the curves are, in the lower left of the title.
pub(super) fn legend(title: &Area<'_>) -> Painted {
    let mut x = 30;
    for (name, color) in [
        ("workers (left)", GREEN),
        ("arrival rate (msg/s, right)", BLUE),
        ("backlog (messages)", ORANGE),
    ] {
        title.draw(&Rectangle::new(
            [(x, 46), (x + 20, 56)],
            color.mix(0.6).filled(),
        ))?;
        title.draw(&Text::new(name.to_owned(), (x + 28, 44), font(14)))?;
        x += 230;
    }
    Ok(())
}

fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// Paints a panel for each run.
pub(super) fn paint(area: &Area<'_>, workload: &Workload, runs: &[Run]) -> Painted {
    if runs.is_empty() {
        return Ok(());
    }
    let axes = axes(workload, runs);
    let cells = area.split_evenly((runs.len().div_ceil(COLUMNS), COLUMNS));
    for (run, cell) in runs.iter().zip(&cells) {
        panel(cell, run, &axes)?;
    }
    Ok(())
}

fn axes(workload: &Workload, runs: &[Run]) -> Axes {
    // A policy that does not get through lasts far longer than the traffic: its end is not shown.
    let end_max = workload.rate.end().as_secs_f64() * 1.25 + 60.0;
    let moments = || runs.iter().flat_map(|run| &run.series);
    let end = moments().map(|moment| moment.seconds).fold(1.0, f64::max);
    let shown = || moments().filter(|moment| moment.seconds <= end_max);
    let workers = shown()
        .map(|moment| f64::from(moment.workers))
        .fold(1.0, f64::max);
    let needed = workload.rate.peak().per_second() / workload.worker_rate();
    let backlog = shown()
        .map(|moment| count(moment.backlog))
        .fold(10.0, f64::max);
    Axes {
        seconds: 0.0..end.min(end_max),
        workers: workers.max(needed) * 1.05,
        backlog: backlog * 1.5,
        worker_rate: workload.worker_rate(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture shows no backlog of 2^53 exactly"
)]
fn count(messages: u64) -> f64 {
    messages as f64
}

fn panel(cell: &Area<'_>, run: &Run, axes: &Axes) -> Painted {
    let summary = &run.summary;
    let (heading, curves) = cell.split_vertically(26);
    let waits = format!(
        "p99 {} s, {:.2} x the floor",
        seconds(summary.wait_p99_seconds),
        ratio(summary)
    );
    heading.draw(&Text::new(summary.policy.clone(), (46, 8), font(16)))?;
    heading.draw(&Text::new(waits, (190, 9), font(13)))?;
    let (above, below) = curves.split_vertically((HEIGHT - 26) / 2);
    let moments = thinned(&run.series, axes.seconds.end);
    workers(&above, &moments, axes)?;
    backlog(&below, &moments, axes)
}

fn workers(area: &Area<'_>, moments: &[Moment], axes: &Axes) -> Painted {
    let rates = axes.workers * axes.worker_rate;
    let mut chart = ChartBuilder::on(area)
        .margin(4)
        .x_label_area_size(6)
        .y_label_area_size(42)
        .right_y_label_area_size(46)
        .build_cartesian_2d(axes.seconds.clone(), 0.0..axes.workers)?
        .set_secondary_coord(axes.seconds.clone(), 0.0..rates);
    chart
        .configure_mesh()
        .label_style(font(11))
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(WHITE)
        .x_labels(6)
        .y_labels(4)
        .x_label_formatter(&|_| String::new())
        .y_label_formatter(&|workers| whole(*workers))
        .draw()?;
    chart
        .configure_secondary_axes()
        .label_style(font(11))
        .axis_style(INK)
        .y_labels(4)
        .y_label_formatter(&|rate| short(*rate))
        .draw()?;
    let points = steps(moments, |moment| f64::from(moment.workers));
    let fill = AreaSeries::new(points, 0.0, GREEN.mix(0.2)).border_style(stroke(GREEN));
    chart.draw_series(fill)?;
    let points = moments
        .iter()
        .map(|moment| (moment.seconds, moment.arrival_rate));
    chart.draw_secondary_series(LineSeries::new(points, stroke(BLUE)))?;
    Ok(())
}

fn backlog(area: &Area<'_>, moments: &[Moment], axes: &Axes) -> Painted {
    let mut chart = ChartBuilder::on(area)
        .margin(4)
        .x_label_area_size(22)
        .y_label_area_size(42)
        .right_y_label_area_size(46)
        .build_cartesian_2d(axes.seconds.clone(), (1.0..axes.backlog).log_scale())?;
    chart
        .configure_mesh()
        .label_style(font(11))
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(WHITE)
        .x_labels(6)
        .y_labels(4)
        .x_label_formatter(&|seconds| format!("{seconds:.0} s"))
        .y_label_formatter(&|messages| short(*messages))
        .draw()?;
    // Nothing lies at the foot of a logarithmic axis.
    let points = steps(moments, |moment| count(moment.backlog).max(1.0));
    let fill = AreaSeries::new(points.clone(), 1.0, ORANGE.mix(0.3));
    chart.draw_series(fill)?;
    chart.draw_series(std::iter::once(PathElement::new(points, stroke(ORANGE))))?;
    Ok(())
}

fn stroke(color: RGBColor) -> ShapeStyle {
    ShapeStyle::from(color).stroke_width(1)
}

/// A number of workers; no label where an axis of one or two is divided more finely.
fn whole(workers: f64) -> String {
    if (workers - workers.round()).abs() < 1e-6 {
        format!("{workers:.0}")
    } else {
        String::new()
    }
}

/// 1500 as 1.5k.
fn short(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{}M", (n / 1e5).round() / 10.0),
        n if n >= 1e3 => format!("{}k", (n / 1e2).round() / 10.0),
        n if n >= 10.0 => format!("{n:.0}"),
        n => format!("{}", (n * 10.0).round() / 10.0),
    }
}

/// Moments up to `end`, and few enough of them to be told apart. Of those that fall together, the
/// largest values count, so that no peak goes missing.
fn thinned(series: &[Moment], end: f64) -> Vec<Moment> {
    let shown = series.partition_point(|moment| moment.seconds <= end);
    let together = shown.div_ceil(MOMENTS_MAX).max(1);
    let largest = |moments: &[Moment]| {
        moments.iter().copied().reduce(|all, moment| Moment {
            seconds: all.seconds,
            arrival_rate: all.arrival_rate.max(moment.arrival_rate),
            backlog: all.backlog.max(moment.backlog),
            workers: all.workers.max(moment.workers),
            desired: all.desired.max(moment.desired),
        })
    };
    series[..shown]
        .chunks(together)
        .filter_map(largest)
        .collect()
}

/// A count holds until it changes.
fn steps(moments: &[Moment], value: impl Fn(&Moment) -> f64) -> Vec<(f64, f64)> {
    let mut steps = Vec::with_capacity(moments.len() * 2);
    let mut before = None;
    for moment in moments {
        if let Some(before) = before {
            steps.push((moment.seconds, before));
        }
        steps.push((moment.seconds, value(moment)));
        before = Some(value(moment));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_every_peak() {
        let series: Vec<_> = (0..1500_u32)
            .map(|second| Moment {
                seconds: f64::from(second),
                arrival_rate: 1.0,
                backlog: if second == 777 { 5000 } else { 1 },
                workers: 1,
                desired: 1,
            })
            .collect();
        let thinned = thinned(&series, 1499.0);
        assert!(thinned.len() <= MOMENTS_MAX);
        assert!(thinned.iter().any(|moment| moment.backlog == 5000));
    }

    #[test]
    fn half_a_worker_is_no_label() {
        assert_eq!([0.0, 0.5, 1.0, 60.0].map(whole), ["0", "", "1", "60"]);
    }

    #[test]
    fn large_numbers_are_shortened() {
        assert_eq!(
            [0.5, 4.0, 150.0, 1500.0, 2e6].map(short),
            ["0.5", "4", "150", "1.5k", "2M"]
        );
    }
}
