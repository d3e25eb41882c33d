//! Square-root staffing: workers beyond λ/μ for what chance does to arrivals and to the work.
//!
//! # Where it comes from
//!
//! With exactly a = λ/μ workers every message ends up waiting, since what a lull leaves undone can
//! never be made up for. The number of busy workers swings by √a around a, so the workers that are
//! needed beyond a grow with √a too: N = a + β·√a. Halfin and Whitt (Operations Research 29, 1981)
//! give the share of messages that then have to wait at all, for many workers, arrivals at random
//! (Poisson) and exponential work, with Φ and φ the normal distribution and its density:
//!
//! ```text
//! P(wait) = 1 / (1 + β·Φ(β)/φ(β))
//! ```
//!
//! | β | P(wait) | workers at a = 5 | at a = 20 | at a = 100 |
//! |---|---|---|---|---|
//! | 0.25 | 0.72 | 6 | 22 | 103 |
//! | 0.5 | 0.50 | 7 | 23 | 105 |
//! | 1 | 0.22 | 8 | 25 | 110 |
//! | 1.5 | 0.085 | 9 | 27 | 115 |
//! | 2 | 0.027 | 10 | 29 | 120 |
//!
//! Large fleets need little: at β = 1 a fleet for a = 100 costs 10 % more, one for a = 5 costs 60 %.

use crate::ceiling::ceiling;
use crate::quantity::Headroom;

/// ⌈a + β·√a⌉ for a = λ/μ.
pub(crate) fn workers(headroom: Headroom, load: f64) -> u32 {
    ceiling(load + headroom.beta() * load.sqrt()) as u32
}

#[cfg(test)]
mod tests {
    use crate::quantity::Headroom;

    /// φ(β).
    fn density(beta: f64) -> f64 {
        (-beta * beta / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }

    /// Φ(β), by Simpson's rule from 0.
    fn distribution(beta: f64) -> f64 {
        const STEPS: u32 = 1_000;
        let step = beta / f64::from(STEPS);
        let inner: f64 = (1..STEPS)
            .map(|index| {
                (if index % 2 == 1 { 4.0 } else { 2.0 }) * density(step * f64::from(index))
            })
            .sum();
        0.5 + step / 3.0 * (density(0.0) + inner + density(beta))
    }

    #[test]
    fn the_table() {
        assert!((distribution(1.96) - 0.975).abs() < 1e-4);
        for (beta, waits, workers) in [
            (0.25, 0.72, [6, 22, 103]),
            (0.5, 0.50, [7, 23, 105]),
            (1.0, 0.22, [8, 25, 110]),
            (1.5, 0.085, [9, 27, 115]),
            (2.0, 0.027, [10, 29, 120]),
        ] {
            let computed: f64 = 1.0 / (1.0 + beta * distribution(beta) / density(beta));
            // The table gives two digits.
            let unit = 10_f64.powi(computed.log10().floor() as i32 - 1);
            assert!((computed - waits).abs() <= unit / 2.0, "{beta}: {computed}");
            let headroom = Headroom::try_new(beta).unwrap();
            assert_eq!(
                [5.0, 20.0, 100.0].map(|load| super::workers(headroom, load)),
                workers
            );
        }
    }
}
