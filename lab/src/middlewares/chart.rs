//! The picture: requests per second by number of clients, and speed-up by number of nodes.

use super::case::{Call, Measured, Middleware, Work};
use super::plan::{CLIENTS, CLIENTS_OF_NODES, NODES};
use anyhow::{Context, Result};
use chart::{
    Axis, BLUE, Canvas, Color, Frame, GREEN, GREY, ORANGE, PURPLE, Painted, Pen, RED, Scale,
};
use std::path::Path;

const SIZE: (u32, u32) = (1000, 1150);
/// Two rows.
const LEGEND_HEIGHT: u32 = 60;

type Lines = Vec<(Middleware, Vec<(f64, f64)>)>;

/// Draws the picture into a file.
pub(super) fn draw(file: &Path, measured: &[Measured]) -> Result<()> {
    let directory = file.parent().context("find the picture's directory")?;
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    let svg = chart::svg(SIZE, |picture| paint(picture, measured))
        .with_context(|| format!("draw {}", file.display()))?;
    std::fs::write(file, svg).with_context(|| format!("write {}", file.display()))
}

fn paint(picture: &Canvas<'_>, measured: &[Measured]) -> Painted {
    picture.whiten()?;
    let below = picture.titled("The same services through five middlewares", 24)?;
    let (legend, below) = below.split(LEGEND_HEIGHT);
    name_colors(&legend)?;
    let panels = below.grid(3, 1);
    for (panel, call, title) in [
        (
            &panels[0],
            Call::Filter,
            "texts filtered per second, one node",
        ),
        (
            &panels[1],
            Call::Random,
            "random insults per second, one node",
        ),
    ] {
        rates(panel, title, &by_clients(measured, call))?;
    }
    speed_ups(&panels[2], &by_nodes(measured))
}

/// Rates over numbers of clients.
fn by_clients(measured: &[Measured], call: Call) -> Lines {
    lines(measured, |measured| {
        let case = measured.case;
        let belongs = (case.call, case.work, case.nodes) == (call, Work::None, 1);
        belongs.then(|| f64::from(case.clients))
    })
}

/// Rates with 5 ms of work over numbers of nodes, as multiples of one node's.
fn by_nodes(measured: &[Measured]) -> Lines {
    let mut lines = lines(measured, |measured| {
        let case = measured.case;
        let belongs = (case.call, case.work, case.clients)
            == (Call::Filter, Work::FiveMilliseconds, CLIENTS_OF_NODES);
        belongs.then(|| f64::from(case.nodes))
    });
    lines.retain_mut(|(_, points)| {
        let one = points.iter().find(|(nodes, _)| *nodes == 1.0).copied();
        for (_, rate) in points.iter_mut() {
            *rate /= one.map_or(f64::NAN, |(_, rate)| rate);
        }
        one.is_some()
    });
    lines
}

/// A line for each middleware that has points; what failed has none.
fn lines(measured: &[Measured], at: impl Fn(&Measured) -> Option<f64>) -> Lines {
    Middleware::ALL
        .into_iter()
        .map(|middleware| {
            let own = measured
                .iter()
                .filter(|measured| measured.case.middleware == middleware);
            let points =
                own.filter_map(|measured| Some((at(measured)?, measured.rate.per_second()?)));
            (middleware, points.collect::<Vec<_>>())
        })
        .filter(|(_, points)| !points.is_empty())
        .collect()
}

/// Once for all panels, above them.
fn name_colors(strip: &Canvas<'_>) -> Painted {
    for (number, middleware) in (0..).zip(Middleware::ALL) {
        let at = (90 + number % 3 * 300, 14 + number / 3 * 24);
        strip.key(middleware.title(), at, color(middleware))?;
    }
    Ok(())
}

/// Both axes are logarithmic: twice the clients and twice the rate are always as far apart.
fn rates(panel: &Canvas<'_>, title: &str, lines: &Lines) -> Painted {
    let all = lines.iter().flat_map(|(_, points)| points);
    let (least, most) = all.fold((f64::MAX, 1.0_f64), |(least, most), (_, rate)| {
        (least.min(*rate), most.max(*rate))
    });
    let first = CLIENTS.first().copied().map_or(1.0, f64::from);
    let last = CLIENTS.last().copied().map_or(16.0, f64::from);
    let bottom = least.min(most) / 1.5;
    let across = Axis {
        range: first..last * 1.01,
        scale: Scale::Log { base: 2.0 },
        name: "clients",
        labels: 5,
        label: &whole,
    };
    let up = Axis {
        range: bottom..most * 1.5,
        scale: Scale::Log { base: 10.0 },
        name: title,
        labels: 6,
        label: &whole,
    };
    curves(panel, across, up, lines)
}

fn speed_ups(panel: &Canvas<'_>, lines: &Lines) -> Painted {
    let most = f64::from(NODES[NODES.len() - 1]);
    let across = Axis {
        range: 1.0..most,
        scale: Scale::Linear,
        name: "nodes",
        labels: 3,
        label: &whole,
    };
    let up = Axis {
        range: 0.0..most * 1.1,
        scale: Scale::Linear,
        name: "speed-up, 5 ms of work, 16 clients",
        labels: 4,
        label: &whole,
    };
    curves(panel, across, up, lines)
}

/// A line with a dot at each point for each middleware.
fn curves(panel: &Canvas<'_>, across: Axis<'_>, up: Axis<'_>, lines: &Lines) -> Painted {
    let frame = Frame {
        margin: 12,
        margin_right: 30,
        left: 90,
        below: 42,
        right: 0,
        font: 14,
        across,
        up,
        second: None,
    };
    let mut plot = frame.on(panel)?;
    for (middleware, points) in lines {
        let pen = Pen::new(color(*middleware));
        plot.line(pen, points.clone())?;
        plot.dots(pen, 3, points.clone())?;
    }
    Ok(())
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

fn color(middleware: Middleware) -> Color {
    match middleware {
        Middleware::XmlRpc => GREY,
        Middleware::Pyro => ORANGE,
        Middleware::Redis => RED,
        Middleware::Pika => PURPLE,
        Middleware::Warren => GREEN,
        Middleware::WarrenProducer => BLUE,
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::{Case, Rate};
    use super::*;

    #[test]
    fn the_picture_has_a_line_for_each_and_its_axes() {
        let mut measured = Vec::new();
        for middleware in Middleware::ALL {
            for (call, work, nodes, clients) in [
                (Call::Filter, Work::None, 1, 1),
                (Call::Filter, Work::None, 1, 16),
                (Call::Random, Work::None, 1, 4),
                (Call::Filter, Work::FiveMilliseconds, 1, 16),
                (Call::Filter, Work::FiveMilliseconds, 3, 16),
            ] {
                let case = Case {
                    middleware,
                    call,
                    work,
                    nodes,
                    clients,
                };
                let rate = Rate::PerSecond(500.0 * f64::from(nodes * clients));
                measured.push(Measured { case, rate });
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("middlewares.svg");
        draw(&file, &measured).unwrap();
        let svg = std::fs::read_to_string(&file).unwrap();
        for text in Middleware::ALL.map(Middleware::title).into_iter().chain([
            "texts filtered per second, one node",
            "random insults per second, one node",
            "speed-up, 5 ms of work, 16 clients",
            "clients",
            "nodes",
        ]) {
            assert!(svg.contains(text), "{text} is missing");
        }
    }

    #[test]
    fn a_run_in_which_all_failed_still_draws() {
        let directory = tempfile::tempdir().unwrap();
        draw(&directory.path().join("none.svg"), &[]).unwrap();
    }
}
