//! What the broker says became of what was published.

use super::{Deliveries, REQUEUE_PAUSE};
use crate::dead_letters::DeadLetters;
use crate::disposition::dead_letter;
use crate::headers::Origin;
use crate::pending_confirms::{Confirmed, PendingConfirm, What};
use crate::reason::Reason;
use crate::settings::Unroutable;
use broker::{Error, Outcome};
use std::time::Duration;

impl Deliveries<'_> {
    /// The broker said what became of a message that was published.
    pub(super) async fn on_confirmed(
        &mut self,
        now: Duration,
        confirmed: Confirmed,
    ) -> Result<(), Error> {
        let (PendingConfirm { tag, what }, outcome) = confirmed;
        match (what, outcome?) {
            (What::Result { .. } | What::Forwarded { .. }, Outcome::Confirmed) => {
                self.counters.answered += 1;
                self.ack_window.settle(tag);
            }
            (What::DeadResult | What::DeadMessage, Outcome::Confirmed) => {
                self.counters.dead_lettered += 1;
                self.ack_window.settle(tag);
            }
            (What::Retry(_), Outcome::Confirmed) => {
                self.counters.retried += 1;
                self.ack_window.settle(tag);
            }
            (What::Result { queue, kept }, Outcome::Returned { reason }) => {
                self.counters.count(Reason::ResultUnroutable);
                if let Some(messages) = self.notices.unroutable.occurred(now) {
                    tracing::warn!(
                        messages,
                        queue,
                        reason,
                        then = ?self.settings.unroutable,
                        "result reached no queue"
                    );
                }
                let settings = self.settings;
                match (&settings.unroutable, kept) {
                    (Unroutable::DeadLetter(exchange), Some(message))
                        if self.dead_letters == DeadLetters::Available =>
                    {
                        let reason = Reason::ResultUnroutable;
                        let origin = Origin {
                            exchange: String::new(),
                            routing_key: queue.clone(),
                        };
                        let message = dead_letter(*message, reason, origin, &settings.identity);
                        self.publish(tag, What::DeadResult, exchange, &queue, message)
                            .await?;
                    }
                    (Unroutable::DeadLetter(exchange), _) => {
                        if let Some(messages) = self.notices.no_dead_letters.occurred(now) {
                            tracing::warn!(
                                messages,
                                exchange,
                                "no such dead-letter exchange, results are dropped"
                            );
                        }
                        self.drop_message(tag);
                    }
                    (Unroutable::Drop, _) => self.drop_message(tag),
                }
            }
            (What::Forwarded { queue }, Outcome::Returned { reason }) => {
                if let Some(messages) = self.notices.unroutable.occurred(now) {
                    tracing::warn!(
                        messages,
                        queue,
                        reason,
                        "message can't be handed on, it goes back to the queue"
                    );
                }
                self.park(now, tag, REQUEUE_PAUSE);
            }
            // Working on it again would end the same way, for ever.
            (What::DeadResult, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "results are dropped");
                self.drop_message(tag);
            }
            (What::DeadMessage, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "messages go back to the queue");
                self.park(now, tag, self.no_dead_letters_pause);
            }
            // The work queue is gone, and the session will be.
            (What::Retry(_), Outcome::Returned { .. }) => self.park(now, tag, REQUEUE_PAUSE),
            (What::Retry(delivery), Outcome::Refused) => {
                if let Some(messages) = self.notices.refused.occurred(now) {
                    tracing::warn!(
                        messages,
                        "the work queue refused a message that is to be worked on again, trying \
                         again"
                    );
                }
                self.retry_later(now, *delivery);
            }
            // A queue that is full for now; the rest of the fleet's work need not suffer from it.
            (_, Outcome::Refused) => {
                if let Some(messages) = self.notices.refused.occurred(now) {
                    tracing::warn!(
                        messages,
                        "broker refused a result, messages go back to the queue"
                    );
                }
                self.park(now, tag, REQUEUE_PAUSE);
            }
        }
        Ok(())
    }

    fn say_no_dead_letters(&mut self, now: Duration, reason: &str, then: &'static str) {
        if let Some(messages) = self.notices.no_dead_letters.occurred(now) {
            tracing::warn!(
                messages,
                reason,
                then,
                "dead letters reach no queue; bind one"
            );
        }
    }
}
