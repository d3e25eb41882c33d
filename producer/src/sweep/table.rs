//! The result for a reader: a table for each metric, the best of each column marked, and below them
//! what more workers bring, what TLS costs, and why cells failed.

use super::grid::{Grid, Place, Rows};
use super::metric::{self, Metric};
use super::outcome::Outcome;
use super::results::Results;
use super::speed_up::speed_ups;
use super::tls_cost::{TlsCost, tls_cost};
use config::Transport;
use program::{Column, Table};
use std::fmt::{self, Write};
use std::iter;

const FIRST_COLUMN: Column = Column::right(12);
/// Fits "123456.7*".
const COLUMN: Column = Column::right(10);

pub fn write(results: &Results, metrics: &[Metric]) -> String {
    let mut text = String::new();
    write_all(&mut text, results, metrics).expect("a string takes any text");
    text
}

/// What the cells share, in a few words: "1000 requests each".
#[must_use]
pub fn shared(grid: &Grid) -> String {
    match grid.rows() {
        Rows::Workers { requests, .. } => format!("{} each", count(*requests, "request")),
        Rows::Requests { workers, .. } => count(*workers, "worker"),
    }
}

fn write_all(text: &mut String, results: &Results, metrics: &[Metric]) -> fmt::Result {
    for (transport, name) in results.grid().transports().iter().enumerate() {
        for metric in metrics {
            write_metric(text, results, (transport, *name), *metric)?;
        }
        write_speed_ups(text, results, (transport, *name))?;
    }
    for metric in metrics {
        if let Some(cost) = tls_cost(results, *metric) {
            write_tls_cost(text, results.grid(), &cost)?;
        }
    }
    write_failures(text, results)
}

/// Over which transport a table or a picture is, where there are two.
pub(super) fn over(grid: &Grid, transport: Transport) -> &'static str {
    match transport {
        Transport::Tls => ", over TLS",
        Transport::Plain if grid.transports().len() > 1 => ", in clear",
        Transport::Plain => "",
    }
}

fn write_metric(
    text: &mut String,
    results: &Results,
    (transport, name): (usize, Transport),
    metric: Metric,
) -> fmt::Result {
    let grid = results.grid();
    let title = format!("{}{}", metric.title(), over(grid, name));
    let best: Vec<Option<usize>> = (0..grid.clients().len())
        .map(|column| results.best_row(transport, column, metric))
        .collect();
    write_grid(text, grid, &title, |row, column| {
        let place = Place {
            transport,
            row,
            column,
        };
        let mark = match best[column] {
            Some(best) if best == row => '*',
            _ => ' ',
        };
        match results.outcome(place) {
            Outcome::Done { .. } => {
                let value = results.value(place, metric);
                let value = value.map_or("-".to_owned(), metric::write);
                format!("{value}{mark}")
            }
            Outcome::Failed { .. } => "failed ".to_owned(),
            Outcome::NotPlayed => "- ".to_owned(),
        }
    })?;
    match best.iter().any(Option::is_some) {
        true => writeln!(text, "* best of its column\n"),
        false => writeln!(text),
    }
}

/// A table of the grid's shape under a title.
fn write_grid(
    text: &mut String,
    grid: &Grid,
    title: &str,
    cell: impl Fn(usize, usize) -> String,
) -> fmt::Result {
    writeln!(text, "{title} ({})", shared(grid))?;
    let numbers = grid.clients().into_iter().map(|_| COLUMN);
    let columns = iter::once(FIRST_COLUMN).chain(numbers);
    let mut table = Table::new(columns.chain([Column::left(0)]), 1);
    let clients = grid
        .clients()
        .into_iter()
        .map(|number| format!("{number} "));
    let heading = iter::once(grid.row_name().to_owned()).chain(clients);
    table.row(heading.chain(["clients".to_owned()]));
    for (row, number) in grid.row_numbers().into_iter().enumerate() {
        let cells = (0..grid.clients().len()).map(|column| cell(row, column));
        table.row(iter::once(number.to_string()).chain(cells));
    }
    write!(text, "{table}")
}

fn write_speed_ups(
    text: &mut String,
    results: &Results,
    (transport, name): (usize, Transport),
) -> fmt::Result {
    let fleets = speed_ups(results, transport);
    let Some(smallest) = fleets.first() else {
        return Ok(());
    };
    let grid = results.grid();
    writeln!(
        text,
        "speed-up against the smallest fleet ({}){}",
        smallest.workers,
        over(grid, name)
    )?;
    let mut table = Table::new([FIRST_COLUMN, COLUMN, COLUMN, COLUMN], 1);
    table.row(["workers", "msg/s", "speed-up", "efficiency"]);
    for fleet in &fleets {
        table.row([
            fleet.workers.to_string(),
            metric::write(fleet.rate),
            format!("{:.2}", fleet.speed_up),
            format!("{:.2}", fleet.efficiency),
        ]);
    }
    writeln!(text, "{table}")
}

fn write_tls_cost(text: &mut String, grid: &Grid, cost: &TlsCost) -> fmt::Result {
    let title = format!("over TLS / in clear, {}", cost.metric.title());
    let ratio = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"));
    write_grid(text, grid, &title, |row, column| {
        format!("{} ", ratio(cost.ratios[row][column]))
    })?;
    match cost.median {
        Some(median) => writeln!(text, "median {median:.3}: {}\n", in_words(median)),
        None => writeln!(text, "no cell was played over both\n"),
    }
}

/// A ratio as a change: 0.93 is "7.0 % less with TLS".
fn in_words(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    match percent {
        more if more >= 0.05 => format!("{more:.1} % more with TLS"),
        less if less <= -0.05 => format!("{:.1} % less with TLS", -less),
        _ => "the same with TLS".to_owned(),
    }
}

fn write_failures(text: &mut String, results: &Results) -> fmt::Result {
    let grid = results.grid();
    for (place, reason) in results.failures() {
        writeln!(text, "failed: {}: {reason}", name(grid, place))?;
    }
    match results.not_played() {
        0 => Ok(()),
        cells => writeln!(text, "not played: {cells} of {} cells", grid.len()),
    }
}

/// A cell in words.
#[must_use]
pub fn name(grid: &Grid, place: Place) -> String {
    let cell = grid.cell(place);
    let tls = match cell.transport {
        Transport::Plain => "",
        Transport::Tls => " over TLS",
    };
    format!(
        "{}, {}, {}{tls}",
        count(cell.workers, "worker"),
        count(cell.clients, "client"),
        count(cell.requests, "request")
    )
}

/// So many of something, in words.
#[must_use]
pub fn count(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::{by_workers, numbers};
    use super::super::results::tests::{fail, filled};
    use super::*;

    #[test]
    fn a_table_for_each_metric_with_the_best_of_each_column() {
        let mut results = filled("9..12", "1,20", false);
        fail(&mut results, 1, 1);
        let text = write(&results, &[Metric::Rate, Metric::P95]);
        insta::assert_snapshot!(text, @"
        rate, msg/s (1000 requests each)
             workers         1         20  clients
                   9       900        900
                  10      1000*    failed
                  11      1000       1000*
                  12      1000       1000
        * best of its column

        wait p95, ms (1000 requests each)
             workers         1         20  clients
                   9      1.67       33.3
                  10      1.50*    failed
                  11      1.50       30.0*
                  12      1.50       30.0
        * best of its column

        failed: 10 workers, 20 clients, 1000 requests: 7 of 1000 requests were not answered
        ");
    }

    #[test]
    fn one_number_of_clients_shows_the_speed_up() {
        let text = write(&filled("5,10,20", "40", false), &[Metric::Rate]);
        insta::assert_snapshot!(text, @"
        rate, msg/s (1000 requests each)
             workers        40  clients
                   5       500
                  10      1000*
                  20      1000
        * best of its column

        speed-up against the smallest fleet (5)
             workers      msg/s   speed-up efficiency
                   5        500       1.00       1.00
                  10       1000       2.00       1.00
                  20       1000       2.00       0.50
        ");
    }

    #[test]
    fn tls_is_shown_beside_the_same_in_clear() {
        let text = write(&filled("1,2", "4,8", true), &[Metric::Rate, Metric::Memory]);
        insta::assert_snapshot!(text, @"
        rate, msg/s, in clear (1000 requests each)
             workers         4          8  clients
                   1       100        100
                   2       200*       200*
        * best of its column

        workers' memory, MB, in clear (1000 requests each)
             workers         4          8  clients
                   1      8.00*      8.00*
                   2      16.0       16.0
        * best of its column

        rate, msg/s, over TLS (1000 requests each)
             workers         4          8  clients
                   1      90.0       90.0
                   2       180*       180*
        * best of its column

        workers' memory, MB, over TLS (1000 requests each)
             workers         4          8  clients
                   1      8.00*      8.00*
                   2      16.0       16.0
        * best of its column

        over TLS / in clear, rate, msg/s (1000 requests each)
             workers         4          8  clients
                   1     0.900      0.900
                   2     0.900      0.900
        median 0.900: 10.0 % less with TLS

        over TLS / in clear, workers' memory, MB (1000 requests each)
             workers         4          8  clients
                   1     1.000      1.000
                   2     1.000      1.000
        median 1.000: the same with TLS
        ");
    }

    #[test]
    fn rows_of_messages_name_the_fleet_they_share_and_what_was_not_reached() {
        let rows = Rows::Requests {
            requests: numbers("1000,5000"),
            workers: 3,
        };
        let grid = Grid::new(rows, numbers("100,1000"), vec![Transport::Plain]).unwrap();
        let text = write(&Results::new(grid), &[Metric::P50]);
        insta::assert_snapshot!(text, @"
        wait p50, ms (3 workers)
            messages       100       1000  clients
                1000         -          -
                5000         -          -

        not played: 4 of 4 cells
        ");
    }

    #[test]
    fn a_cell_is_named_in_words() {
        let grid = by_workers("1,2", "1,8", true);
        let names: Vec<String> = grid.places().map(|place| name(&grid, place)).collect();
        assert_eq!(names[0], "1 worker, 1 client, 1000 requests");
        assert_eq!(names[7], "2 workers, 8 clients, 1000 requests over TLS");
    }
}
