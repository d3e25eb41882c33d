//! What a cell is judged by, which way is better, and how a number of it is written.

use super::outcome::Measured;
use clap::ValueEnum;

/// What a cell is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Metric {
    /// Requests answered per second
    Rate,
    /// The wait that half of the requests did not exceed
    P50,
    /// The wait that 95 of 100 requests did not exceed
    P95,
    /// The wait that 99 of 100 requests did not exceed
    P99,
    /// Processors that the workers kept busy, all together
    Cpu,
    /// Resident memory of all workers together
    Memory,
}

/// Which of two values is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    More,
    Less,
}

impl Metric {
    /// Names it, with its unit.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rate => "rate, msg/s",
            Self::P50 => "wait p50, ms",
            Self::P95 => "wait p95, ms",
            Self::P99 => "wait p99, ms",
            Self::Cpu => "workers' CPU, cores",
            Self::Memory => "workers' memory, MB",
        }
    }

    /// Which way is better.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Self::Rate => Better::More,
            Self::P50 | Self::P95 | Self::P99 | Self::Cpu | Self::Memory => Better::Less,
        }
    }

    /// What a cell came to, in the title's unit; nothing where it is not known.
    #[must_use]
    pub fn of(self, measured: &Measured) -> Option<f64> {
        match self {
            Self::Rate => measured.rate,
            Self::P50 => measured.wait_p50_seconds.map(|seconds| seconds * 1e3),
            Self::P95 => measured.wait_p95_seconds.map(|seconds| seconds * 1e3),
            Self::P99 => measured.wait_p99_seconds.map(|seconds| seconds * 1e3),
            Self::Cpu => measured.workers_cpu_cores,
            Self::Memory => measured.workers_memory_bytes.map(|bytes| bytes / 1e6),
        }
    }

    /// The index of the best of these values; the first of several that are equal.
    #[must_use]
    pub fn best(self, values: &[Option<f64>]) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (index, value) in values.iter().enumerate() {
            let Some(value) = *value else { continue };
            let beats = best.is_none_or(|(_, so_far)| match self.better() {
                Better::More => value > so_far,
                Better::Less => value < so_far,
            });
            if beats {
                best = Some((index, value));
            }
        }
        best.map(|(index, _)| index)
    }
}

/// A number of a cell, with as many digits as are worth reading: three, or all before the point.
#[must_use]
pub fn write(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_rate_is_the_largest_and_the_best_wait_the_smallest() {
        let values = [None, Some(2.0), Some(3.0), Some(1.0), Some(3.0), None];
        assert_eq!(Metric::Rate.best(&values), Some(2));
        assert_eq!(Metric::P95.best(&values), Some(3));
        assert_eq!(Metric::Memory.best(&[None, None]), None);
    }

    #[test]
    fn numbers_have_the_digits_that_are_worth_reading() {
        let written = [12_345.67, 345.67, 45.67, 5.678, 0.1234].map(write);
        assert_eq!(written, ["12346", "346", "45.7", "5.68", "0.12"]);
    }
}
