//! The picture of a run: arrival rate, backlog and workers over one time axis, one panel each,
//! because their scales have nothing in common.

use crate::live::Look;
use anyhow::Result;
use chart::{
    Axis, BLUE, Canvas, Frame, GREEN, INK, ORANGE, PURPLE, Painted, Pen, Plot, Scale, steps,
};
use std::path::Path;

const SIZE: (u32, u32) = (1000, 900);

/// Draws the picture into a file.
pub(crate) fn draw(file: &Path, scenario: &str, looks: &[Look]) -> Result<()> {
    let svg = chart::svg(SIZE, |picture| paint(picture, scenario, looks))?;
    Ok(std::fs::write(file, svg)?)
}

fn paint(picture: &Canvas<'_>, scenario: &str, looks: &[Look]) -> Painted {
    picture.whiten()?;
    let below = picture.titled(&format!("Warren: scenario {scenario}"), 24)?;
    let panels = below.grid(3, 1);
    let end = looks.last().map_or(1.0, |look| look.at_seconds).max(1.0);
    // What was seen holds until the next look: the controller, too, acts on held values.
    let seen = |value: &dyn Fn(&Look) -> f64| {
        steps(looks.iter().map(|look| (look.at_seconds, value(look))))
    };

    let arrivals = seen(&|look| look.arrival_rate);
    let mut plot = panel(&panels[0], "messages / s", end, &[&arrivals])?;
    plot.band(Pen::new(BLUE).name("arrival rate"), 0.2, 0.0, arrivals)?;
    plot.legend()?;

    let backlog = seen(&|look| (look.ready + look.in_flight) as f64);
    let ready = seen(&|look| look.ready as f64);
    let mut plot = panel(&panels[1], "messages", end, &[&backlog])?;
    let pen = Pen::new(ORANGE).name("backlog: ready and in flight");
    plot.band(pen, 0.2, 0.0, backlog)?;
    plot.line(Pen::new(PURPLE).name("ready"), ready)?;
    plot.legend()?;

    let workers = seen(&|look| f64::from(look.workers));
    let desired = seen(&|look| f64::from(look.desired));
    let mut plot = panel(&panels[2], "workers", end, &[&workers, &desired])?;
    let pen = Pen::new(GREEN).name("workers: starting and ready");
    plot.band(pen, 0.2, 0.0, workers)?;
    plot.line(Pen::new(INK).name("desired"), desired)?;
    plot.legend()
}

fn panel<'c, 's>(
    canvas: &'c Canvas<'s>,
    unit: &str,
    end: f64,
    curves: &[&[(f64, f64)]],
) -> Painted<Plot<'c, 's>> {
    let values = curves.iter().copied().flatten().map(|(_, value)| *value);
    let whole = |value: f64| format!("{value:.0}");
    let axis = |range, name, labels| Axis {
        range,
        scale: Scale::Linear,
        name,
        labels,
        label: &whole,
    };
    let frame = Frame {
        margin: 12,
        margin_right: 24,
        left: 76,
        below: 42,
        right: 0,
        font: 14,
        across: axis(0.0..end, "time (s)", 12),
        // Room above the largest value, for the legend to stand clear of the curve.
        up: axis(0.0..(values.fold(0.0, f64::max) * 1.3).max(1.0), unit, 6),
        second: None,
    };
    frame.on(canvas)
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
