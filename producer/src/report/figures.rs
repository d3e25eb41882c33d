//! Numbers as they are read at a glance.

/// A duration with the unit that suits it: `850 µs`, `5.2 ms`, `1.35 s`, `12 min`.
pub(crate) fn duration(seconds: Option<f64>) -> String {
    match seconds {
        None => "-".to_owned(),
        Some(seconds) if seconds < 0.000_999_5 => format!("{:.0} µs", seconds * 1e6),
        Some(seconds) if seconds < 0.009_95 => format!("{:.1} ms", seconds * 1e3),
        Some(seconds) if seconds < 0.999_5 => format!("{:.0} ms", seconds * 1e3),
        Some(seconds) if seconds < 99.95 => format!("{seconds:.2} s"),
        Some(seconds) if seconds < 600.0 => format!("{seconds:.0} s"),
        Some(seconds) => format!("{:.0} min", seconds / 60.0),
    }
}

/// Messages per second: `0.5/s`, `389/s`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        rate if rate > 0.0 && rate < 9.95 => format!("{rate:.1}/s"),
        rate => format!("{rate:.0}/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_that_suits_it() {
        let shown = [0.0, 0.000_85, 0.0052, 0.1204, 1.35, 59.9, 125.0, 720.0]
            .map(|seconds| duration(Some(seconds)));
        let expected = [
            "0 µs", "850 µs", "5.2 ms", "120 ms", "1.35 s", "59.90 s", "125 s", "12 min",
        ];
        assert_eq!(shown, expected);
        assert_eq!(duration(None), "-");
    }

    #[test]
    fn only_a_small_rate_has_a_decimal() {
        assert_eq!(
            [0.0, 0.5, 389.5, 20_000.0].map(rate),
            ["0/s", "0.5/s", "390/s", "20000/s"]
        );
    }
}
