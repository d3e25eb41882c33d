//! One session of a worker, from connected to drained or lost: the loop that waits for the next
//! thing to happen, and hands it to the deliveries.

use crate::connections::Connections;
use crate::counters::Counters;
use crate::deliveries::{Deliveries, Notices, Progress};
use crate::kind::Kind;
use crate::outage::{Loss, Outage, STEADY_AFTER};
use crate::reporter::Reporter;
use crate::settings::Settings;
use broker::{AnswerTimeout, Blocked, Consumer, Delivery, Error};
use futures_util::FutureExt;
use program::Interrupts;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

/// Deliveries, results and confirmations taken in one go, before anything else gets its turn.
const BATCH_MAX: usize = 64;

/// What outlives a session.
pub(crate) struct Worker {
    pub(crate) settings: Settings,
    pub(crate) kind: Box<dyn Kind>,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
    pub(crate) reporter: Reporter,
    pub(crate) outage: Outage,
    pub(crate) started_at: Instant,
}

pub(crate) enum Ended {
    /// Everything that was held is acknowledged.
    Drained,
    /// The time for draining was over; so many messages go back to the queue.
    DrainTimedOut(usize),
    /// The session is of no more use.
    Lost(Loss),
}

enum Event {
    StopOrdered,
    /// Something happened to a delivery.
    Progressed(Progress),
    Delivered(Option<Result<Delivery, Error>>),
    BlockedChanged,
    PublishingClosed(Error),
    TimeCame,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Working,
    /// No more is taken, but what was sent ahead still comes.
    Draining {
        until: Duration,
    },
    /// Nothing comes any more.
    Emptying {
        until: Duration,
    },
}

impl Worker {
    pub(crate) fn now(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Works until the order to stop is carried out, or the session is lost.
    pub(crate) async fn work(
        &mut self,
        connections: &mut Connections,
        interrupts: &Interrupts,
    ) -> Ended {
        let session = SessionLoop {
            deliveries: Deliveries::new(
                &self.settings,
                self.kind.as_mut(),
                &mut self.counters,
                &mut self.notices,
                connections.consumer.acknowledger(),
                &mut connections.publisher,
                connections.dead_letters,
            ),
            consumer: &mut connections.consumer,
            reporter: &mut self.reporter,
            outage: &mut self.outage,
            answer_timeout: AnswerTimeout::default(),
            blocked: connections.publishing.blocked(),
            phase: Phase::Working,
            probation: Probation::Until(self.started_at.elapsed() + STEADY_AFTER),
            drain_timeout: self.settings.drain_timeout,
            started_at: self.started_at,
        };
        match session
            .run(connections.publishing.closed(), interrupts)
            .await
        {
            Ok(ended) => ended,
            Err(loss) => Ended::Lost(loss),
        }
    }
}

/// The loop of one session, with its state.
struct SessionLoop<'w> {
    deliveries: Deliveries<'w>,
    consumer: &'w mut Consumer,
    reporter: &'w mut Reporter,
    outage: &'w mut Outage,
    answer_timeout: AnswerTimeout,
    blocked: watch::Receiver<Blocked>,
    phase: Phase,
    probation: Probation,
    drain_timeout: Duration,
    started_at: Instant,
}

/// A session proves good by its first acknowledgement, or by lasting; before that it ends no outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probation {
    Until(Duration),
    Over,
}

impl SessionLoop<'_> {
    async fn run(
        mut self,
        publishing_closed: impl Future<Output = Error>,
        interrupts: &Interrupts,
    ) -> Result<Ended, Loss> {
        let mut publishing_closed = pin!(publishing_closed);
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let now = self.started_at.elapsed();
            let completed_before = self.deliveries.completed();
            self.deliveries.advance(now).await?;
            self.end_probation(now, completed_before);
            let (completed, in_flight) = (self.deliveries.completed(), self.deliveries.in_flight());
            self.reporter.update(now, completed, in_flight);
            if let Some(ended) = self.ended(now)? {
                return Ok(ended);
            }
            let due = self.due();
            set(sleep.as_mut(), due.map(|due| self.started_at + due));
            let takes = !matches!(self.phase, Phase::Emptying { .. });
            let event = tokio::select! {
                biased;
                () = interrupts.stop.cancelled(), if self.phase == Phase::Working => Event::StopOrdered,
                Some(progress) = self.deliveries.next() => Event::Progressed(progress),
                delivery = self.consumer.next(), if takes => Event::Delivered(delivery),
                Ok(()) = self.blocked.changed() => Event::BlockedChanged,
                error = &mut publishing_closed => Event::PublishingClosed(error),
                // Whatever else keeps the worker busy: a drain, too, ends by the clock.
                () = unconstrained(sleep.as_mut()), if due.is_some() => Event::TimeCame,
            };
            self.handle(event).await?;
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), Loss> {
        let now = self.started_at.elapsed();
        match event {
            Event::TimeCame => {}
            Event::PublishingClosed(error) => return Err(error.into()),
            Event::StopOrdered => {
                tracing::info!(held = self.deliveries.in_flight(), "draining");
                let until = now + self.drain_timeout;
                self.phase = Phase::Draining { until };
                self.deliveries.on_drain();
                self.consumer.cancel().await?;
            }
            Event::BlockedChanged => match &*self.blocked.borrow_and_update() {
                Blocked::Yes(reason) => {
                    tracing::warn!(reason, "broker takes no results for now, waiting");
                }
                Blocked::No => tracing::info!("broker takes results again"),
            },
            Event::Progressed(first) => {
                self.progressed(now, first).await?;
                for _ in 1..BATCH_MAX {
                    let Some(Some(next)) = self.deliveries.next().now_or_never() else {
                        break;
                    };
                    self.progressed(now, next).await?;
                }
            }
            Event::Delivered(None) => {
                if let Phase::Draining { until } = self.phase {
                    self.phase = Phase::Emptying { until };
                }
            }
            Event::Delivered(Some(first)) => {
                self.deliveries.on_delivery(first?);
                for _ in 1..BATCH_MAX {
                    match self.consumer.next().now_or_never() {
                        Some(Some(next)) => self.deliveries.on_delivery(next?),
                        // The end is still there to be seen the next time.
                        Some(None) | None => break,
                    }
                }
            }
        }
        Ok(())
    }

    async fn progressed(&mut self, now: Duration, progress: Progress) -> Result<(), Loss> {
        if let Progress::Confirmed(_) = progress {
            self.answer_timeout.restart();
        }
        Ok(self.deliveries.on_progress(now, progress).await?)
    }

    fn end_probation(&mut self, now: Duration, completed_before: u64) {
        if let Probation::Until(steady_at) = self.probation
            && (steady_at <= now || self.deliveries.completed() > completed_before)
        {
            self.probation = Probation::Over;
            self.outage.over();
        }
    }

    fn ended(&mut self, now: Duration) -> Result<Option<Ended>, Loss> {
        self.answer_timeout.update(
            self.started_at + now,
            self.deliveries.unconfirmed(),
            &self.blocked.borrow(),
        );
        if self.answer_due().is_some_and(|due| due <= now) {
            return Err(Loss::Unconfirmed);
        }
        let held = self.deliveries.in_flight();
        Ok(match self.phase {
            Phase::Emptying { .. } if held == 0 => Some(Ended::Drained),
            Phase::Draining { until } | Phase::Emptying { until } if until <= now => {
                Some(Ended::DrainTimedOut(held))
            }
            _ => None,
        })
    }

    /// When the broker is given up.
    fn answer_due(&self) -> Option<Duration> {
        self.answer_timeout.due().map(|due| due - self.started_at)
    }

    /// When the next thing is to be done even if nothing happens.
    fn due(&self) -> Option<Duration> {
        let probation = match self.probation {
            Probation::Until(steady_at) => Some(steady_at),
            Probation::Over => None,
        };
        let drain = match self.phase {
            Phase::Working => None,
            Phase::Draining { until } | Phase::Emptying { until } => Some(until),
        };
        let all = [
            self.deliveries.due(),
            self.reporter.due(),
            self.answer_due(),
            probation,
            drain,
        ];
        all.into_iter().flatten().min()
    }
}

/// Timers are costly to move, and mostly need not be.
fn set(mut sleep: Pin<&mut Sleep>, due: Option<Instant>) {
    if let Some(due) = due
        && sleep.deadline() != due
    {
        sleep.as_mut().reset(due);
    }
}
