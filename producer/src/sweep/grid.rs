//! The cells of a sweep, and the order in which they are played.

use super::numbers::Numbers;
use config::Transport;

/// Each cell is a run that takes a second at the very least, and a table with more is not read.
pub const CELLS_MAX: usize = 400;

/// What the rows are: their numbers, and what all of them share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A fleet size each; every cell plays so many requests.
    Workers {
        workers: Numbers,
        /// Of every cell.
        requests: u32,
    },
    /// So many requests each; one fleet answers all.
    Requests {
        /// Of the cells of a row.
        requests: Numbers,
        workers: u32,
    },
}

/// All cells: rows by columns, once over each transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    rows: Rows,
    clients: Numbers,
    transports: Vec<Transport>,
}

/// There are too many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that makes {0} cells, and {CELLS_MAX} are the most; take fewer numbers")]
pub struct GridError(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Among the grid's transports.
    pub transport: usize,
    pub row: usize,
    pub column: usize,
}

/// What is played in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// How the producer and the workers reach the broker.
    pub transport: Transport,
    pub workers: u32,
    /// Who wait for their reply at once.
    pub clients: u32,
    /// Of all clients together.
    pub requests: u32,
}

/// Cells that the same fleet answers one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// How the fleet reaches the broker.
    pub transport: Transport,
    pub workers: u32,
    /// In the order in which they are played.
    pub places: Vec<Place>,
}

impl Grid {
    /// All cells of these rows, columns and transports.
    ///
    /// # Errors
    /// When there are too many.
    pub fn new(
        rows: Rows,
        clients: Numbers,
        transports: Vec<Transport>,
    ) -> Result<Self, GridError> {
        let grid = Self {
            rows,
            clients,
            transports,
        };
        match grid.len() {
            cells if cells <= CELLS_MAX => Ok(grid),
            cells => Err(GridError(cells)),
        }
    }

    #[must_use]
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// What stands before each row.
    #[must_use]
    pub fn row_numbers(&self) -> Vec<u32> {
        let numbers = match &self.rows {
            Rows::Workers { workers, .. } => workers,
            Rows::Requests { requests, .. } => requests,
        };
        numbers.iter().collect()
    }

    /// What the numbers of the rows count.
    #[must_use]
    pub fn row_name(&self) -> &'static str {
        match self.rows {
            Rows::Workers { .. } => "workers",
            Rows::Requests { .. } => "messages",
        }
    }

    /// The numbers of clients, one a column.
    #[must_use]
    pub fn clients(&self) -> Vec<u32> {
        self.clients.iter().collect()
    }

    /// In the order of their tables.
    #[must_use]
    pub fn transports(&self) -> &[Transport] {
        &self.transports
    }

    /// How many cells there are.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an axis has at least one number"
    )]
    pub fn len(&self) -> usize {
        self.transports.len() * self.row_numbers().len() * self.clients.len()
    }

    /// Every cell's place: transport by transport, row by row.
    pub fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let (rows, columns) = (self.row_numbers().len(), self.clients.len());
        (0..self.len()).map(move |index| Place {
            transport: index / (rows * columns),
            row: index / columns % rows,
            column: index % columns,
        })
    }

    /// Where a cell is among [`Grid::places`].
    #[must_use]
    pub fn index(&self, place: Place) -> usize {
        let rows = self.row_numbers().len();
        (place.transport * rows + place.row) * self.clients.len() + place.column
    }

    #[must_use]
    pub fn cell(&self, place: Place) -> Cell {
        let row = self.row_numbers()[place.row];
        let (workers, requests) = match self.rows {
            Rows::Workers { requests, .. } => (row, requests),
            Rows::Requests { workers, .. } => (workers, row),
        };
        Cell {
            transport: self.transports[place.transport],
            workers,
            clients: self.clients()[place.column],
            requests,
        }
    }

    /// Who plays what in one round. Every cell comes once in each round, and every second round goes
    /// backwards: a machine that slows down steadily then slows all cells alike.
    #[must_use]
    pub fn visits(&self, round: usize) -> Vec<Visit> {
        let mut visits: Vec<Visit> = Vec::new();
        // A row over one transport and then over the other, so that what is compared is near in time.
        let mut places: Vec<Place> = self.places().collect();
        places.sort_by_key(|place| match self.rows {
            Rows::Workers { .. } => (place.row, place.transport),
            Rows::Requests { .. } => (0, place.transport),
        });
        if round % 2 == 1 {
            places.reverse();
        }
        for place in places {
            let Cell {
                transport, workers, ..
            } = self.cell(place);
            match visits.last_mut() {
                Some(visit) if visit.transport == transport && visit.workers == workers => {
                    visit.places.push(place);
                }
                _ => visits.push(Visit {
                    transport,
                    workers,
                    places: vec![place],
                }),
            }
        }
        visits
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::sweep) fn numbers(text: &str) -> Numbers {
        text.parse().unwrap()
    }

    pub(in crate::sweep) fn by_workers(workers: &str, clients: &str, tls: bool) -> Grid {
        let rows = Rows::Workers {
            workers: numbers(workers),
            requests: 1000,
        };
        Grid::new(rows, numbers(clients), transports(tls)).unwrap()
    }

    fn transports(tls: bool) -> Vec<Transport> {
        match tls {
            true => vec![Transport::Plain, Transport::Tls],
            false => vec![Transport::Plain],
        }
    }

    /// Each visit as "workers transport: clients or requests of its cells".
    fn order(grid: &Grid, round: usize) -> Vec<String> {
        let visit = |visit: &Visit| {
            let cells: Vec<String> = visit
                .places
                .iter()
                .map(|place| grid.cell(*place))
                .map(|cell| format!("{}x{}", cell.clients, cell.requests))
                .collect();
            format!(
                "{} {:?}: {}",
                visit.workers,
                visit.transport,
                cells.join(" ")
            )
        };
        grid.visits(round).iter().map(visit).collect()
    }

    #[test]
    fn one_fleet_answers_all_cells_of_its_size() {
        let grid = by_workers("1,2", "4,8", false);
        assert_eq!(
            order(&grid, 0),
            ["1 Plain: 4x1000 8x1000", "2 Plain: 4x1000 8x1000"]
        );
        assert_eq!(order(&grid, 2), order(&grid, 0));
    }

    #[test]
    fn every_second_round_goes_backwards() {
        let grid = by_workers("1,2", "4,8", false);
        assert_eq!(
            order(&grid, 1),
            ["2 Plain: 8x1000 4x1000", "1 Plain: 8x1000 4x1000"]
        );
    }

    #[test]
    fn a_row_is_played_over_one_transport_right_after_the_other() {
        let grid = by_workers("1,2", "4,8", true);
        assert_eq!(
            order(&grid, 0),
            [
                "1 Plain: 4x1000 8x1000",
                "1 Tls: 4x1000 8x1000",
                "2 Plain: 4x1000 8x1000",
                "2 Tls: 4x1000 8x1000",
            ]
        );
    }

    #[test]
    fn rows_of_requests_share_one_fleet() {
        let rows = Rows::Requests {
            requests: numbers("1000,5000"),
            workers: 3,
        };
        let grid = Grid::new(rows, numbers("100,200"), transports(true)).unwrap();
        assert_eq!(
            order(&grid, 0),
            [
                "3 Plain: 100x1000 200x1000 100x5000 200x5000",
                "3 Tls: 100x1000 200x1000 100x5000 200x5000",
            ]
        );
    }

    #[test]
    fn a_place_and_its_index_belong_together() {
        let grid = by_workers("1,2,3", "4,8", true);
        let indices: Vec<usize> = grid.places().map(|place| grid.index(place)).collect();
        assert_eq!(indices, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn too_many_cells_are_refused_with_the_limit() {
        let rows = Rows::Workers {
            workers: numbers("1..21"),
            requests: 1000,
        };
        let error = Grid::new(rows, numbers("1..20"), transports(false)).unwrap_err();
        insta::assert_snapshot!(error, @"that makes 420 cells, and 400 are the most; take fewer numbers");
    }
}
