//! Why a figure is out of reach, where one is: what the page says beside a miss.

use super::aims::AIMS;

/// Workload, aim, and the sentences.
const REASONS: &[(&str, &str, &str)] = &[];

/// Why this aim is missed on this workload, where somebody has found out.
pub(super) fn why(workload: &str, aim: &str) -> Option<&'static str> {
    debug_assert!(AIMS.iter().any(|known| known.key == aim), "{aim} is no aim");
    REASONS
        .iter()
        .find(|reason| (reason.0, reason.1) == (workload, aim))
        .map(|reason| reason.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_about_workloads_and_aims_that_there_are() {
        let workloads = crate::workloads::all(1);
        for (workload, aim, why) in REASONS {
            assert!(
                workloads.iter().any(|known| known.name == *workload),
                "{workload}"
            );
            assert!(AIMS.iter().any(|known| known.key == *aim), "{aim}");
            assert!(why.ends_with('.'), "{why}");
        }
    }
}
