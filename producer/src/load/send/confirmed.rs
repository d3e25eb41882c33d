//! Sending with confirmations: a bounded number of messages is without one, and what a broken
//! connection leaves so is sent again.

use super::confirm_timeout::ConfirmTimeout;
use super::{ANSWER_WITHIN, Broken, Sender, Step, until};
use broker::{Confirm, Error, Mandatory, Outcome, Publisher, Session};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The messages that the broker owes a confirmation for.
#[derive(Default)]
struct OnTheirWay {
    confirms: FuturesUnordered<Handed>,
    /// All of them, those too whose confirmation turned out to be an error.
    sequences: BTreeSet<u64>,
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

/// One of those that are settled already. The runtime's budget for a task, which is about a hundred
/// of them, is set aside: what it left over would be taken for unconfirmed when a connection breaks.
fn settled<F: Future>(confirms: &mut FuturesUnordered<F>) -> Option<F::Output> {
    unconstrained(confirms.next()).now_or_never().flatten()
}

impl Sender {
    /// Sends over one connection until all is sent and confirmed. What was on its way when the
    /// connection broke is the first to be sent over the next.
    pub(super) async fn send_confirmed(
        &mut self,
        session: &Session,
        publisher: &Publisher,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let mut on_their_way = OnTheirWay::default();
        let sent = self
            .confirm_over(session, publisher, &mut on_their_way, stop)
            .await;
        // What was confirmed before the end is not to be sent again.
        while let Some((sequence, outcome)) = settled(&mut on_their_way.confirms) {
            if let Ok(outcome) = outcome {
                on_their_way.sequences.remove(&sequence);
                self.on_outcome(sequence, &outcome);
            }
        }
        let again = self.stats.totals().accounts.cut_off(on_their_way.sequences);
        self.queue.send_again(again);
        sent
    }

    async fn confirm_over(
        &mut self,
        session: &Session,
        publisher: &Publisher,
        on_their_way: &mut OnTheirWay,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let mut blocked = session.blocked();
        blocked.mark_changed();
        let mut confirm_timeout = ConfirmTimeout::default();
        loop {
            let OnTheirWay {
                confirms,
                sequences,
            } = on_their_way;
            let wake = match self.step(confirms.len(), stop) {
                Step::End => return Ok(()),
                Step::Wait(wake) => wake,
                Step::Send(sequence, due) => {
                    sequences.insert(sequence);
                    let confirm = self.publish(publisher, sequence, due).await?;
                    confirms.push(Handed { sequence, confirm });
                    continue;
                }
            };
            confirm_timeout.owed(!confirms.is_empty() && !self.is_blocked(), Instant::now());
            tokio::select! {
                Some(first) = confirms.next(), if !confirms.is_empty() => {
                    confirm_timeout.answered(Instant::now());
                    let mut next = Some(first);
                    while let Some((sequence, outcome)) = next {
                        let outcome = outcome?;
                        sequences.remove(&sequence);
                        self.on_outcome(sequence, &outcome);
                        next = settled(confirms);
                    }
                }
                Ok(()) = blocked.changed() => {
                    let state = blocked.borrow_and_update().clone();
                    self.on_blocked(&state);
                }
                error = session.closed() => return Err(error.into()),
                () = until(confirm_timeout.expires_at(ANSWER_WITHIN)) => return Err(Broken::Unanswered),
                () = stop.cancelled(), if !stop.is_cancelled() => {}
                () = self.queue.freed() => {}
                () = until(wake) => {}
            }
        }
    }

    async fn publish(
        &self,
        publisher: &Publisher,
        sequence: u64,
        due: Duration,
    ) -> Result<Confirm, Error> {
        let message = self.message(sequence, due);
        let target = &self.connection.purpose;
        publisher
            .publish(
                &target.exchange,
                &target.routing_key,
                message,
                Mandatory::Yes,
            )
            .await
    }

    fn on_outcome(&mut self, sequence: u64, outcome: &Outcome) {
        self.state.proven = true;
        match outcome {
            Outcome::Confirmed => self.stats.confirmed(sequence, self.stats.clock.now()),
            Outcome::Returned { reason } => self.on_returned(sequence, reason),
            Outcome::Refused => self.on_refused(sequence),
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
