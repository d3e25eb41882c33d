//! A source that plays back what it was given, for tests.

use super::{SampleError, Source};
use policy::{Arrivals, Sample};
use program::Clock;
use std::collections::VecDeque;
use std::time::Duration;

/// Answers each look with the next step, and after the last one with that again.
#[derive(Debug)]
pub(crate) struct ScriptedSource {
    clock: Clock,
    steps: VecDeque<Step>,
    last_looked_at: Option<Duration>,
    messages_at: Vec<Duration>,
}

/// One look of a [`ScriptedSource`].
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The queue shows this.
    Seen {
        ready: u64,
        /// Consumers of the work queue.
        consumers: u32,
        /// Messages that entered since the look before; not told on the first look.
        arrived: u64,
    },
    Failed(SampleError),
    /// The look never ends.
    Stuck,
    /// The source itself breaks.
    Broken,
}

impl ScriptedSource {
    /// A source that goes through these steps.
    pub(crate) fn new(clock: Clock, steps: impl IntoIterator<Item = Step>) -> Self {
        let steps: VecDeque<Step> = steps.into_iter().collect();
        assert!(!steps.is_empty(), "a script needs at least one step");
        Self {
            clock,
            steps,
            last_looked_at: None,
            messages_at: Vec::new(),
        }
    }

    /// At these times since the clock's origin a message comes in, for whoever waits for a first one.
    /// What looks see of it is for the steps to say.
    pub(crate) fn with_messages_at(mut self, times: impl IntoIterator<Item = Duration>) -> Self {
        self.messages_at = times.into_iter().collect();
        self.messages_at.sort_unstable();
        self
    }
}

impl Source for ScriptedSource {
    async fn sample(&mut self) -> Result<Sample, SampleError> {
        let step = if self.steps.len() > 1 {
            self.steps.pop_front()
        } else {
            self.steps.front().cloned()
        };
        let now = self.clock.now();
        match step.expect("a script keeps its last step") {
            Step::Seen {
                ready,
                consumers,
                arrived,
            } => {
                let over = self.last_looked_at.map(|at| now.saturating_sub(at));
                self.last_looked_at = Some(now);
                let arrivals = match over {
                    Some(over) if !over.is_zero() => Arrivals::Counted {
                        messages: arrived,
                        over,
                    },
                    _ => Arrivals::Unknown,
                };
                Ok(Sample {
                    taken_at: now,
                    ready,
                    consumers,
                    arrivals,
                })
            }
            Step::Failed(error) => {
                self.last_looked_at = None;
                Err(error)
            }
            Step::Stuck => std::future::pending().await,
            Step::Broken => panic!("the script says that the source breaks here"),
        }
    }

    async fn begin_idle(&mut self) {}

    async fn first_message(&mut self) {
        let uncounted = self
            .messages_at
            .iter()
            .find(|at| self.last_looked_at.is_none_or(|looked| **at > looked));
        match uncounted {
            Some(at) => tokio::time::sleep_until(self.clock.instant(*at)).await,
            None => std::future::pending().await,
        }
    }

    async fn close(self) {}
}
