//! A small panel a policy: arrival rate and workers above, backlog below. All panels have the same
//! axes, and the backlog's is logarithmic, because policies differ by powers of ten.
//!
//! The arrival rate's axis is the workers' times μ: where the two curves touch, the workers keep up.

use super::figure::{ratio, seconds};
use crate::run::Run;
use crate::series::Moment;
use crate::workload::Workload;
use chart::{Axis, BLUE, Canvas, Frame, GREEN, ORANGE, Painted, Pen, Scale, steps, thinned};
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
pub(super) fn legend(title: &Canvas<'_>) -> Painted {
    title.key("workers (left)", (30, 51), GREEN)?;
    title.key("arrival rate (msg/s, right)", (260, 51), BLUE)?;
    title.key("backlog (messages)", (490, 51), ORANGE)
}

/// Paints a panel for each run.
pub(super) fn paint(canvas: &Canvas<'_>, workload: &Workload, runs: &[Run]) -> Painted {
    if runs.is_empty() {
        return Ok(());
    }
    let axes = axes(workload, runs);
    let cells = canvas.grid(runs.len().div_ceil(COLUMNS), COLUMNS);
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

fn panel(cell: &Canvas<'_>, run: &Run, axes: &Axes) -> Painted {
    let summary = &run.summary;
    let (heading, curves) = cell.split(26);
    let waits = format!(
        "p99 {} s, {:.2} x the floor",
        seconds(summary.wait_p99_seconds),
        ratio(summary)
    );
    heading.text(&summary.policy, (46, 8), 16)?;
    heading.text(&waits, (190, 9), 13)?;
    let (above, below) = curves.split((HEIGHT - 26) / 2);
    let shown = run
        .series
        .partition_point(|moment| moment.seconds <= axes.seconds.end);
    let moments = thinned(&run.series[..shown], MOMENTS_MAX, largest);
    workers(&above, &moments, axes)?;
    backlog(&below, &moments, axes)
}

/// The largest values of moments that fall together, so that no peak goes missing.
fn largest(moments: &[Moment]) -> Option<Moment> {
    moments.iter().copied().reduce(|all, moment| Moment {
        seconds: all.seconds,
        arrival_rate: all.arrival_rate.max(moment.arrival_rate),
        backlog: all.backlog.max(moment.backlog),
        workers: all.workers.max(moment.workers),
        desired: all.desired.max(moment.desired),
    })
}

/// A number over a panel's time.
fn values(moments: &[Moment], value: impl Fn(&Moment) -> f64) -> Vec<(f64, f64)> {
    let moments = moments.iter();
    moments
        .map(|moment| (moment.seconds, value(moment)))
        .collect()
}

fn workers(canvas: &Canvas<'_>, moments: &[Moment], axes: &Axes) -> Painted {
    let mut plot = Frame {
        below: 6,
        second: Some(Axis {
            label: &short,
            ..axis(0.0..axes.workers * axes.worker_rate)
        }),
        ..frame(
            axes,
            &|_| String::new(),
            Axis {
                label: &whole,
                ..axis(0.0..axes.workers)
            },
        )
    }
    .on(canvas)?;
    let curve = steps(values(moments, |moment| f64::from(moment.workers)));
    plot.band(Pen::new(GREEN).width(1), 0.2, 0.0, curve)?;
    let curve = values(moments, |moment| moment.arrival_rate);
    plot.line_over_second(Pen::new(BLUE).width(1), curve)
}

fn backlog(canvas: &Canvas<'_>, moments: &[Moment], axes: &Axes) -> Painted {
    let up = Axis {
        scale: Scale::Log { base: 10.0 },
        label: &short,
        ..axis(1.0..axes.backlog)
    };
    let mut plot = frame(axes, &|seconds| format!("{seconds:.0} s"), up).on(canvas)?;
    // Nothing lies at the foot of a logarithmic axis.
    let curve = steps(values(moments, |moment| count(moment.backlog).max(1.0)));
    plot.band(Pen::new(ORANGE).width(1), 0.3, 1.0, curve)
}

/// The frame of either half of a panel.
fn frame<'l>(axes: &Axes, seconds: &'l dyn Fn(f64) -> String, up: Axis<'l>) -> Frame<'l> {
    Frame {
        margin: 4,
        margin_right: 4,
        left: 42,
        below: 22,
        right: 46,
        font: 11,
        across: Axis {
            labels: 6,
            label: seconds,
            ..axis(axes.seconds.clone())
        },
        up,
        second: None,
    }
}

fn axis<'l>(range: Range<f64>) -> Axis<'l> {
    Axis {
        range,
        scale: Scale::Linear,
        name: "",
        labels: 4,
        label: &whole,
    }
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
        let thinned = thinned(&series, MOMENTS_MAX, largest);
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
