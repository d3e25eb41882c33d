//! The steps on the way, as a table.

use super::advice::digits;
use super::estimate::Quartiles;
use super::question::Question;
use super::saturation;
use super::step::{Observed, Step};
use serde::Serialize;
use std::fmt;

/// What a step showed, in a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub step: String,
    /// Messages sent.
    pub messages: usize,
    /// Answers per second.
    pub answers_per_second: Option<f64>,
    /// The median from sending to answer.
    pub response_seconds: Option<f64>,
    /// The most messages that waited in the queue.
    pub ready_max: Option<u64>,
}

impl Row {
    #[must_use]
    pub fn of(question: Question, step: Step, observed: &Observed) -> Self {
        let end = step.duration().unwrap_or(observed.took);
        let responses: Vec<f64> = observed.responses().collect();
        Self {
            step: name(question, step),
            messages: observed.exchanges.len(),
            answers_per_second: saturation::slope(&observed.answers_until(end)),
            response_seconds: Quartiles::of(&responses).map(|quartiles| quartiles.median),
            ready_max: observed.looks.iter().map(|look| look.ready).max(),
        }
    }

    /// What stands above the rows.
    #[must_use]
    pub fn heading() -> String {
        format!(
            "{:<24} {:>9} {:>11} {:>12} {:>10}",
            "step", "messages", "answers/s", "response ms", "ready most"
        )
    }
}

fn name(question: Question, step: Step) -> String {
    match (question, step) {
        (Question::First, _) => "the first message".to_owned(),
        (Question::Alone, _) => "one at a time".to_owned(),
        (_, Step::Groups { size, .. }) => format!("{size} at a time"),
        (Question::Full { attempt: 0, .. }, Step::Clients { clients, .. }) => {
            format!("{clients} clients, longer")
        }
        (Question::Full { .. }, Step::Clients { clients, .. }) => {
            format!("{clients} clients, again")
        }
        (_, Step::Clients { clients, .. }) => format!("{clients} clients"),
        (_, Step::Steady { rate, .. }) => format!("{} msg/s", digits(rate.per_second())),
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), digits);
        write!(
            f,
            "{:<24} {:>9} {:>11} {:>12} {:>10}",
            self.step,
            self.messages,
            shown(self.answers_per_second),
            shown(self.response_seconds.map(|seconds| seconds * 1e3)),
            self.ready_max
                .map_or_else(|| "-".to_owned(), |ready| ready.to_string()),
        )
    }
}
