//! Samples a source as often as the policy wants, and hands over what it saw.
//!
//! A task of its own, so that a broker that answers slowly never keeps the loop from its workers.
//! A look that has begun is always seen through, whatever the policy wants meanwhile: what it has
//! counted is counted nowhere else. Only its time limit and the end of the run cut it off, and then
//! the connection goes with it, and what it had counted is known to be missing.

use super::{Cadence, Link, Outlook, SampleError, Source};
use policy::{Polling, Sample, SampleFailure};
use program::Clock;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// One look's outcome waits for the loop at most: a second would be older news.
const REPORTS_WAITING_MAX: usize = 1;

/// No look takes longer than this, whatever the source does: it covers a connection set up from
/// nothing, with its declarations, over a slow network.
const LOOK_MAX: Duration = Duration::from_secs(30);

/// From one look to the next at the least, where a first message brings it forward. A pool may be idle
/// while messages come in all the time, when it is paused for instance, and each of them is a first
/// one. Ten looks a second are 1 % of a core.
const WAKE_PAUSE_MIN: Duration = Duration::from_millis(100);

/// What one look gave.
#[derive(Debug)]
pub struct SampleReport {
    /// The sample, or why there is none.
    pub result: Result<Sample, SampleError>,
    /// How long the look took.
    pub took: Duration,
}

/// The task that looks.
#[derive(Debug)]
pub struct Sampler {
    reports: mpsc::Receiver<SampleReport>,
    polling: watch::Sender<Polling>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Sampler {
    /// Looks at once, and then at the normal pace until it is told otherwise.
    pub fn spawn<S: Source>(source: S, clock: Clock, cadence: Cadence) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS_WAITING_MAX);
        let (polling, wanted) = watch::channel(Polling::Normal);
        let stop = CancellationToken::new();
        let looking = Looking {
            source,
            clock,
            cadence,
            polling: wanted,
        };
        let task = tokio::spawn(looking.until_stopped(sender, stop.clone()));
        Self {
            reports,
            polling,
            stop,
            task,
        }
    }

    /// Looks like this from now on. Waits for nothing.
    pub fn poll(&self, polling: Polling) {
        self.polling.send_replace(polling);
    }

    /// The next report; `None` when the source broke and no more will come.
    /// Cancel-safe: a report that is not taken now is there next time.
    pub async fn next(&mut self) -> Option<SampleReport> {
        self.reports.recv().await
    }

    /// Ends the looking and gives back what the source holds.
    pub async fn close(self) {
        // A sampler that waits to hand over a report must see that nobody takes it.
        drop(self.reports);
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "sampler did not end by itself");
        }
    }
}

struct Looking<S> {
    source: S,
    clock: Clock,
    cadence: Cadence,
    polling: watch::Receiver<Polling>,
}

impl<S: Source> Looking<S> {
    async fn until_stopped(mut self, reports: mpsc::Sender<SampleReport>, stop: CancellationToken) {
        // Stopping in the middle of a look is safe: what was being counted is given back just now.
        stop.run_until_cancelled(self.look_on(reports)).await;
        self.source.close().await;
    }

    async fn look_on(&mut self, reports: mpsc::Sender<SampleReport>) {
        let mut due = self.clock.now();
        loop {
            let began_at = self.clock.now();
            let result = match tokio::time::timeout(LOOK_MAX, self.source.sample()).await {
                Ok(result) => result,
                Err(_) => Err(too_slow()),
            };
            let ended_at = self.clock.now();
            let report = SampleReport {
                result,
                took: ended_at.saturating_sub(began_at),
            };
            if reports.send(report).await.is_err() {
                return;
            }
            due = self.next(due, ended_at).await;
        }
    }

    /// Waits for the next look, and says when it was due. `last` is when the last was due.
    async fn next(&mut self, last: Duration, ended_at: Duration) -> Duration {
        loop {
            let polling = *self.polling.borrow_and_update();
            let due = self.cadence.next(polling, last, ended_at);
            // The pool has not answered to the last look yet: it may be idle no more.
            let wake_from = ended_at + WAKE_PAUSE_MIN;
            let wakes = polling == Polling::Idle && self.clock.now() >= wake_from;
            if wakes {
                self.source.begin_idle().await;
            }
            tokio::select! {
                () = tokio::time::sleep_until(self.clock.instant(due)) => return due,
                () = self.source.first_message(), if wakes => return self.clock.now(),
                () = tokio::time::sleep_until(self.clock.instant(wake_from)),
                    if polling == Polling::Idle && !wakes => {}
                Ok(()) = self.polling.changed() => {}
            }
        }
    }
}

fn too_slow() -> SampleError {
    SampleError {
        failure: SampleFailure::Timeout,
        link: Link::Down,
        outlook: Outlook::Retry,
        message: format!(
            "the work queue could not be looked at within {LOOK_MAX:?}; is the broker overloaded?"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{LOOK_MAX, Sampler};
    use crate::source::{Cadence, ScriptedSource, Step};
    use policy::{Arrivals, FastInterval, Polling, Sample};
    use program::Clock;
    use std::time::Duration;
    use tokio::time::sleep_until;

    const EMPTY: Step = Step::Seen {
        ready: 0,
        consumers: 0,
        arrived: 0,
    };

    /// A sampler that looks every 2 s, and every 0.5 s when polling is fast.
    struct Harness {
        clock: Clock,
        sampler: Sampler,
    }

    impl Harness {
        fn new(steps: impl IntoIterator<Item = Step>, messages_at: &[u64]) -> Self {
            let clock = Clock::start();
            let messages_at = messages_at.iter().copied().map(Duration::from_millis);
            let source = ScriptedSource::new(clock, steps).with_messages_at(messages_at);
            let cadence = Cadence {
                interval: Duration::from_secs(2),
                fast_interval: FastInterval::Every(Duration::from_millis(500)),
            };
            let sampler = Sampler::spawn(source, clock, cadence);
            Self { clock, sampler }
        }

        async fn poll_at(&self, milliseconds: u64, polling: Polling) {
            let at = Duration::from_millis(milliseconds);
            sleep_until(self.clock.instant(at)).await;
            self.sampler.poll(polling);
        }

        async fn sample(&mut self) -> Sample {
            self.sampler.next().await.unwrap().result.unwrap()
        }

        /// When the next looks are taken, in milliseconds.
        async fn looks(&mut self, count: usize) -> Vec<u128> {
            let mut times = Vec::new();
            for _ in 0..count {
                times.push(self.sample().await.taken_at.as_millis());
            }
            times
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_that_has_said_nothing_is_polled_normally() {
        let mut harness = Harness::new([EMPTY], &[300]);
        assert_eq!(harness.looks(3).await, [0, 2000, 4000]);
    }

    #[tokio::test(start_paused = true)]
    async fn fast_polling_is_quick_and_normal_polling_is_at_leisure_again() {
        let mut harness = Harness::new([EMPTY], &[]);
        assert_eq!(harness.looks(2).await, [0, 2000]);
        harness.sampler.poll(Polling::Fast);
        assert_eq!(harness.looks(3).await, [2500, 3000, 3500]);
        harness.sampler.poll(Polling::Normal);
        assert_eq!(harness.looks(2).await, [5500, 7500]);
    }

    #[tokio::test(start_paused = true)]
    async fn fast_polling_that_begins_between_two_looks_waits_no_longer_than_the_fast_pause() {
        let mut harness = Harness::new([EMPTY], &[]);
        assert_eq!(harness.looks(1).await, [0]);
        harness.poll_at(200, Polling::Fast).await;
        assert_eq!(harness.looks(2).await, [500, 1000]);
        harness.sampler.poll(Polling::Normal);
        assert_eq!(harness.looks(1).await, [3000]);
        // That was half a second after the last look long ago.
        harness.poll_at(4700, Polling::Fast).await;
        assert_eq!(harness.looks(3).await, [4700, 5000, 5500]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_message_wakes_an_idle_pool_at_once() {
        let mut harness = Harness::new([EMPTY], &[3300]);
        assert_eq!(harness.looks(1).await, [0]);
        harness.sampler.poll(Polling::Idle);
        assert_eq!(harness.looks(2).await, [2000, 3300]);
        // The next look is counted from that one.
        assert_eq!(harness.looks(1).await, [5300]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_came_before_the_pool_became_idle_wakes_it_too() {
        let mut harness = Harness::new([EMPTY], &[700]);
        assert_eq!(harness.looks(1).await, [0]);
        harness.poll_at(900, Polling::Idle).await;
        assert_eq!(harness.looks(1).await, [900]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_pool_with_messages_all_the_time_is_looked_at_ten_times_a_second() {
        let every_millisecond: Vec<u64> = (1..1000).collect();
        let mut harness = Harness::new([EMPTY], &every_millisecond);
        assert_eq!(harness.looks(1).await, [0]);
        harness.sampler.poll(Polling::Idle);
        assert_eq!(harness.looks(3).await, [100, 200, 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn arrivals_are_counted_over_the_time_that_really_passed() {
        let step = Step::Seen {
            ready: 0,
            consumers: 0,
            arrived: 7,
        };
        let mut harness = Harness::new([step], &[3300]);
        assert_eq!(harness.sample().await.arrivals, Arrivals::Unknown);
        for (polling, expected) in [
            (Polling::Fast, 500),
            (Polling::Normal, 2000),
            (Polling::Idle, 800),
            (Polling::Normal, 2000),
        ] {
            harness.sampler.poll(polling);
            let counted = Arrivals::Counted {
                messages: 7,
                over: Duration::from_millis(expected),
            };
            assert_eq!(harness.sample().await.arrivals, counted, "{polling:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_is_seen_through_whatever_is_wanted_meanwhile() {
        let mut harness = Harness::new([Step::Stuck, EMPTY], &[]);
        for (at, polling) in [(100, Polling::Fast), (200, Polling::Idle)] {
            harness.poll_at(at, polling).await;
        }
        let report = harness.sampler.next().await.unwrap();
        assert_eq!(report.took, LOOK_MAX);
        report.result.unwrap_err();
        assert_eq!(harness.looks(1).await, [32_000]);
    }
}
