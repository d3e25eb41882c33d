//! Carries out the disposition of a message, up to publishing what it needs.

use super::{Deliveries, REQUEUE_PAUSE};
use crate::ack_window::Tag;
use crate::dead_letters::DeadLetters;
use crate::disposition::{Disposition, dead_letter};
use crate::headers::Origin;
use crate::pending_confirms::What;
use crate::reason::Reason;
use crate::settings::{Unprocessable, Unroutable};
use broker::{Delivery, Error, Message};
use std::time::Duration;

impl Deliveries<'_> {
    /// Carries out what is to be done about a message after the work on it.
    pub(super) async fn finish(
        &mut self,
        now: Duration,
        tag: Tag,
        disposition: Disposition,
    ) -> Result<(), Error> {
        match disposition {
            Disposition::Answer { queue, message } => {
                let kept = match &self.settings.unroutable {
                    Unroutable::DeadLetter(_) => Some(Box::new(message.clone())),
                    Unroutable::Drop => None,
                };
                let key = queue.clone();
                let what = What::Result { queue, kept };
                self.publish(tag, what, "", &key, message).await?;
            }
            Disposition::Forward { queue, message } => {
                let key = queue.clone();
                let what = What::Forwarded { queue };
                self.publish(tag, what, "", &key, message).await?;
            }
            Disposition::Unwanted => {
                self.counters.unwanted += 1;
                self.ack_window.settle(tag);
            }
            Disposition::Unprocessable(reason, delivery) => {
                self.unprocessable(now, reason, delivery).await?;
            }
            Disposition::Retry {
                reason,
                after,
                delivery,
            } => {
                self.counters.count(reason);
                if let Some(messages) = self.notices.retried.occurred(now) {
                    let reason = reason.as_str();
                    tracing::warn!(messages, reason, "message is to be worked on again");
                }
                let after = after.min(self.pause_max);
                self.ack_window.set_aside(tag);
                self.retries.insert(now + after, tag, delivery);
            }
            Disposition::GiveBack { reason, after } => {
                self.counters.count(reason);
                self.park(now, tag, after);
            }
            Disposition::Dropped(reason) => {
                self.counters.count(reason);
                if let Some(messages) = self.notices.given_up.occurred(now) {
                    let reason = reason.as_str();
                    tracing::warn!(messages, reason, "message is dropped");
                }
                self.drop_message(tag);
            }
        }
        Ok(())
    }

    /// A copy of a message goes to the end of the work queue: a message that is given back can't say
    /// how often it has failed.
    pub(super) async fn publish_again(&mut self, delivery: Delivery) -> Result<(), Error> {
        let message = Message {
            body: delivery.body.clone(),
            properties: delivery.properties.clone(),
        };
        let settings = self.settings;
        let tag = delivery.tag;
        let what = What::Retry(Box::new(delivery));
        self.publish(tag, what, "", &settings.queue, message).await
    }

    pub(super) async fn unprocessable(
        &mut self,
        now: Duration,
        reason: Reason,
        delivery: Delivery,
    ) -> Result<(), Error> {
        let tag = delivery.tag;
        self.counters.count(reason);
        if let Some(messages) = self.notices.unprocessable.occurred(now) {
            tracing::warn!(
                messages,
                reason = reason.as_str(),
                message_id = delivery.properties.message_id,
                bytes = delivery.body.len(),
                then = ?self.settings.unprocessable,
                "message can't be processed"
            );
        }
        let settings = self.settings;
        match &settings.unprocessable {
            Unprocessable::DeadLetter(exchange) if self.dead_letters == DeadLetters::Available => {
                let origin = Origin::of(&delivery);
                let key = origin.routing_key.clone();
                let Delivery {
                    body, properties, ..
                } = delivery;
                let message = Message { body, properties };
                let message = dead_letter(message, reason, origin, &settings.identity);
                self.publish(tag, What::DeadMessage, exchange, &key, message)
                    .await?;
            }
            Unprocessable::DeadLetter(exchange) => {
                if let Some(messages) = self.notices.no_dead_letters.occurred(now) {
                    tracing::warn!(
                        messages,
                        exchange,
                        "no such dead-letter exchange, messages go back to the queue"
                    );
                }
                self.park(now, tag, self.no_dead_letters_pause);
            }
            Unprocessable::Requeue => self.park(now, tag, REQUEUE_PAUSE),
            Unprocessable::Drop => self.drop_message(tag),
        }
        Ok(())
    }
}
