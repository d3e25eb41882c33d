//! Looks at a source at a fixed cadence and hands over what it saw.
//!
//! A task of its own, so that a broker that answers slowly never keeps the loop from its workers.
//! Looks that are missed are skipped, not made up for: an old look is worth nothing.

use super::{Link, Outlook, SampleError, Source};
use crate::clock::Clock;
use policy::{Sample, SampleFailure};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// One look's outcome waits for the loop at most: a second would be older news.
const REPORTS_WAITING_MAX: usize = 1;

/// No look takes longer than this, whatever the source does: it covers a connection set up from
/// nothing, with its declarations, over a slow network.
const LOOK_MAX: Duration = Duration::from_secs(30);

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
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Sampler {
    /// Looks at once, and then every `interval`.
    pub fn spawn<S: Source>(source: S, clock: Clock, interval: Duration) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS_WAITING_MAX);
        let stop = CancellationToken::new();
        let task = tokio::spawn(look_until_stopped(
            source,
            clock,
            interval,
            sender,
            stop.clone(),
        ));
        Self {
            reports,
            stop,
            task,
        }
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

async fn look_until_stopped<S: Source>(
    mut source: S,
    clock: Clock,
    interval: Duration,
    reports: mpsc::Sender<SampleReport>,
    stop: CancellationToken,
) {
    let mut cadence = tokio::time::interval(interval);
    cadence.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let looking = async {
        loop {
            cadence.tick().await;
            let began_at = clock.now();
            let result = match tokio::time::timeout(LOOK_MAX, source.sample()).await {
                Ok(result) => result,
                Err(_) => Err(too_slow()),
            };
            let report = SampleReport {
                result,
                took: clock.now().saturating_sub(began_at),
            };
            if reports.send(report).await.is_err() {
                return;
            }
        }
    };
    // Stopping in the middle of a look is safe: what was being counted is given back just now.
    stop.run_until_cancelled(looking).await;
    source.close().await;
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
