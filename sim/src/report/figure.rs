//! Numbers as a person reads them in a column: three digits or so, and never a hidden one.

use crate::summary::Summary;

/// A time in seconds: to the millisecond below a second, and no finer than it matters above.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.3}"),
        s if s < 100.0 => format!("{s:.1}"),
        s => format!("{s:.0}"),
    }
}

/// A share as per cent. What is more than nothing never looks like it.
pub(crate) fn share(share: f64) -> String {
    match 100.0 * share {
        p if p > 0.0 && p < 0.01 => "<0.01 %".to_owned(),
        p if p < 1.0 => format!("{p:.2} %"),
        p => format!("{p:.1} %"),
    }
}

/// Worker-seconds, as a multiple of the floor.
pub(crate) fn ratio(summary: &Summary) -> f64 {
    match summary.floor_worker_seconds {
        floor if floor > 0.0 => summary.worker_seconds / floor,
        // No message came: whoever has no worker either is at the floor.
        _ if summary.worker_seconds > 0.0 => f64::INFINITY,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_hide_what_there_is() {
        assert_eq!(
            [0.0, 0.0214, 9.876, 12.34, 123.4].map(seconds),
            ["0.000", "0.021", "9.876", "12.3", "123"]
        );
        assert_eq!(
            [0.0, 0.000_01, 0.005, 0.5].map(share),
            ["0.00 %", "<0.01 %", "0.50 %", "50.0 %"]
        );
    }
}
