//! The result as a picture: a heat map for each metric and transport.

use super::grid::{Grid, Place};
use super::metric::{self, Metric};
use super::outcome::Outcome;
use super::results::Results;
use super::table::{over, shared};
use chart::{Cell, HeatMap};

/// The picture, as SVG.
///
/// # Errors
/// When it can't be drawn.
pub fn draw(results: &Results, metrics: &[Metric]) -> anyhow::Result<String> {
    let grid = results.grid();
    let panels = grid.transports().len() * metrics.len();
    let (width, height) = HeatMap::size(grid.row_numbers().len(), grid.clients().len());
    let height_all = height * u32::try_from(panels).unwrap_or(u32::MAX);
    let svg = chart::svg((width, height_all), |picture| {
        picture.whiten()?;
        let mut areas = picture.grid(panels, 1).into_iter();
        for transport in 0..grid.transports().len() {
            for (metric, area) in metrics.iter().zip(&mut areas) {
                let map = HeatMap {
                    title: &title(grid, transport, *metric),
                    row_name: grid.row_name(),
                    rows: grid.row_numbers(),
                    column_name: "clients",
                    columns: grid.clients(),
                    key: "dark: least, bright: most, framed with *: best of its column",
                    cells: cells(results, transport, *metric),
                };
                map.paint(&area)?;
            }
        }
        Ok(())
    })?;
    Ok(svg)
}

/// The cells of a transport, row by row.
fn cells(results: &Results, transport: usize, metric: Metric) -> Vec<Cell> {
    let places = results.grid().places();
    let places = places.filter(|place| place.transport == transport);
    let cell = |place: Place| {
        let value = results.value(place, metric);
        Cell {
            text: match (value, results.outcome(place)) {
                (Some(value), _) => metric::write(value),
                (None, Outcome::Failed { .. }) => "failed".to_owned(),
                (None, Outcome::Done { .. } | Outcome::NotPlayed) => "-".to_owned(),
            },
            value,
            is_best: results.best_row(transport, place.column, metric) == Some(place.row),
        }
    };
    places.map(cell).collect()
}

fn title(grid: &Grid, transport: usize, metric: Metric) -> String {
    let over = over(grid, grid.transports()[transport]);
    format!("{}{over}: {}", metric.title(), shared(grid))
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::by_workers;
    use super::super::results::tests::{fail, filled};
    use super::*;

    fn squares(svg: &str) -> usize {
        // Every cell is a filled square; the background and the frames are none of this size.
        svg.matches("width=\"82\"").count()
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
}
