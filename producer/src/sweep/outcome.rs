//! What came of a cell: measured, failed with a reason, or not played.

use serde::Serialize;

/// The figures of one play of a cell, or the median of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Requests answered per second, from the first request to the last reply.
    pub rate: Option<f64>,
    /// From when a client was free to its reply.
    pub wait_p50_seconds: Option<f64>,
    /// The same, of 95 in 100.
    pub wait_p95_seconds: Option<f64>,
    /// The same, of 99 in 100.
    pub wait_p99_seconds: Option<f64>,
    /// Processors that the workers kept busy, all together.
    pub workers_cpu_cores: Option<f64>,
    /// Resident memory of the workers at the end of the cell, all together.
    pub workers_memory_bytes: Option<f64>,
}

/// Requests of a cell, over all its plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    pub sent: u64,
    pub replied: u64,
    /// Confirmed by the broker and never answered.
    pub lost: u64,
    /// Answered more than once.
    pub duplicated: u64,
}

/// What came of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    NotPlayed,
    /// Every request of every play was answered.
    Done {
        /// The median of its plays.
        measured: Measured,
        /// How many plays there were.
        plays: usize,
        /// Over all plays.
        requests: Requests,
    },
    /// It could not be played to its end, or not every request was answered.
    Failed {
        reason: String,
        /// Over all plays.
        requests: Requests,
    },
}

/// The plays of a cell so far.
#[derive(Clone, Debug, Default)]
pub struct Plays {
    measured: Vec<Measured>,
    requests: Requests,
    failure: Option<String>,
}

impl Plays {
    /// A play went to its end and every request was answered.
    pub fn done(&mut self, measured: Measured, requests: Requests) {
        self.add(requests);
        self.measured.push(measured);
    }

    /// A play failed; the first reason is kept.
    pub fn failed(&mut self, reason: String, requests: Requests) {
        self.add(requests);
        self.failure.get_or_insert(reason);
    }

    /// Whether a play has failed: the cell's figures would leave out what went wrong.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let requests = self.requests;
        if let Some(reason) = &self.failure {
            return Outcome::Failed {
                reason: reason.clone(),
                requests,
            };
        }
        if self.measured.is_empty() {
            return Outcome::NotPlayed;
        }
        let of = |value: fn(&Measured) -> Option<f64>| {
            median(self.measured.iter().filter_map(value).collect())
        };
        Outcome::Done {
            measured: Measured {
                rate: of(|play| play.rate),
                wait_p50_seconds: of(|play| play.wait_p50_seconds),
                wait_p95_seconds: of(|play| play.wait_p95_seconds),
                wait_p99_seconds: of(|play| play.wait_p99_seconds),
                workers_cpu_cores: of(|play| play.workers_cpu_cores),
                workers_memory_bytes: of(|play| play.workers_memory_bytes),
            },
            plays: self.measured.len(),
            requests,
        }
    }

    fn add(&mut self, requests: Requests) {
        self.requests = Requests {
            sent: self.requests.sent + requests.sent,
            replied: self.requests.replied + requests.replied,
            lost: self.requests.lost + requests.lost,
            duplicated: self.requests.duplicated + requests.duplicated,
        };
    }
}

impl Outcome {
    /// What was measured, of a cell that is done.
    #[must_use]
    pub fn measured(&self) -> Option<&Measured> {
        match self {
            Self::Done { measured, .. } => Some(measured),
            Self::NotPlayed | Self::Failed { .. } => None,
        }
    }
}

/// The middle one; the mean of the two in the middle where there are two.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[middle - 1], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(rate: f64) -> Measured {
        Measured {
            rate: Some(rate),
            ..Measured::default()
        }
    }

    const ANSWERED: Requests = Requests {
        sent: 10,
        replied: 10,
        lost: 0,
        duplicated: 0,
    };

    #[test]
    fn the_median_is_the_middle_one_or_the_mean_of_two() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn a_cell_is_the_median_of_its_plays_and_the_sum_of_their_requests() {
        let mut plays = Plays::default();
        assert_eq!(plays.outcome(), Outcome::NotPlayed);
        for play in [100.0, 300.0, 110.0] {
            plays.done(rate(play), ANSWERED);
        }
        let Outcome::Done {
            measured,
            plays,
            requests,
        } = plays.outcome()
        else {
            panic!("the cell is done");
        };
        assert_eq!((measured, plays), (rate(110.0), 3));
        assert_eq!((requests.sent, requests.replied), (30, 30));
    }

    #[test]
    fn one_play_that_fails_fails_the_cell_and_the_first_reason_stands() {
        let mut plays = Plays::default();
        plays.done(rate(100.0), ANSWERED);
        plays.failed(
            "3 requests are lost".to_owned(),
            Requests {
                lost: 3,
                ..ANSWERED
            },
        );
        plays.failed("another".to_owned(), Requests::default());
        let Outcome::Failed { reason, requests } = plays.outcome() else {
            panic!("the cell has failed");
        };
        assert_eq!((reason.as_str(), requests.lost), ("3 requests are lost", 3));
        assert_eq!(plays.outcome().measured(), None);
    }
}
