//! What `run --dry-run` puts in place of workers: ones that only seem to be.
//!
//! The policy is given the world that it would see had its orders been carried out: a worker that
//! is started is ready at once, one that is drained is gone at once, and those that seem to be
//! count as consumers.
//! Without that it would take their silence for a sick broker.
//! What they would have done with the messages is not played: the backlog that is decided on is the
//! true one, and who works it off is somebody else.

use crate::fleet::{Fleet, WorkerUsage};
use crate::source::{SampleError, Source};
use policy::{Event, Exit, Fraction, Sample, WorkerId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::mpsc;

/// Seems to carry out every order.
#[derive(Debug)]
pub struct DryRunFleet {
    alive: BTreeSet<WorkerId>,
    count: Arc<AtomicU32>,
    events: mpsc::Sender<Event>,
}

/// Adds the workers that seem to be to the consumers of the queue.
#[derive(Debug)]
pub struct DryRunSource<S> {
    source: S,
    count: Arc<AtomicU32>,
}

/// A fleet that starts nothing, its events, and the source that goes with it.
/// `processes_max` is the most workers that are ever alive at once.
pub fn pretend<S: Source>(
    source: S,
    processes_max: u32,
) -> (DryRunFleet, mpsc::Receiver<Event>, DryRunSource<S>) {
    // Each worker has two events at most before the loop reads again: started and ready, or gone.
    let waiting_max = 3 * processes_max.max(1) as usize;
    let (events, receiver) = mpsc::channel(waiting_max);
    let count = Arc::new(AtomicU32::new(0));
    let fleet = DryRunFleet {
        alive: BTreeSet::new(),
        count: Arc::clone(&count),
        events,
    };
    (fleet, receiver, DryRunSource { source, count })
}

impl DryRunFleet {
    fn report(&self, event: Event) {
        if let Err(error) = self.events.try_send(event) {
            tracing::error!(error = %error, "dry run lost an event of a seeming worker");
        }
    }

    fn end(&mut self, worker: WorkerId) {
        if self.alive.remove(&worker) {
            self.count.fetch_sub(1, Ordering::Relaxed);
            let jitter = Fraction::try_new(0.0).expect("0 is a fraction");
            self.report(Event::WorkerExited {
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
            self.report(Event::WorkerStarted { worker });
            self.report(Event::WorkerReady { worker });
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
    use crate::fleet::Fleet;
    use crate::source::{ScriptedSource, Source, Step};
    use policy::{Event, Exit, WorkerId};
    use program::Clock;
    use std::time::Duration;

    #[tokio::test]
    async fn workers_seem_to_live_to_consume_and_to_end() {
        let script = [Step::Seen {
            ready: 5,
            consumers: 1,
            arrived: 0,
        }];
        let source = ScriptedSource::new(Clock::start(), script);
        let (mut fleet, mut events, mut source) = pretend(source, 2);
        let (first, second) = (WorkerId(1), WorkerId(2));

        for worker in [first, second] {
            fleet.start(worker);
            assert_eq!(events.recv().await, Some(Event::WorkerStarted { worker }));
            assert_eq!(events.recv().await, Some(Event::WorkerReady { worker }));
        }
        // One consumer is somebody else's.
        assert_eq!(source.sample().await.unwrap().consumers, 3);

        fleet.drain(first);
        fleet.kill(second);
        // An order to a worker that is gone changes nothing.
        fleet.kill(first);
        for expected in [first, second] {
            let event = events.recv().await;
            assert!(
                matches!(event, Some(Event::WorkerExited { worker, exit: Exit::Code(0), .. }) if worker == expected),
                "{event:?}"
            );
        }
        assert!(events.try_recv().is_err());
        assert_eq!(source.sample().await.unwrap().consumers, 1);
    }
    #[tokio::test(start_paused = true)]
    async fn the_first_message_after_a_rest_is_told_as_ever() {
        let clock = Clock::start();
        let at = Duration::from_secs(3);
        let script = [Step::Seen {
            ready: 0,
            consumers: 0,
            arrived: 0,
        }];
        let source = ScriptedSource::new(clock, script).with_messages_at([at]);
        let (_fleet, _events, mut source) = pretend(source, 2);

        source.sample().await.unwrap();
        source.begin_idle().await;
        source.first_message().await;
        assert_eq!(clock.now(), at);
    }
}
