//! A histogram as text in the form that HdrHistogram's own tools print and plot, `.hgrm`.

use super::{DIGITS, Durations};
use std::fmt::Write as _;

/// In a millisecond, which is the unit of the file: what the plotters of such files expect.
const MICROSECONDS: f64 = 1000.0;

impl Durations {
    /// The percentile distribution in milliseconds, with as many decimals as were measured.
    #[must_use]
    pub fn hgrm(&self) -> String {
        let mut text = format!(
            "{:>12} {:>14} {:>10} {:>14}\n\n",
            "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
        );
        let mut total = 0;
        for step in self.histogram.iter_quantiles(5) {
            total += step.count_since_last_iteration();
            let share = step.quantile_iterated_to();
            let value = milliseconds(step.value_iterated_to());
            write!(text, "{value:12.3} {share:14.12} {total:10}")
                .expect("a string takes every text");
            // Nothing is beyond the last.
            if share < 1.0 {
                write!(text, " {:14.2}", 1.0 / (1.0 - share)).expect("a string takes every text");
            }
            text.push('\n');
        }
        let histogram = &self.histogram;
        let (mean, deviation) = (histogram.mean(), histogram.stdev());
        let extra = [
            (
                "Mean",
                mean / MICROSECONDS,
                "StdDeviation",
                deviation / MICROSECONDS,
            ),
            (
                "Max",
                milliseconds(histogram.max()),
                "Total count",
                count(histogram.len()),
            ),
            (
                "Buckets",
                f64::from(histogram.buckets()),
                "SubBuckets",
                f64::from(2 * 10_u32.pow(u32::from(DIGITS)))
                    .log2()
                    .ceil()
                    .exp2(),
            ),
        ];
        for (left, left_value, right, right_value) in extra {
            let left_value = number(left, left_value);
            let right_value = number(right, right_value);
            writeln!(
                text,
                "#[{left:<7} = {left_value:>12}, {right:<14} = {right_value:>12}]"
            )
            .expect("a string takes every text");
        }
        text
    }
}

/// What is counted is whole; what is measured has three decimals.
fn number(name: &str, value: f64) -> String {
    match name {
        "Total count" | "Buckets" | "SubBuckets" => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a day has 9e10 microseconds")]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / MICROSECONDS
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn count(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_file_is_the_one_that_plotters_of_histograms_read() {
        let mut durations = Durations::default();
        for milliseconds in [1, 2, 3, 4, 5, 6, 7, 8, 9, 1500] {
            durations.record(Duration::from_millis(milliseconds));
        }
        insta::assert_snapshot!(durations.hgrm(), @r#"
               Value     Percentile TotalCount 1/(1-Percentile)

               1.000 0.000000000000          1           1.00
               1.000 0.100000000000          1           1.11
               2.000 0.200000000000          2           1.25
               4.001 0.300000000000          4           1.43
               4.001 0.400000000000          4           1.67
               5.003 0.500000000000          5           2.00
               6.003 0.550000000000          6           2.22
               7.003 0.600000000000          7           2.50
               7.003 0.650000000000          7           2.86
               8.003 0.700000000000          8           3.33
               8.003 0.750000000000          8           4.00
               8.003 0.775000000000          8           4.44
               9.007 0.800000000000          9           5.00
               9.007 0.825000000000          9           5.71
               9.007 0.850000000000          9           6.67
               9.007 0.875000000000          9           8.00
               9.007 0.887500000000          9           8.89
            1500.159 0.900000000000         10          10.00
            1500.159 1.000000000000         10
        #[Mean    =      154.466, StdDeviation   =      448.401]
        #[Max     =     1500.159, Total count    =           10]
        #[Buckets =           27, SubBuckets     =         2048]
        "#);
    }

    #[test]
    fn nothing_is_a_file_without_lines() {
        let text = Durations::default().hgrm();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), 2, "{text}");
    }
}
