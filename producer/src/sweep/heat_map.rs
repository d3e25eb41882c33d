//! The result as a picture: a panel for each metric and transport, a square a cell, its number
//! within it, the best of each column in a frame.
//!
//! The colours are those of cividis, which people who tell few colours apart read like everybody
//! else: it rises in brightness alone. The number stands in every cell, so colour only helps.

use super::grid::{Grid, Place};
use super::metric::{self, Metric};
use super::outcome::Outcome;
use super::results::Results;
use super::table::{over, shared};
use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::element::{Rectangle, Text};
use plotters::prelude::{
    Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, RGBColor, SVGBackend, WHITE,
};
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const MISSING: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

/// Cividis at 0, 1/4, 1/2, 3/4 and 1.
const CIVIDIS: [(f64, f64, f64); 5] = [
    (0.0, 34.0, 78.0),
    (65.0, 77.0, 107.0),
    (124.0, 123.0, 120.0),
    (188.0, 175.0, 111.0),
    (254.0, 232.0, 56.0),
];

const CELL_WIDTH: i32 = 84;
const CELL_HEIGHT: i32 = 38;
/// For the numbers of the rows and the axis' name.
const LEFT: i32 = 110;
/// For the panel's title.
const TOP: i32 = 46;
/// For the numbers of the columns, the axis' name and the key.
const BOTTOM: i32 = 92;
const RIGHT: i32 = 30;
/// A narrow panel still has room for its title.
const WIDTH_MIN: i32 = 480;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Painted = Result<(), Box<dyn std::error::Error>>;

/// The picture, as SVG.
///
/// # Errors
/// When it can't be drawn.
pub fn draw(results: &Results, metrics: &[Metric]) -> anyhow::Result<String> {
    let grid = results.grid();
    let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let width = (LEFT + count(grid.clients().len()) * CELL_WIDTH + RIGHT).max(WIDTH_MIN);
    let height = TOP + count(grid.row_numbers().len()) * CELL_HEIGHT + BOTTOM;
    let panels = grid.transports().len() * metrics.len();
    let size = (
        width.unsigned_abs(),
        (height * count(panels)).unsigned_abs(),
    );
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let paint = || -> Painted {
            root.fill(&WHITE)?;
            let mut areas = root.split_evenly((panels, 1)).into_iter();
            for transport in 0..grid.transports().len() {
                for (metric, area) in metrics.iter().zip(&mut areas) {
                    paint_panel(&area, results, transport, *metric)?;
                }
            }
            Ok(root.present()?)
        };
        paint().map_err(|error| anyhow!("draw the heat map: {error}"))?;
    }
    Ok(svg)
}

fn paint_panel(area: &Area<'_>, results: &Results, transport: usize, metric: Metric) -> Painted {
    let grid = results.grid();
    paint_axes(area, grid, &title(grid, transport, metric))?;
    let places: Vec<Place> = grid
        .places()
        .filter(|place| place.transport == transport)
        .collect();
    let values: Vec<f64> = places
        .iter()
        .filter_map(|place| results.value(*place, metric))
        .collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for place in places {
        let value = results.value(place, metric);
        let best = results.best_row(transport, place.column, metric) == Some(place.row);
        let (text, fill) = match (value, results.outcome(place)) {
            (Some(value), _) => (metric::write(value), colour(share(value, least, most))),
            (None, Outcome::Failed { .. }) => ("failed".to_owned(), MISSING),
            (None, Outcome::Done { .. } | Outcome::NotPlayed) => ("-".to_owned(), MISSING),
        };
        paint_cell(area, corner(place), &text, fill, best)?;
    }
    Ok(())
}

fn title(grid: &Grid, transport: usize, metric: Metric) -> String {
    let over = over(grid, grid.transports()[transport]);
    format!("{}{over}: {}", metric.title(), shared(grid))
}

/// The top left corner of a cell.
fn corner(place: Place) -> (i32, i32) {
    let at = |index: usize, size: i32| i32::try_from(index).unwrap_or_default() * size;
    (
        LEFT + at(place.column, CELL_WIDTH),
        TOP + at(place.row, CELL_HEIGHT),
    )
}

fn paint_axes(area: &Area<'_>, grid: &Grid, title: &str) -> Painted {
    let text = |text: &str, at, size, position| {
        area.draw(&Text::new(text.to_owned(), at, style(size, INK, position)))
    };
    let left = Pos::new(HPos::Left, VPos::Center);
    let right = Pos::new(HPos::Right, VPos::Center);
    let middle = Pos::new(HPos::Center, VPos::Center);
    text(title, (14, TOP / 2), 19, left)?;
    let place = |row, column| Place {
        transport: 0,
        row,
        column,
    };
    let rows = grid.row_numbers();
    for (row, number) in rows.iter().enumerate() {
        let (x, y) = corner(place(row, 0));
        text(&number.to_string(), (x - 8, y + CELL_HEIGHT / 2), 15, right)?;
    }
    let (_, bottom) = corner(place(rows.len(), 0));
    text(grid.row_name(), (14, (TOP + bottom) / 2), 15, left)?;
    let clients = grid.clients();
    for (column, number) in clients.iter().enumerate() {
        let (x, _) = corner(place(0, column));
        let at = (x + CELL_WIDTH / 2, bottom + 14);
        text(&number.to_string(), at, 15, middle)?;
    }
    let (end, _) = corner(place(0, clients.len()));
    text("clients", ((LEFT + end) / 2, bottom + 36), 15, middle)?;
    let key = "dark: least, bright: most, framed with *: best of its column";
    text(key, (14, bottom + 64), 13, left)?;
    Ok(())
}

fn paint_cell(
    area: &Area<'_>,
    (x, y): (i32, i32),
    text: &str,
    fill: RGBColor,
    best: bool,
) -> Painted {
    let square = |inset: i32| {
        [
            (x + inset, y + inset),
            (x + CELL_WIDTH - inset, y + CELL_HEIGHT - inset),
        ]
    };
    area.draw(&Rectangle::new(square(1), fill.filled()))?;
    let ink = if is_dark(fill) { WHITE } else { INK };
    let text = match best {
        true => {
            area.draw(&Rectangle::new(square(4), ink.stroke_width(2)))?;
            format!("{text} *")
        }
        false => text.to_owned(),
    };
    let middle = (x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2);
    let centred = Pos::new(HPos::Center, VPos::Center);
    area.draw(&Text::new(text, middle, style(15, ink, centred)))?;
    Ok(())
}

fn style(size: i32, ink: RGBColor, position: Pos) -> TextStyle<'static> {
    TextStyle {
        color: ink.to_backend_color(),
        ..TextStyle::from(("sans-serif", size).into_font()).pos(position)
    }
}

/// Where a value lies between the least and the most; in the middle where all are the same.
fn share(value: f64, least: f64, most: f64) -> f64 {
    if most > least {
        (value - least) / (most - least)
    } else {
        0.5
    }
}

/// The colour for a share from 0 to 1, between the two next ones of the scale.
fn colour(share: f64) -> RGBColor {
    let position = share.clamp(0.0, 1.0) * 4.0;
    let index = (0..4).rev().find(|index| position >= f64::from(*index));
    let index = index.unwrap_or(0);
    let within = position - f64::from(index);
    let (from, to) = match index {
        0 => (CIVIDIS[0], CIVIDIS[1]),
        1 => (CIVIDIS[1], CIVIDIS[2]),
        2 => (CIVIDIS[2], CIVIDIS[3]),
        _ => (CIVIDIS[3], CIVIDIS[4]),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two numbers from 0 to 255"
    )]
    let mix = |from: f64, to: f64| (from + (to - from) * within).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Whether white is read better on it than ink.
fn is_dark(RGBColor(red, green, blue): RGBColor) -> bool {
    let brightness = 0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue);
    brightness < 128.0
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::by_workers;
    use super::super::results::tests::{fail, filled};
    use super::*;

    fn squares(svg: &str) -> usize {
        // Every cell is a filled square; the background and the frames are none of this size.
        let width = format!("width=\"{}\"", CELL_WIDTH - 2);
        svg.matches(&width).count()
    }

    #[test]
    fn a_square_for_each_cell_with_its_number_and_the_best_in_a_frame() {
        let mut results = filled("1..3", "4,8", false);
        fail(&mut results, 0, 1);
        let svg = draw(&results, &[Metric::Rate]).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert_eq!(squares(&svg), 6);
        assert_eq!(svg.matches("300 *").count(), 2, "{svg}");
        for text in [
            "rate, msg/s: 1000 requests each",
            "workers",
            "clients",
            "failed",
        ] {
            assert!(svg.contains(text), "{text} is missing");
        }
    }

    #[test]
    fn a_panel_for_each_metric_and_transport() {
        let metrics = [Metric::Rate, Metric::P95];
        let svg = draw(&filled("1,2", "4,8", true), &metrics).unwrap();
        assert_eq!(squares(&svg), 16);
        assert_eq!(svg.matches(", over TLS: 1000").count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn a_sweep_that_came_to_nothing_still_draws() {
        let results = Results::new(by_workers("1,2", "4", false));
        assert_eq!(squares(&draw(&results, &[Metric::Cpu]).unwrap()), 2);
    }

    #[test]
    fn brightness_alone_tells_more_from_less() {
        let bright = |share| {
            let RGBColor(red, green, blue) = colour(share);
            0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
        };
        let steps: Vec<f64> = (0..=20)
            .map(|step| bright(f64::from(step) / 20.0))
            .collect();
        assert!(steps.is_sorted_by(|less, more| less < more), "{steps:?}");
        assert_eq!(colour(1.0), RGBColor(254, 232, 56));
    }
}
