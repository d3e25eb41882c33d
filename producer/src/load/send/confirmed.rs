//! Sending with confirmations: a bounded number of messages is without one, and what a broken
//! connection leaves so is sent again.

use super::{Broken, Sender, Step};
use broker::{AnswerTimeout, Error, Mandatory, Outcome, Publisher, Session};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

impl Sender {
    /// Sends over one connection until all is sent and confirmed. What was on its way when the
    /// connection broke is the first to be sent over the next.
    pub(super) async fn send_confirmed(
        &mut self,
        session: &Session,
        publisher: &mut Publisher<u64>,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        // All that are on their way, those too whose confirmation turned out to be an error.
        let mut on_their_way = BTreeSet::new();
        let sent = self
            .confirm_over(session, publisher, &mut on_their_way, stop)
            .await;
        // What was confirmed before the end is not to be sent again.
        while let Some((sequence, outcome)) = publisher.known_outcome() {
            if let Ok(outcome) = outcome {
                on_their_way.remove(&sequence);
                self.on_outcome(sequence, &outcome);
            }
        }
        let again = self.stats.totals().accounts.cut_off(on_their_way);
        self.queue.send_again(again);
        sent
    }

    async fn confirm_over(
        &mut self,
        session: &Session,
        publisher: &mut Publisher<u64>,
        on_their_way: &mut BTreeSet<u64>,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let mut blocked = session.blocked();
        blocked.mark_changed();
        let mut answer_timeout = AnswerTimeout::default();
        loop {
            let wake = match self.step(publisher.pending(), stop) {
                Step::End => return Ok(()),
                Step::Wait(wake) => wake,
                Step::Send(sequence, due) => {
                    on_their_way.insert(sequence);
                    self.publish(publisher, sequence, due).await?;
                    continue;
                }
            };
            answer_timeout.update(Instant::now(), publisher.pending(), &blocked.borrow());
            tokio::select! {
                Some(first) = publisher.outcome() => {
                    answer_timeout.restart();
                    let mut next = Some(first);
                    while let Some((sequence, outcome)) = next {
                        let outcome = outcome?;
                        on_their_way.remove(&sequence);
                        self.on_outcome(sequence, &outcome);
                        next = publisher.known_outcome();
                    }
                }
                woken = self.woken(session, &mut blocked, answer_timeout.due(), stop, wake) => woken?,
            }
        }
    }

    async fn publish(
        &self,
        publisher: &mut Publisher<u64>,
        sequence: u64,
        due: Duration,
    ) -> Result<(), Error> {
        let message = self.message(sequence, due);
        let target = &self.connection.purpose;
        publisher
            .publish(
                sequence,
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
