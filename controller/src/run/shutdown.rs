//! How a run ends.
//!
//! ```text
//! Running ──signal──▶ Draining ──signal or deadline──▶ Killing ──deadline──▶ given up
//!    │                   │                               │
//!    └── no pool left ───┴────────── no worker left ─────┴──▶ end
//! ```
//!
//! The deadline of the draining is the longest `stop_grace` and a little more, in which the policy
//! kills what outlives the grace; so it is only met by workers that not even SIGKILL ends in time.

use crate::event_loop::{End, Phase};
use crate::http::AppState;
use crate::systemd;
use anyhow::anyhow;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, Interval};

/// Beyond the longest grace: for the kills at its end, and for the broker's goodbyes.
const DRAIN_MARGIN: Duration = Duration::from_secs(5);

/// A process that gets SIGKILL is gone at once, unless the kernel itself waits for a device.
const KILL_MAX: Duration = Duration::from_secs(5);

/// Somebody who can ask the run to end.
pub(super) trait Requests {
    /// Waits for the next request, and says what it was. Cancel-safe.
    async fn next(&mut self) -> &'static str;
}

/// The loops of a run, and how far its end has come.
pub(super) struct Loops {
    running: JoinSet<(String, End)>,
    phase: watch::Sender<Phase>,
    app: AppState,
    stop_grace_max: Duration,
    deadline: Option<Instant>,
    failure: Option<anyhow::Error>,
}

impl Loops {
    pub(super) fn new(
        running: JoinSet<(String, End)>,
        phase: watch::Sender<Phase>,
        app: AppState,
        stop_grace_max: Duration,
    ) -> Self {
        Self {
            running,
            phase,
            app,
            stop_grace_max,
            deadline: None,
            failure: None,
        }
    }

    /// Waits for the end of every loop, and brings it about when asked.
    pub(super) async fn run_to_end(mut self, mut requests: impl Requests) -> anyhow::Result<()> {
        let mut watchdog = systemd::watchdog_interval().map(program::ticks);
        while !self.running.is_empty() {
            tokio::select! {
                Some(ended) = self.running.join_next() => self.on_loop_ended(ended),
                name = requests.next() => self.on_request(name),
                () = program::until(self.deadline) => self.on_deadline(),
                () = tick(&mut watchdog) => self.on_watchdog(),
            }
        }
        match self.failure {
            Some(failure) => Err(failure),
            None if *self.phase.borrow() == Phase::Running => Err(anyhow!(
                "no pool is left to run; the log says what became of each"
            )),
            None => Ok(()),
        }
    }

    fn on_loop_ended(&mut self, ended: Result<(String, End), JoinError>) {
        match ended {
            Ok((pool, End::Stopped)) => tracing::info!(pool, "pool has ended"),
            Ok((pool, End::HeldElsewhere(holder))) => {
                tracing::error!(pool, error = holder, "pool is held; the run ends");
                self.failure = Some(anyhow!(holder));
                if *self.phase.borrow() == Phase::Running {
                    self.drain();
                }
            }
            Ok((pool, End::SourceBroke)) => {
                tracing::error!(pool, "pool has ended, because its source broke");
            }
            Err(error) if error.is_cancelled() => {}
            // Its workers go on; the next controller finds them and drains them.
            Err(error) => tracing::error!(error = %error, "a pool's loop broke; the others go on"),
        }
    }

    fn on_request(&mut self, name: &'static str) {
        let phase = *self.phase.borrow();
        match phase {
            Phase::Running => {
                tracing::info!(
                    signal = name,
                    "stopping: workers are drained; once more kills them"
                );
                self.drain();
            }
            Phase::Draining => {
                tracing::warn!(signal = name, "asked again: workers are killed");
                self.kill();
            }
            Phase::Killing => tracing::info!(signal = name, "workers are being killed already"),
        }
    }

    fn on_deadline(&mut self) {
        let phase = *self.phase.borrow();
        match phase {
            Phase::Running | Phase::Draining => {
                tracing::warn!("workers outlive their grace; they are killed");
                self.kill();
            }
            Phase::Killing => {
                self.failure = Some(anyhow!(
                    "workers could not be killed, or the disk of the journals hangs; the next \
                     controller on this state directory tries again"
                ));
                self.deadline = None;
                self.running.abort_all();
            }
        }
    }

    fn on_watchdog(&self) {
        if self.app.turns() {
            systemd::alive();
        } else {
            tracing::error!("a pool's loop does not turn; systemd is not told that all is well");
        }
    }

    fn drain(&mut self) {
        let limit = self.stop_grace_max + DRAIN_MARGIN;
        systemd::stopping(limit + KILL_MAX + DRAIN_MARGIN);
        self.deadline = Some(Instant::now() + limit);
        self.phase.send_replace(Phase::Draining);
    }

    fn kill(&mut self) {
        self.deadline = Some(Instant::now() + KILL_MAX);
        self.phase.send_replace(Phase::Killing);
    }
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::{Loops, Requests};
    use crate::event_loop::{End, Phase};
    use crate::http::AppState;
    use crate::metrics::Metrics;
    use program::Clock;
    use std::future::Future;
    use std::time::Duration;
    use tokio::sync::{mpsc, watch};
    use tokio::task::JoinSet;
    use tokio::time::Instant;

    const GRACE: Duration = Duration::from_secs(10);

    impl Requests for mpsc::Receiver<&'static str> {
        async fn next(&mut self) -> &'static str {
            match self.recv().await {
                Some(name) => name,
                None => std::future::pending().await,
            }
        }
    }

    /// A run whose loops the test plays.
    struct Harness {
        loops: JoinSet<(String, End)>,
        phase: watch::Sender<Phase>,
        app: AppState,
    }

    impl Harness {
        fn new() -> Self {
            let (phase, phases) = watch::channel(Phase::Running);
            let (_, host) = watch::channel(None);
            let app = AppState {
                clock: Clock::start(),
                metrics: Metrics::new(),
                pools: Vec::new().into(),
                phase: phases,
                host,
            };
            Self {
                loops: JoinSet::new(),
                phase,
                app,
            }
        }

        fn add<E: Future<Output = End> + Send + 'static>(
            &mut self,
            name: &str,
            play: impl FnOnce(watch::Receiver<Phase>) -> E,
        ) {
            let name = name.to_owned();
            let playing = play(self.app.phase.clone());
            self.loops.spawn(async move { (name, playing.await) });
        }

        fn phases(&self) -> watch::Receiver<Phase> {
            self.app.phase.clone()
        }

        async fn run_to_end(self, requests: mpsc::Receiver<&'static str>) -> anyhow::Result<()> {
            Loops::new(self.loops, self.phase, self.app, GRACE)
                .run_to_end(requests)
                .await
        }
    }

    /// A loop that ends once the run has come this far.
    async fn until(phase: Phase, mut phases: watch::Receiver<Phase>) -> End {
        phases.wait_for(|now| *now >= phase).await.unwrap();
        End::Stopped
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_drains_and_the_end_is_a_success() {
        let mut harness = Harness::new();
        harness.add("filter", |phases| until(Phase::Draining, phases));
        harness.add("mail", |phases| until(Phase::Draining, phases));
        let (asking, requests) = mpsc::channel(1);
        asking.send("SIGTERM").await.unwrap();

        harness.run_to_end(requests).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_request_skips_the_grace() {
        let mut harness = Harness::new();
        harness.add("filter", |phases| until(Phase::Killing, phases));
        let (asking, requests) = mpsc::channel(2);
        asking.send("SIGTERM").await.unwrap();
        asking.send("SIGINT").await.unwrap();
        let began_at = Instant::now();

        harness.run_to_end(requests).await.unwrap();

        assert!(began_at.elapsed() < GRACE, "{:?}", began_at.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn workers_that_outlive_the_deadline_are_killed() {
        let mut harness = Harness::new();
        harness.add("filter", |phases| until(Phase::Killing, phases));
        let (asking, requests) = mpsc::channel(1);
        asking.send("SIGTERM").await.unwrap();
        let began_at = Instant::now();

        harness.run_to_end(requests).await.unwrap();

        assert!(began_at.elapsed() > GRACE, "{:?}", began_at.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_not_be_killed_is_given_up_as_a_failure() {
        let mut harness = Harness::new();
        harness.add("filter", |_| std::future::pending());
        let (asking, requests) = mpsc::channel(1);
        asking.send("SIGTERM").await.unwrap();

        let error = harness.run_to_end(requests).await.unwrap_err();

        assert!(error.to_string().contains("could not be killed"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_that_breaks_leaves_the_others_running() {
        let mut harness = Harness::new();
        harness.add("broken", |_| async { panic!("the test breaks this loop") });
        harness.add("unsampled", |_| async { End::SourceBroke });
        harness.add("filter", |phases| until(Phase::Draining, phases));
        let phases = harness.phases();
        let (asking, requests) = mpsc::channel(1);
        let an_hour = Duration::from_secs(3600);
        let began_at = Instant::now();
        let ask_later = async {
            tokio::time::sleep(an_hour).await;
            assert_eq!(*phases.borrow(), Phase::Running);
            asking.send("SIGTERM").await.unwrap();
        };

        let (result, ()) = tokio::join!(harness.run_to_end(requests), ask_later);

        result.unwrap();
        assert!(began_at.elapsed() >= an_hour, "{:?}", began_at.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_without_any_pool_left_has_failed() {
        let mut harness = Harness::new();
        harness.add("broken", |_| async { panic!("the test breaks this loop") });
        harness.add("unsampled", |_| async { End::SourceBroke });
        let (_asking, requests) = mpsc::channel(1);

        let error = harness.run_to_end(requests).await.unwrap_err();

        assert!(error.to_string().contains("no pool is left"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_that_is_held_elsewhere_drains_the_others_and_fails() {
        let mut harness = Harness::new();
        let held = "held by the controller with pid 7".to_owned();
        harness.add("held", |_| async { End::HeldElsewhere(held) });
        harness.add("filter", |phases| until(Phase::Draining, phases));
        let (_asking, requests) = mpsc::channel(1);

        let error = harness.run_to_end(requests).await.unwrap_err();

        assert!(error.to_string().contains("pid 7"), "{error}");
    }
}
