//! What `run --dry-run` puts in place of workers: a fleet that starts nothing.
//!
//! The policy is given the world that it would see had its orders been carried out: a worker that
//! is started is ready at once, one that is drained is gone at once, and those that are pretended
//! count as consumers.
//! Without that it would take their silence for a sick broker.
//! What they would have done with the messages is not played: the backlog is real, and the real
//! fleet, not this one, works it off.

use crate::fleet::{Fleet, Outbox, Report, WorkerUsage};
use crate::source::{SampleError, Source};
use policy::{Event, Exit, Fraction, Sample, WorkerId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Pretends to carry out every order.
#[derive(Debug)]
pub struct DryRunFleet {
    alive: BTreeSet<WorkerId>,
    count: Arc<AtomicU32>,
    events: Arc<Outbox>,
}

/// Adds the pretended workers to the consumers of the queue.
#[derive(Debug)]
pub struct DryRunSource<S> {
    source: S,
    count: Arc<AtomicU32>,
}

/// A fleet that starts nothing, and the source that goes with it.
pub fn pretend<S: Source>(source: S, events: Arc<Outbox>) -> (DryRunFleet, DryRunSource<S>) {
    let count = Arc::new(AtomicU32::new(0));
    let fleet = DryRunFleet {
        alive: BTreeSet::new(),
        count: Arc::clone(&count),
        events,
    };
    (fleet, DryRunSource { source, count })
}

impl DryRunFleet {
    fn end(&mut self, worker: WorkerId) {
        if self.alive.remove(&worker) {
            self.count.fetch_sub(1, Ordering::Relaxed);
            let jitter = Fraction::ZERO;
            self.events.post(Event::WorkerExited {
                worker,
                exit: Exit::Code(0),
                jitter,
            });
        }
    }
}

impl Fleet for DryRunFleet {
    fn start(&mut self, worker: WorkerId) {
        if self.alive.insert(worker) {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.events.post(Event::WorkerStarted { worker });
            self.events.report(worker, Report::Ready);
        }
    }

    fn drain(&mut self, worker: WorkerId) {
        self.end(worker);
    }

    fn kill(&mut self, worker: WorkerId) {
        self.end(worker);
    }

    fn usage(&mut self) -> Vec<WorkerUsage> {
        Vec::new()
    }

    fn last_error(&self) -> Option<String> {
        None
    }
}

impl<S: Source> Source for DryRunSource<S> {
    async fn sample(&mut self) -> Result<Sample, SampleError> {
        let mut sample = self.source.sample().await?;
        sample.consumers = sample
            .consumers
            .saturating_add(self.count.load(Ordering::Relaxed));
        Ok(sample)
    }

    async fn begin_idle(&mut self) {
        self.source.begin_idle().await;
    }

    async fn first_message(&mut self) {
        self.source.first_message().await;
    }

    async fn close(self) {
        self.source.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::pretend;
    use crate::fleet::{Fleet, Outbox};
    use crate::source::{ScriptedSource, Source, Step};
    use policy::{Event, Exit, WorkerId};
    use program::Clock;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn workers_seem_to_live_to_consume_and_to_end() {
        let script = [Step::Seen {
            ready: 5,
            consumers: 1,
            arrived: 0,
        }];
        let source = ScriptedSource::new(Clock::start(), script);
        let events = Arc::new(Outbox::default());
        let (mut fleet, mut source) = pretend(source, Arc::clone(&events));
        let (first, second) = (WorkerId(1), WorkerId(2));

        for worker in [first, second] {
            fleet.start(worker);
            assert_eq!(events.next().await, Event::WorkerStarted { worker });
            assert_eq!(events.next().await, Event::WorkerReady { worker });
        }
        // One consumer is somebody else's.
        assert_eq!(source.sample().await.unwrap().consumers, 3);

        fleet.drain(first);
        fleet.kill(second);
        // An order to a worker that is gone changes nothing.
        fleet.kill(first);
        for expected in [first, second] {
            let event = events.next().await;
            assert!(
                matches!(event, Event::WorkerExited { worker, exit: Exit::Code(0), .. } if worker == expected),
                "{event:?}"
            );
        }
        timeout(Duration::ZERO, events.next()).await.unwrap_err();
        assert_eq!(source.sample().await.unwrap().consumers, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_message_ends_idle_polling_as_ever() {
        let clock = Clock::start();
        let at = Duration::from_secs(3);
        let script = [Step::Seen {
            ready: 0,
            consumers: 0,
            arrived: 0,
        }];
        let source = ScriptedSource::new(clock, script).with_messages_at([at]);
        let (_fleet, mut source) = pretend(source, Arc::default());

        source.sample().await.unwrap();
        source.begin_idle().await;
        source.first_message().await;
        assert_eq!(clock.now(), at);
    }
}
