//! What TLS costs: each cell over `amqps://` beside the same cell over `amqp://`.

use super::grid::Place;
use super::metric::Metric;
use super::outcome::median;
use super::results::Results;
use config::Transport;

/// A metric over TLS divided by the same in clear, cell by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct TlsCost {
    pub metric: Metric,
    /// Row by row; nothing where one of the two cells has no value.
    pub ratios: Vec<Vec<Option<f64>>>,
    /// Of all ratios that there are.
    pub median: Option<f64>,
}

/// What it costs in a metric; `None` where cells were played over one transport only.
#[must_use]
pub fn tls_cost(results: &Results, metric: Metric) -> Option<TlsCost> {
    let grid = results.grid();
    let position = |wanted| grid.transports().iter().position(|one| *one == wanted);
    let (plain, tls) = (position(Transport::Plain)?, position(Transport::Tls)?);
    let ratio = |row, column| {
        let value = |transport| {
            let place = Place {
                transport,
                row,
                column,
            };
            results.value(place, metric)
        };
        let plain = value(plain).filter(|value| *value > 0.0)?;
        Some(value(tls)? / plain)
    };
    let columns = grid.clients().len();
    let ratios: Vec<Vec<Option<f64>>> = (0..grid.row_numbers().len())
        .map(|row| (0..columns).map(|column| ratio(row, column)).collect())
        .collect();
    let median = median(ratios.iter().flatten().copied().flatten().collect());
    Some(TlsCost {
        metric,
        ratios,
        median,
    })
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::{fail, filled};
    use super::*;

    #[test]
    fn a_tenth_less_of_everything_is_a_ratio_of_0_9() {
        let cost = tls_cost(&filled("1,2", "4,8", true), Metric::Rate).unwrap();
        assert!((cost.median.unwrap() - 0.9).abs() < 1e-9);
        assert_eq!(cost.ratios.len(), 2);
        assert!(cost.ratios.iter().flatten().all(Option::is_some));
    }

    #[test]
    fn a_cell_that_failed_has_no_ratio() {
        let mut results = filled("1,2", "4,8", true);
        fail(&mut results, 1, 0);
        let cost = tls_cost(&results, Metric::P95).unwrap();
        assert_eq!(cost.ratios[1][0], None);
        assert!(cost.ratios[1][1].is_some());
    }

    #[test]
    fn without_cells_over_tls_there_is_none() {
        assert_eq!(tls_cost(&filled("1,2", "4", false), Metric::Rate), None);
    }
}
