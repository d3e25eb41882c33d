//! What the probe does to a fleet, a step at a time, and what is seen of it from outside.

use std::time::Duration;
use traffic::Rate;

/// Messages of one step, about: each is kept, and no estimate gets better by more of them.
pub const MESSAGES_MAX: u32 = 100_000;

/// One thing done to the fleet. Each begins with no message of the probe's on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A group of messages at once; the next group when the last reply has come.
    Groups {
        /// Messages in a group.
        size: u32,
        repeats: u32,
    },
    /// Clients that each send the next message when the last one is answered.
    Clients {
        clients: u32,
        /// For how long they send.
        duration: Duration,
    },
    /// An even rate, however the fleet does.
    Steady {
        /// How many a second.
        rate: Rate,
        duration: Duration,
    },
}

/// What was seen during a step. All instants count from the step's start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Every message, in the order in which they were sent.
    pub exchanges: Vec<Exchange>,
    /// The looks at the queue, in their order.
    pub looks: Vec<Look>,
    /// How long it took, until the last answer.
    pub took: Duration,
}

/// A message and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub sent: Duration,
    /// When its answer came, if one did.
    pub replied: Option<Duration>,
}

/// A passive look at the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub at: Duration,
    /// Messages that wait.
    pub ready: u64,
    /// Consumers there are.
    pub consumers: u32,
}

impl Step {
    /// For how long it sends, where that does not depend on the fleet.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        match *self {
            Self::Groups { .. } => None,
            Self::Clients { duration, .. } | Self::Steady { duration, .. } => Some(duration),
        }
    }
}

impl Observed {
    /// From sending to answer, in seconds, of those that were answered.
    pub fn responses(&self) -> impl Iterator<Item = f64> + '_ {
        self.exchanges.iter().filter_map(Exchange::response)
    }

    /// When answers came, in seconds and in their order, up to an instant.
    #[must_use]
    pub fn answers_until(&self, end: Duration) -> Vec<f64> {
        let replied = self
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.replied);
        let mut answers: Vec<f64> = replied
            .filter(|at| *at <= end)
            .map(|at| at.as_secs_f64())
            .collect();
        answers.sort_by(f64::total_cmp);
        answers
    }

    /// Messages sent and not answered at each of these instants, which are in their order.
    #[must_use]
    pub fn outstanding_at(&self, instants: &[Duration]) -> Vec<i64> {
        // Up at each sending, down at each answer; a sum over both, in the order of time.
        let ups = self.exchanges.iter().map(|exchange| (exchange.sent, 1));
        let replied = self
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.replied);
        let mut changes: Vec<(Duration, i64)> = ups.chain(replied.map(|at| (at, -1))).collect();
        changes.sort_unstable();
        let mut changes = changes.into_iter().peekable();
        let mut outstanding = 0;
        instants
            .iter()
            .map(|instant| {
                while let Some((_, change)) = changes.next_if(|(at, _)| at <= instant) {
                    outstanding += change;
                }
                outstanding
            })
            .collect()
    }
}

impl Exchange {
    /// From sending to answer, in seconds.
    #[must_use]
    pub fn response(&self) -> Option<f64> {
        Some(self.replied?.saturating_sub(self.sent).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn what_is_outstanding_rises_with_a_message_and_falls_with_its_answer() {
        let exchange = |sent, replied: Option<u64>| Exchange {
            sent: at(sent),
            replied: replied.map(at),
        };
        let observed = Observed {
            exchanges: vec![
                exchange(0, Some(20)),
                exchange(5, Some(15)),
                exchange(10, None),
            ],
            ..Observed::default()
        };
        let instants = [at(0), at(7), at(12), at(15), at(30)];
        assert_eq!(observed.outstanding_at(&instants), [1, 2, 3, 2, 1]);
        assert_eq!(observed.answers_until(at(19)), [0.015]);
        assert_eq!(observed.responses().collect::<Vec<_>>(), [0.02, 0.01]);
    }
}
