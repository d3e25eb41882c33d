//! The cells of a sweep with what came of each: all that tables, pictures and files are made of.

use super::grid::{Grid, Place};
use super::metric::Metric;
use super::outcome::{Outcome, Plays};

/// A grid with what came of its cells so far.
#[derive(Clone, Debug)]
pub struct Results {
    grid: Grid,
    /// In the order of [`Grid::places`].
    plays: Vec<Plays>,
}

impl Results {
    #[must_use]
    pub fn new(grid: Grid) -> Self {
        let plays = vec![Plays::default(); grid.len()];
        Self { grid, plays }
    }

    /// What it is filled over.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The plays of a cell.
    pub fn plays(&mut self, place: Place) -> &mut Plays {
        &mut self.plays[self.grid.index(place)]
    }

    /// What came of a cell.
    #[must_use]
    pub fn outcome(&self, place: Place) -> Outcome {
        self.plays[self.grid.index(place)].outcome()
    }

    /// One number of a cell; nothing where it failed, was not played or is not known.
    #[must_use]
    pub fn value(&self, place: Place, metric: Metric) -> Option<f64> {
        metric.of(self.outcome(place).measured()?)
    }

    /// A column's cells, from the top.
    #[must_use]
    pub fn column(&self, transport: usize, column: usize) -> Vec<Place> {
        let rows = 0..self.grid.row_numbers().len();
        rows.map(|row| Place {
            transport,
            row,
            column,
        })
        .collect()
    }

    /// Which row of a column is best; none where there is nothing to choose from.
    #[must_use]
    pub fn best_row(&self, transport: usize, column: usize, metric: Metric) -> Option<usize> {
        let places = self.column(transport, column);
        let values: Vec<Option<f64>> = places
            .iter()
            .map(|place| self.value(*place, metric))
            .collect();
        let known = values.iter().flatten().count();
        metric.best(&values).filter(|_| known > 1)
    }

    /// The cells that failed, with their reasons.
    #[must_use]
    pub fn failures(&self) -> Vec<(Place, String)> {
        let failure = |place| match self.outcome(place) {
            Outcome::Failed { reason, .. } => Some((place, reason)),
            Outcome::Done { .. } | Outcome::NotPlayed => None,
        };
        self.grid.places().filter_map(failure).collect()
    }

    /// How many cells were not reached.
    #[must_use]
    pub fn not_played(&self) -> usize {
        let not_played = |place: &Place| self.outcome(*place) == Outcome::NotPlayed;
        self.grid.places().filter(not_played).count()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::grid::tests::by_workers;
    use super::super::outcome::{Measured, Requests};
    use super::*;

    /// Results of `workers` by `clients` whose rate is 100 a worker up to 1000 in all, a little less
    /// over TLS, and whose waits follow from that.
    pub(in crate::sweep) fn filled(workers: &str, clients: &str, tls: bool) -> Results {
        let mut results = Results::new(by_workers(workers, clients, tls));
        for place in results.grid().clone().places() {
            let cell = results.grid().cell(place);
            let share = 1.0 - 0.1 * place.transport as f64;
            let rate = f64::from(cell.workers.min(10)) * 100.0 * share;
            let wait = f64::from(cell.clients) / rate;
            let measured = Measured {
                rate: Some(rate),
                wait_p50_seconds: Some(wait),
                wait_p95_seconds: Some(wait * 1.5),
                wait_p99_seconds: Some(wait * 2.0),
                workers_cpu_cores: Some(rate / 2000.0),
                workers_memory_bytes: Some(f64::from(cell.workers) * 8e6),
            };
            let requests = Requests {
                sent: u64::from(cell.requests),
                replied: u64::from(cell.requests),
                ..Requests::default()
            };
            results.plays(place).done(measured, requests);
        }
        results
    }

    pub(in crate::sweep) fn fail(results: &mut Results, row: usize, column: usize) {
        let place = Place {
            transport: 0,
            row,
            column,
        };
        let lost = Requests {
            sent: 1000,
            replied: 993,
            lost: 7,
            duplicated: 0,
        };
        let reason = "7 of 1000 requests were not answered".to_owned();
        results.plays(place).failed(reason, lost);
    }

    #[test]
    fn the_best_of_a_column_is_among_those_that_did_not_fail() {
        let mut results = filled("2,4,8", "1,2", false);
        assert_eq!(results.best_row(0, 0, Metric::Rate), Some(2));
        assert_eq!(results.best_row(0, 0, Metric::Memory), Some(0));
        fail(&mut results, 2, 0);
        assert_eq!(results.best_row(0, 0, Metric::Rate), Some(1));
        assert_eq!(results.best_row(0, 1, Metric::Rate), Some(2));
        assert_eq!(results.failures().len(), 1);
    }

    #[test]
    fn one_cell_alone_is_no_best() {
        assert_eq!(filled("2", "1,2", false).best_row(0, 0, Metric::Rate), None);
        let mut results = filled("2,4", "1,2", false);
        fail(&mut results, 1, 0);
        assert_eq!(results.best_row(0, 0, Metric::Rate), None);
    }

    #[test]
    fn what_was_not_reached_is_counted() {
        let results = Results::new(by_workers("1,2", "4,8", false));
        assert_eq!(results.not_played(), 4);
    }
}
