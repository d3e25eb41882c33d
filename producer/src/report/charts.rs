//! What a run looked like: a panel for what belongs together, over one time axis.

use super::durations::Durations;
use super::panel::{Across, Curve, Panel, Unit, Width};
use super::series::Row;
use super::{Measured, Report};
use chart::{BLUE, Color, GREEN, GREY, ORANGE, PURPLE, RED};

const WIDTH: u32 = 1000;
/// Of one panel.
const HEIGHT: u32 = 240;
/// Of the title of a picture that stands alone.
const TITLE: u32 = 44;
/// More rows than this can't be told apart in a panel's width.
const ROWS_MAX: usize = 600;

/// The panels of a run in which there is something to see.
pub(super) fn panels(measured: &Measured) -> Vec<Panel> {
    let rows = measured.history.thinned(ROWS_MAX);
    let mut end = 0.0;
    let ends: Vec<f64> = rows
        .iter()
        .map(|row| {
            end += row.seconds;
            end
        })
        .collect();
    let curve = |name, color: Color, value: &dyn Fn(&Row) -> Option<f64>| Curve {
        name,
        color,
        width: Width::Line,
        points: ends
            .iter()
            .zip(&rows)
            .map(|(at, row)| (*at, value(row)))
            .collect(),
    };
    let over_time = |title, unit, curves| Panel {
        title,
        across: Across::Time(end),
        unit,
        curves,
    };
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 bytes")]
    let megabytes = |row: &Row| row.workers_memory_bytes.map(|bytes| bytes as f64 / 1e6);
    let panels = [
        over_time(
            "Messages per second",
            Unit::Number,
            vec![
                Curve {
                    width: Width::Band,
                    ..curve("asked", GREY, &|row| Some(row.rate_asked))
                },
                curve("sent", BLUE, &|row| Some(row.rate_sent)),
                curve("confirmed", PURPLE, &|row| Some(row.rate_confirmed)),
                curve("replied", GREEN, &|row| Some(row.rate_replied)),
            ],
        ),
        over_time(
            "Wait for the reply",
            Unit::Seconds,
            vec![
                curve("p50", GREEN, &|row| row.wait_p50_seconds),
                curve("p95", ORANGE, &|row| row.wait_p95_seconds),
                curve("p99", RED, &|row| row.wait_p99_seconds),
            ],
        ),
        over_time(
            "Behind the schedule",
            Unit::Seconds,
            vec![curve("largest lag", RED, &|row| Some(row.lag_max_seconds))],
        ),
        over_time(
            "Workers and the CPUs they use",
            Unit::Number,
            vec![
                curve("starting", GREY, &|row| row.workers_starting.map(f64::from)),
                curve("ready", GREEN, &|row| row.workers_ready.map(f64::from)),
                curve("draining", PURPLE, &|row| {
                    row.workers_draining.map(f64::from)
                }),
                curve("CPUs", RED, &|row| row.workers_cpu_ratio),
            ],
        ),
        over_time(
            "Memory of the workers",
            Unit::Megabytes,
            vec![curve("resident", BLUE, &megabytes)],
        ),
        percentiles(measured),
    ];
    panels
        .into_iter()
        .filter(|panel| !panel.is_empty())
        .collect()
}

/// Which share of the messages waited no longer than how long.
fn percentiles(measured: &Measured) -> Panel {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let end = |durations: &Durations| durations.count() as f64;
    let curve = |name, color, durations: &Durations| Curve {
        name,
        color,
        width: Width::Line,
        points: durations
            .curve()
            // The longest stands where the one message is that nothing is left of.
            .map(|(share, seconds)| {
                let left = (1.0 / (1.0 - share)).min(end(durations).max(1.0));
                (left, Some(seconds))
            })
            .collect(),
    };
    let Measured {
        waits,
        confirm_latency,
        lag,
        ..
    } = measured;
    let ends = [waits, confirm_latency, lag].map(end);
    Panel {
        title: "Share that took no longer",
        across: Across::Share(ends.into_iter().fold(0.0, f64::max)),
        unit: Unit::Seconds,
        curves: vec![
            curve("wait", GREEN, waits),
            curve("confirmation", PURPLE, confirm_latency),
            curve("schedule lag", RED, lag),
        ],
    }
}

/// One panel as SVG that a page takes in: without a ground of its own.
pub(super) fn figure(panel: &Panel) -> anyhow::Result<String> {
    Ok(chart::svg((WIDTH, HEIGHT), |canvas| panel.paint(canvas))?)
}

/// All panels below each other, as an SVG file's text.
///
/// # Errors
/// When they can't be drawn.
pub fn svg(report: &Report, measured: &Measured) -> anyhow::Result<String> {
    let panels = panels(measured);
    let count = u32::try_from(panels.len()).unwrap_or(0);
    let svg = chart::svg((WIDTH, TITLE + HEIGHT * count), |picture| {
        picture.whiten()?;
        let (title, below) = picture.split(TITLE);
        title.titled(&report.title(), 20)?;
        if panels.is_empty() {
            return Ok(());
        }
        let areas = below.grid(panels.len(), 1);
        panels
            .iter()
            .zip(&areas)
            .try_for_each(|(panel, area)| panel.paint(area))
    })?;
    Ok(svg)
}
