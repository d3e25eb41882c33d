//! Rounding up, where floating point must not cost a worker.

/// The next whole number, where what floating point adds to a whole number does not count.
///
/// μ = 0.7 and Tr = 3 s give C = 2.0999999999999996, by which 21 messages would need 11 workers.
/// The few roundings on the way here are below one part in 10¹⁵ each.
pub(crate) fn ceiling(number: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    (number * (1.0 - ROUNDING)).ceil()
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn what_rounding_adds_does_not_cost_a_worker() {
        for (number, expected) in [
            (4000.0 / 400.0, 10.0),
            (21.0 / (0.7 * 3.0), 10.0),
            (0.3 / 0.1, 3.0),
            (4001.0 / 400.0, 11.0),
            (0.0, 0.0),
            (1e-9, 1.0),
            (1_000_000_001.0 / 1_000_000_000.0, 2.0),
        ] {
            assert_eq!(ceiling(number), expected, "{number}");
        }
    }
}
