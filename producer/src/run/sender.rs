//! Sends what is due, keeps a bounded number of messages without a confirmation, and sends again
//! what a broken connection left so.

use super::Shared;
use super::link::{self, Link};
use super::silence::Silence;
use super::target::{Outlet, Target};
use super::turns::{Turn, Turns};
use crate::payload::Bodies;
use broker::{
    Backoff, Blocked, Confirm, Error, Headers, Mandatory, Message, Outcome, Persistence, Properties,
};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Messages of which something is awaited, at most. More would be an endless queue behind workers
/// that don't come; sending then pauses, messages are late, and memory stays where it is.
const OPEN_MAX: u64 = 1_000_000;

/// Without an answer for so long, a connection is broken, whatever it says: a broker that writes to
/// disk confirms within a second.
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);

/// How often the sender looks for room that no confirmation of its own can make.
const ROOM_CHECK: Duration = Duration::from_millis(10);

/// A connection that lasted so long was a good one, and is opened again without a pause.
const LASTING: Duration = Duration::from_secs(2);

/// Why sending over one connection ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Ended(#[from] Error),
    #[error("the broker has confirmed nothing for {} s", CONFIRM_WITHIN.as_secs())]
    Silent,
}

/// Waits until then, or for ever.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// One of those that are settled already. The runtime's budget for a task, which is about a hundred
/// of them, is set aside: what it left over would be taken for unconfirmed when a connection breaks.
fn settled<F: Future>(in_flight: &mut FuturesUnordered<F>) -> Option<F::Output> {
    unconstrained(in_flight.next()).now_or_never().flatten()
}

/// Sends one run's messages.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) shared: Arc<Shared>,
    pub(super) link: Link<Target>,
    pub(super) reply_to: Option<String>,
    pub(super) bodies: Bodies,
    pub(super) persistence: Persistence,
    /// What the scenario says beside each body.
    pub(super) headers: Headers,
    pub(super) turns: Turns,
    pub(super) window: usize,
}

/// A message that was handed over, until it is known what became of it.
struct Handed {
    sequence: u64,
    confirm: Confirm,
}

impl Future for Handed {
    type Output = (u64, Result<Outcome, Error>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let sequence = self.sequence;
        self.confirm
            .poll_unpin(context)
            .map(|outcome| (sequence, outcome))
    }
}

impl Sender {
    /// Sends until everything is sent and answered by the broker, or until `stop` and what was
    /// sent by then is answered. Only what can't heal before the first confirmation is an error.
    pub(super) async fn run(
        mut self,
        mut outlet: Outlet,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let mut backoff = Backoff::default();
        loop {
            let opened = Instant::now();
            let mut in_flight = FuturesUnordered::new();
            let sent = self.send_over(&outlet, &mut in_flight, &stop).await;
            let Err(broken) = sent else {
                outlet.session.close().await;
                return Ok(());
            };
            // What was confirmed before the end is not to be sent again.
            while let Some((sequence, outcome)) = settled(&mut in_flight) {
                if let Ok(outcome) = outcome {
                    self.on_outcome(sequence, &outcome);
                }
            }
            drop((in_flight, outlet));
            let again = {
                let mut books = self.shared.books();
                books.unblock(self.shared.clock.now());
                match broken {
                    Broken::Ended(error)
                        if books.ledger.counts().confirmed == 0
                            && !link::may_pass(error.kind()) =>
                    {
                        return Err(error);
                    }
                    broken => tracing::warn!(%broken, "the connection that publishes broke"),
                }
                books.outages += 1;
                books.ledger.cut_off()
            };
            self.turns.send_again(again);

            // A target that takes connections and refuses messages must not be hammered.
            match opened.elapsed() > LASTING {
                true => backoff.reset(),
                false => tokio::time::sleep(backoff.next()).await,
            }
            outlet = self.link.again().await;
        }
    }

    async fn send_over(
        &mut self,
        outlet: &Outlet,
        in_flight: &mut FuturesUnordered<Handed>,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let mut blocked = outlet.session.blocked();
        blocked.mark_changed();
        let mut silence = Silence::default();
        loop {
            let now = self.shared.clock.now();
            self.shared.give_up(now);
            let (blocked_now, full) = {
                let books = self.shared.books();
                (books.is_blocked(), books.ledger.open() >= OPEN_MAX)
            };
            let room = in_flight.len() < self.window && !blocked_now && !full;
            let turn = match (stop.is_cancelled(), room) {
                (true, _) => Turn::Over,
                (false, true) => self.turns.take(now),
                (false, false) => self.turns.peek(now),
            };
            let wake = match turn {
                Turn::Over if in_flight.is_empty() => return Ok(()),
                Turn::Over | Turn::Idle => None,
                Turn::Wait(until) => Some(self.shared.clock.at(until)),
                Turn::Again(_) | Turn::First(_) if !room => Some(Instant::now() + ROOM_CHECK),
                Turn::Again(sequence) => {
                    let due = self.shared.books().ledger.sent_again(sequence);
                    if let Some(due) = due {
                        in_flight.push(self.hand_over(outlet, sequence, due).await?);
                    }
                    continue;
                }
                Turn::First(due) => {
                    let sequence = self.shared.sent(due, now);
                    self.turns.sent(sequence, now);
                    in_flight.push(self.hand_over(outlet, sequence, due).await?);
                    continue;
                }
            };
            silence.owed(!in_flight.is_empty() && !blocked_now, Instant::now());
            tokio::select! {
                Some(first) = in_flight.next(), if !in_flight.is_empty() => {
                    silence.broken(Instant::now());
                    let mut next = Some(first);
                    while let Some((sequence, outcome)) = next {
                        self.on_outcome(sequence, &outcome?);
                        next = settled(in_flight);
                    }
                }
                Ok(()) = blocked.changed() => {
                    let state = blocked.borrow_and_update().clone();
                    self.on_blocked(&state);
                }
                error = outlet.session.closed() => return Err(error.into()),
                () = until(silence.lasts_until(CONFIRM_WITHIN)) => return Err(Broken::Silent),
                () = stop.cancelled(), if !stop.is_cancelled() => {}
                () = self.turns.freed() => {}
                () = until(wake) => {}
            }
        }
    }

    async fn hand_over(
        &self,
        outlet: &Outlet,
        sequence: u64,
        due: Duration,
    ) -> Result<Handed, Error> {
        let id = format!("{}-{sequence}", self.shared.id);
        let mut headers = self.headers.clone();
        headers.insert(
            "warren-sequence",
            i64::try_from(sequence).unwrap_or(i64::MAX),
        );
        let due_microseconds = i64::try_from(due.as_micros()).unwrap_or(i64::MAX);
        headers.insert("warren-due-microseconds", due_microseconds);
        let message = Message {
            body: self.bodies.body(sequence).into_owned(),
            properties: Properties {
                reply_to: self.reply_to.clone(),
                correlation_id: Some(id.clone()),
                message_id: Some(id),
                content_type: Some(self.bodies.content_type().to_owned()),
                persistence: self.persistence,
                headers,
                ..Properties::default()
            },
        };
        let Target {
            exchange,
            routing_key,
            ..
        } = &self.link.purpose;
        let confirm = outlet
            .publisher
            .publish(exchange, routing_key, message, Mandatory::Yes)
            .await?;
        Ok(Handed { sequence, confirm })
    }

    fn on_outcome(&self, sequence: u64, outcome: &Outcome) {
        let before = self.shared.books().ledger.counts();
        match outcome {
            Outcome::Confirmed => self.shared.confirmed(sequence),
            Outcome::Returned { .. } => self.shared.returned(sequence),
            Outcome::Refused => self.shared.refused(sequence),
        }
        // Each is counted; the first one is told.
        match outcome {
            Outcome::Returned { reason } if before.returned == 0 => tracing::warn!(
                reason,
                "the broker returns messages: no queue is bound for them; start \
                 warren-controller, which binds the work queue, or run again with --declare"
            ),
            Outcome::Refused if before.refused == 0 => {
                tracing::warn!("the broker refuses messages: a queue is full, or can't be written")
            }
            _ => {}
        }
    }

    fn on_blocked(&self, state: &Blocked) {
        let now = self.shared.clock.now();
        let mut books = self.shared.books();
        match state {
            Blocked::Yes(reason) => {
                if books.block(now) {
                    tracing::warn!(
                        reason,
                        "the broker has an alarm and reads nothing; messages wait and will be late"
                    );
                }
            }
            Blocked::No => {
                if let Some(lasted) = books.unblock(now) {
                    tracing::info!(seconds = lasted.as_secs_f64(), "the broker reads again");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::settled;
    use futures_util::stream::FuturesUnordered;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn all_that_is_settled_is_seen_at_once() {
        let mut in_flight = FuturesUnordered::new();
        for number in 0..4000 {
            let (outcome, confirm) = oneshot::channel();
            outcome.send(number).unwrap();
            in_flight.push(confirm);
        }
        let mut seen = 0;
        while settled(&mut in_flight).is_some() {
            seen += 1;
        }
        assert_eq!(seen, 4000);
    }
}
