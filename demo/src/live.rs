//! What the controller showed while the demo ran: a line every 2 s for the eye, and every look for
//! the picture.

use std::fmt::Write as _;
use std::time::{Duration, Instant};
use testbed::pool_report::{PoolReport, PoolsReport};

/// As often as the shipped configuration samples.
const LINE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) at_seconds: f64,
    pub(crate) arrival_rate: f64,
    pub(crate) ready: u64,
    pub(crate) in_flight: u64,
    pub(crate) desired: u32,
    pub(crate) workers: u32,
}

#[derive(Debug)]
pub(crate) struct Live {
    started_at: Instant,
    next_line: Duration,
    looks: Vec<Look>,
}

impl Live {
    /// Prints the heading of the lines.
    pub(crate) fn start() -> Self {
        println!("{HEADING}");
        Self {
            started_at: Instant::now(),
            next_line: Duration::ZERO,
            looks: Vec::new(),
        }
    }

    pub(crate) fn look(&mut self, report: &PoolsReport) {
        let Some(pool) = report.pools.first() else {
            return;
        };
        let at = self.started_at.elapsed();
        self.looks.push(Look {
            at_seconds: at.as_secs_f64(),
            arrival_rate: pool.arrival_rate.unwrap_or(0.0),
            ready: pool.ready.unwrap_or(0),
            in_flight: pool.in_flight.unwrap_or(0),
            desired: pool.desired,
            workers: pool.workers.starting + pool.workers.ready,
        });
        if at >= self.next_line {
            self.next_line += LINE;
            println!("{}", line(at, pool, report.host.map(|host| host.cpu_ratio)));
        }
    }

    pub(crate) fn into_looks(self) -> Vec<Look> {
        self.looks
    }
}

/// Over the columns of [`line()`].
const HEADING: &str = concat!(
    "   time  arrivals/s    ready  in flight  demand  desired",
    "  workers: starting  ready  draining    CPU",
);

/// One line; what is not known is a dash.
fn line(at: Duration, pool: &PoolReport, cpu_ratio: Option<f64>) -> String {
    let mut line = String::new();
    let known =
        |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let rate = pool
        .arrival_rate
        .map_or_else(|| "-".to_owned(), |rate| format!("{rate:.0}"));
    let cpu = cpu_ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0));
    // Writing to a String can't fail.
    write!(
        line,
        "{:>5} s  {rate:>10}  {:>7}  {:>9}  {:>6}  {:>7}  {:>17}  {:>5}  {:>8}  {cpu:>5}",
        at.as_secs(),
        known(pool.ready),
        known(pool.in_flight),
        pool.demand,
        pool.desired,
        pool.workers.starting,
        pool.workers.ready,
        pool.workers.draining,
    )
    .ok();
    line
}
