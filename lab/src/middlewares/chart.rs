//! The picture: requests per second by number of clients, and speed-up by number of nodes.

use super::case::{Call, Measured, Middleware, Work};
use super::plan::{CLIENTS, CLIENTS_OF_NODES, NODES};
use anyhow::{Context, Result, anyhow};
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::coord::combinators::IntoLogRange as _;
use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::{
    DrawingArea, IntoDrawingArea, IntoFont, LineSeries, RGBColor, SVGBackend, WHITE,
};
use plotters::style::{ShapeStyle, TextStyle};
use std::path::Path;

const SIZE: (u32, u32) = (1000, 1150);
/// Two rows.
const LEGEND_HEIGHT: i32 = 60;
const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Painted = Result<(), Box<dyn std::error::Error>>;
type Lines = Vec<(Middleware, Vec<(f64, f64)>)>;

/// Draws the picture into a file.
pub(super) fn draw(file: &Path, measured: &[Measured]) -> Result<()> {
    let directory = file.parent().context("find the picture's directory")?;
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    paint(&root, measured).map_err(|error| anyhow!("draw {}: {error}", file.display()))
}

fn paint(root: &Area<'_>, measured: &[Measured]) -> Painted {
    root.fill(&WHITE)?;
    let title = "The same services through five middlewares";
    let below = root.titled(title, ("sans-serif", 24).into_font().color(&INK))?;
    let (legend, below) = below.split_vertically(LEGEND_HEIGHT);
    name_colors(&legend)?;
    let panels = below.split_evenly((3, 1));
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
    speed_ups(&panels[2], &by_nodes(measured))?;
    root.present()?;
    Ok(())
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

fn text() -> TextStyle<'static> {
    ("sans-serif", 14).into_font().color(&INK)
}

/// Once for all panels, above them.
fn name_colors(strip: &Area<'_>) -> Painted {
    for (number, middleware) in (0..).zip(Middleware::ALL) {
        let (x, y) = (90 + number % 3 * 300, 14 + number / 3 * 24);
        let style = ShapeStyle::from(color(middleware)).stroke_width(3);
        strip.draw(&PathElement::new([(x, y), (x + 24, y)], style))?;
        strip.draw(&Text::new(middleware.title(), (x + 32, y - 6), text()))?;
    }
    Ok(())
}

/// Both axes are logarithmic: twice the clients and twice the rate are always as far apart.
fn rates(panel: &Area<'_>, title: &str, lines: &Lines) -> Painted {
    let all = lines.iter().flat_map(|(_, points)| points);
    let (least, most) = all.fold((f64::MAX, 1.0_f64), |(least, most), (_, rate)| {
        (least.min(*rate), most.max(*rate))
    });
    let first = CLIENTS.first().copied().map_or(1.0, f64::from);
    let last = CLIENTS.last().copied().map_or(16.0, f64::from);
    let bottom = least.min(most) / 1.5;
    let mut chart = ChartBuilder::on(panel)
        .margin(12)
        .margin_right(30)
        .x_label_area_size(42)
        .y_label_area_size(90)
        .build_cartesian_2d(
            (first..last * 1.01).log_scale().base(2.0),
            (bottom..most * 1.5).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("clients")
        .y_desc(title)
        .label_style(text())
        .axis_desc_style(text())
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(WHITE)
        .x_labels(5)
        .y_labels(6)
        .x_label_formatter(&|clients| format!("{clients:.0}"))
        .y_label_formatter(&|rate| format!("{rate:.0}"))
        .draw()?;
    for (middleware, points) in lines {
        let style = ShapeStyle::from(color(*middleware)).stroke_width(2);
        chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        chart.draw_series(
            points
                .iter()
                .map(|&point| Circle::new(point, 3, style.filled())),
        )?;
    }
    Ok(())
}

fn speed_ups(panel: &Area<'_>, lines: &Lines) -> Painted {
    let most = f64::from(NODES[NODES.len() - 1]);
    let mut chart = ChartBuilder::on(panel)
        .margin(12)
        .margin_right(30)
        .x_label_area_size(42)
        .y_label_area_size(90)
        .build_cartesian_2d(1.0..most, 0.0..most * 1.1)?;
    chart
        .configure_mesh()
        .x_desc("nodes")
        .y_desc("speed-up, 5 ms of work, 16 clients")
        .label_style(text())
        .axis_desc_style(text())
        .axis_style(INK)
        .bold_line_style(FAINT)
        .light_line_style(WHITE)
        .x_labels(3)
        .y_labels(4)
        .x_label_formatter(&|nodes| format!("{nodes:.0}"))
        .y_label_formatter(&|times| format!("{times:.0}"))
        .draw()?;
    for (middleware, points) in lines {
        let style = ShapeStyle::from(color(*middleware)).stroke_width(2);
        chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        chart.draw_series(
            points
                .iter()
                .map(|&point| Circle::new(point, 3, style.filled())),
        )?;
    }
    Ok(())
}

fn color(middleware: Middleware) -> RGBColor {
    match middleware {
        Middleware::XmlRpc => RGBColor(0x8c, 0x8c, 0x8c),
        Middleware::Pyro => RGBColor(0xe6, 0x7e, 0x22),
        Middleware::Redis => RGBColor(0xc0, 0x39, 0x2b),
        Middleware::Pika => RGBColor(0x8e, 0x5e, 0xa2),
        Middleware::Warren => RGBColor(0x2c, 0x8c, 0x4a),
        Middleware::WarrenProducer => RGBColor(0x1f, 0x77, 0xb4),
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
