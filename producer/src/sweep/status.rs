//! What a sweep wants to know of the workers that its controller tells of.

use api::{WorkerReport, WorkersReport};

/// Whether there are exactly so many workers and all of them consume.
#[must_use]
pub fn is_complete(counted: WorkersReport, workers: u32) -> bool {
    let complete = WorkersReport {
        starting: 0,
        ready: workers,
        draining: 0,
    };
    counted == complete
}

/// The workers that there are.
#[must_use]
pub fn ids(fleet: &[WorkerReport]) -> Vec<u64> {
    fleet.iter().map(|worker| worker.id).collect()
}

/// The workers' processes, once all of them are known.
#[must_use]
pub fn pids(fleet: &[WorkerReport]) -> Option<Vec<u32>> {
    fleet.iter().map(|worker| worker.pid).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(starting: u32, ready: u32) -> WorkersReport {
        WorkersReport {
            starting,
            ready,
            draining: 0,
        }
    }

    fn worker(id: u64, pid: Option<u32>) -> WorkerReport {
        WorkerReport {
            id,
            pid,
            ..WorkerReport::default()
        }
    }

    #[test]
    fn a_fleet_is_complete_when_exactly_its_workers_consume() {
        assert!(is_complete(counted(0, 2), 2));
        assert!(!is_complete(counted(0, 2), 3));
        assert!(!is_complete(counted(0, 2), 1));
        assert!(!is_complete(counted(1, 2), 2));
    }

    #[test]
    fn pids_are_known_once_all_are() {
        let known = [worker(1, Some(7)), worker(2, Some(3))];
        assert_eq!((ids(&known), pids(&known)), (vec![1, 2], Some(vec![7, 3])));
        let unknown = [worker(1, Some(7)), worker(2, None)];
        assert_eq!((ids(&unknown), pids(&unknown)), (vec![1, 2], None));
    }
}
