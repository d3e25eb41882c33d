//! One session of a worker, from connected to drained or lost: the loop that waits for the next
//! thing to happen, and has it dealt with on the bench.

use crate::bench::{Answered, Bench, Notices, Unconfirmed};
use crate::counters::Counters;
use crate::link::Link;
use crate::outage::{CONFIRM_SECONDS, Loss, Outage};
use crate::reporter::Reporter;
use crate::settings::Settings;
use crate::stop::Stop;
use broker::{Blocked, Delivery, Error};
use futures_util::{FutureExt, StreamExt};
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// A session that lasted this long is good, even if no message came.
const STEADY_AFTER: Duration = Duration::from_secs(1);

const CONFIRM_TIMEOUT: Duration = Duration::from_secs(CONFIRM_SECONDS);

/// Deliveries and confirmations taken in one go, before anything else gets its turn.
const BATCH_MAX: usize = 64;

/// What outlives a session.
pub(crate) struct Worker {
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    pub(crate) notices: Notices,
    pub(crate) reporter: Reporter,
    pub(crate) outage: Outage,
    pub(crate) started_at: Instant,
}

/// How a session ended.
pub(crate) enum Ended {
    /// Everything that was held is acknowledged.
    Drained,
    /// The time for draining was over; so many messages go back to the queue.
    DrainTimedOut(usize),
    /// The session is of no more use.
    Lost(Loss),
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is not kept"
)]
enum Event {
    StopOrdered,
    Answered(Answered),
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
    pub(crate) async fn work(&mut self, link: &mut Link, stop: &mut Stop) -> Ended {
        match self.work_until_stopped(link, stop).await {
            Ok(ended) => ended,
            Err(error) => Ended::Lost(error),
        }
    }

    async fn work_until_stopped(
        &mut self,
        link: &mut Link,
        stop: &mut Stop,
    ) -> Result<Ended, Loss> {
        let started_at = self.started_at;
        let mut bench = Bench::new(
            &self.settings,
            &mut self.counters,
            &mut self.notices,
            link.consumer.acknowledger(),
            link.publisher.clone(),
            link.dead_letters,
        );
        let mut unconfirmed = Unconfirmed::new();
        let mut confirmed_at = started_at.elapsed();
        let mut blocked = link.publishing.blocked();
        let mut publishing_closed = pin!(link.publishing.closed());
        let mut steady_at = Some(started_at.elapsed() + STEADY_AFTER);
        let completed_before = bench.completed();
        let mut phase = Phase::Working;
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let now = started_at.elapsed();
            // Silence counts from when there is something to confirm, so it is asked before the bench
            // publishes: after an idle hour the first result would else come too late at once.
            if unconfirmed.is_empty() || *blocked.borrow() != Blocked::No {
                confirmed_at = now;
            }
            bench.advance(now, &mut unconfirmed).await?;
            self.reporter
                .update(now, bench.completed(), bench.in_flight());
            if steady_at.is_some_and(|at| at <= now) || bench.completed() > completed_before {
                steady_at = None;
                self.outage.over(now);
            }
            match phase {
                Phase::Emptying { .. } if bench.in_flight() == 0 => return Ok(Ended::Drained),
                Phase::Draining { until } | Phase::Emptying { until } if until <= now => {
                    return Ok(Ended::DrainTimedOut(bench.in_flight()));
                }
                _ => {}
            }
            if !unconfirmed.is_empty() && now >= confirmed_at + CONFIRM_TIMEOUT {
                return Err(Loss::Unconfirmed);
            }
            let confirm_due = (!unconfirmed.is_empty()).then_some(confirmed_at + CONFIRM_TIMEOUT);
            let drain_due = match phase {
                Phase::Working => None,
                Phase::Draining { until } | Phase::Emptying { until } => Some(until),
            };
            let due = [
                bench.due(),
                self.reporter.due(),
                steady_at,
                confirm_due,
                drain_due,
            ];
            let due = due.into_iter().flatten().min();
            set(sleep.as_mut(), due.map(|due| started_at + due));
            let event = tokio::select! {
                biased;
                () = stop.ordered(), if phase == Phase::Working => Event::StopOrdered,
                Some(answered) = unconfirmed.next() => Event::Answered(answered),
                delivery = link.consumer.next(), if !matches!(phase, Phase::Emptying { .. }) => {
                    Event::Delivered(delivery)
                }
                Ok(()) = blocked.changed() => Event::BlockedChanged,
                error = &mut publishing_closed => Event::PublishingClosed(error),
                () = &mut sleep, if due.is_some() => Event::TimeCame,
            };
            let now = started_at.elapsed();
            match event {
                Event::Answered(first) => {
                    confirmed_at = now;
                    bench.on_answer(now, first, &mut unconfirmed).await?;
                    for _ in 1..BATCH_MAX {
                        let Some(Some(next)) = unconfirmed.next().now_or_never() else {
                            break;
                        };
                        bench.on_answer(now, next, &mut unconfirmed).await?;
                    }
                }
                Event::Delivered(None) => {
                    if let Phase::Draining { until } = phase {
                        phase = Phase::Emptying { until };
                    }
                }
                Event::Delivered(Some(first)) => {
                    bench.on_delivery(first?);
                    for _ in 1..BATCH_MAX {
                        let Some(Some(next)) = link.consumer.next().now_or_never() else {
                            break;
                        };
                        bench.on_delivery(next?);
                    }
                }
                Event::StopOrdered => {
                    tracing::info!(held = bench.in_flight(), "draining");
                    let until = now + self.settings.drain_timeout;
                    phase = Phase::Draining { until };
                    bench.on_drain();
                    link.consumer.cancel().await?;
                }
                Event::BlockedChanged => match &*blocked.borrow_and_update() {
                    Blocked::Yes(reason) => {
                        tracing::warn!(reason, "broker takes no results for now, waiting");
                    }
                    Blocked::No => tracing::info!("broker takes results again"),
                },
                Event::PublishingClosed(error) => return Err(error.into()),
                Event::TimeCame => {}
            }
        }
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
