//! What more workers bring: how many times faster than the smallest fleet, and what share of a
//! worker's worth each one adds.

use super::grid::{Place, Rows};
use super::metric::Metric;
use super::results::Results;
use serde::Serialize;

/// A fleet beside the smallest one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpeedUp {
    pub workers: u32,
    /// Requests answered per second.
    pub rate: f64,
    /// How many times the smallest fleet's rate that is.
    pub speed_up: f64,
    /// The speed-up over what as many times the workers would bring at best: 1 loses nothing.
    pub efficiency: f64,
}

/// Each fleet beside the smallest, where the sweep is one of several fleets and one number of
/// clients; nothing where the smallest has no rate.
#[must_use]
pub fn speed_ups(results: &Results, transport: usize) -> Vec<SpeedUp> {
    let grid = results.grid();
    let fleets = grid.row_numbers();
    let by_workers = matches!(grid.rows(), Rows::Workers { .. });
    if !by_workers || fleets.len() < 2 || grid.clients().len() != 1 {
        return Vec::new();
    }
    let rate = |row| {
        let place = Place {
            transport,
            row,
            column: 0,
        };
        results.value(place, Metric::Rate)
    };
    let Some(base) = rate(0).filter(|rate| *rate > 0.0) else {
        return Vec::new();
    };
    let smallest = fleets[0];
    let fleets = fleets.into_iter().enumerate();
    fleets
        .filter_map(|(row, workers)| Some(of(smallest, base, workers, rate(row)?)))
        .collect()
}

/// 1 worker does 180 msg/s and 3 do 486: the speed-up is 486 / 180 = 2.7, of 3 at best, so the
/// efficiency is 2.7 / 3 = 0.9.
fn of(smallest: u32, base: f64, workers: u32, rate: f64) -> SpeedUp {
    let speed_up = rate / base;
    SpeedUp {
        workers,
        rate,
        speed_up,
        efficiency: speed_up * f64::from(smallest) / f64::from(workers),
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::{fail, filled};
    use super::*;

    #[test]
    fn three_workers_that_do_2_7_times_as_much_are_90_percent_efficient() {
        let three = of(1, 180.0, 3, 486.0);
        assert!((three.speed_up - 2.7).abs() < 1e-9);
        assert!((three.efficiency - 0.9).abs() < 1e-9);
    }

    #[test]
    fn the_smallest_fleet_need_not_be_one_worker() {
        let twenty = of(10, 1000.0, 20, 1500.0);
        assert_eq!((twenty.speed_up, twenty.efficiency), (1.5, 0.75));
    }

    #[test]
    fn it_is_worked_out_for_one_number_of_clients_and_without_cells_that_failed() {
        let mut results = filled("1,2,3", "4", false);
        let workers = |results: &Results| -> Vec<u32> {
            speed_ups(results, 0)
                .iter()
                .map(|fleet| fleet.workers)
                .collect()
        };
        assert_eq!(workers(&results), [1, 2, 3]);
        fail(&mut results, 1, 0);
        assert_eq!(workers(&results), [1, 3]);
        fail(&mut results, 0, 0);
        assert_eq!(speed_ups(&results, 0), []);
        assert_eq!(speed_ups(&filled("1,2", "4,8", false), 0), []);
        assert_eq!(speed_ups(&filled("1", "4", false), 0), []);
    }
}
