//! Where one session's messages lie while they are worked on: every message that the broker
//! delivered and that is not yet acknowledged is here, in exactly one place.
//!
//! ```text
//! delivered -> inbox -> current -> published -> settled -> acknowledged
//!                          |           |
//!                          |           +-> (returned, refused)
//!                          v                     |
//!                        parked <----------------+
//!                          |
//!                          +-> given back to the queue after a pause
//! ```
//!
//! The bench is dropped with its session: the broker delivers what was on it again.

use crate::counters::{Counters, Notice};
use crate::published::{Answered, Published, Unconfirmed, What};
use crate::schedule::{Arrival, Schedule};
use crate::settings::{Settings, Unprocessable, Unroutable};
use crate::treatment::{Reason, Treatment, dead_letter};
use crate::window::{Acknowledgement, Tag, Window};
use broker::{Acknowledger, Delivery, Error, Mandatory, Message, Multiple, Outcome, Publisher};
use futures_util::StreamExt;
use std::collections::VecDeque;
use std::time::Duration;

/// A message that nobody can take now is held this long before it goes back to the queue: with
/// nothing else to do, a worker then tries it again once a second and not ten thousand times.
const REQUEUE_PAUSE: Duration = Duration::from_secs(1);

/// One session's messages. Times are durations since the worker started.
pub(crate) struct Bench<'w> {
    settings: &'w Settings,
    counters: &'w mut Counters,
    notices: &'w mut Notices,
    acknowledger: Acknowledger,
    publisher: Publisher,
    dead_letters: DeadLetters,
    window: Window,
    inbox: VecDeque<Delivery>,
    current: Option<Current>,
    schedule: Option<Schedule>,
    arrival: Arrival,
    parked: VecDeque<Parked>,
    pause: Duration,
    unconfirmed: Unconfirmed,
}

/// What the worker complains about, each in its own rhythm.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    unprocessable: Notice,
    unroutable: Notice,
    no_dead_letters: Notice,
    refused: Notice,
}

/// Whether the dead-letter exchange takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLetters {
    /// It is there, or none is configured.
    Available,
    /// It is not there. Publishing to it would cost the whole session.
    Missing,
}

struct Current {
    delivery: Delivery,
    due: Duration,
}

struct Parked {
    tag: Tag,
    until: Duration,
}

impl<'w> Bench<'w> {
    pub(crate) fn new(
        settings: &'w Settings,
        counters: &'w mut Counters,
        notices: &'w mut Notices,
        acknowledger: Acknowledger,
        publisher: Publisher,
        dead_letters: DeadLetters,
    ) -> Self {
        Self {
            settings,
            counters,
            notices,
            acknowledger,
            publisher,
            dead_letters,
            window: Window::default(),
            inbox: VecDeque::new(),
            current: None,
            schedule: settings.work_time.map(Schedule::new),
            arrival: Arrival::Fresh,
            parked: VecDeque::new(),
            pause: REQUEUE_PAUSE,
            unconfirmed: Unconfirmed::new(),
        }
    }

    /// Messages delivered and not yet acknowledged.
    pub(crate) fn in_flight(&self) -> usize {
        self.window.len()
    }

    /// Messages acknowledged since the worker started.
    pub(crate) fn completed(&self) -> u64 {
        self.counters.completed
    }

    /// Whether the broker has yet to say what became of something.
    pub(crate) fn awaits_answers(&self) -> bool {
        !self.unconfirmed.is_empty()
    }

    /// The next message of which the broker says what became of it; `None` where there is none.
    /// Dropping the future loses nothing.
    pub(crate) async fn next_answer(&mut self) -> Option<Answered> {
        self.unconfirmed.next().await
    }

    /// When the next thing is to be done without anything happening.
    pub(crate) fn due(&self) -> Option<Duration> {
        let current = self.current.as_ref().map(|current| current.due);
        let parked = self.parked.front().map(|parked| parked.until);
        current.into_iter().chain(parked).min()
    }

    pub(crate) fn on_delivery(&mut self, delivery: Delivery) {
        self.counters.redelivered += u64::from(delivery.redelivered);
        self.window.open(delivery.tag);
        self.inbox.push_back(delivery);
    }

    /// From now on, what can't be done goes back to the queue at once.
    pub(crate) fn on_drain(&mut self) {
        self.pause = Duration::ZERO;
        for parked in &mut self.parked {
            parked.until = Duration::ZERO;
        }
    }

    /// Does what can be done now.
    pub(crate) async fn advance(&mut self, now: Duration) -> Result<(), Error> {
        loop {
            if let Some(current) = self.current.take_if(|current| current.due <= now) {
                self.finish(now, current.delivery).await?;
                self.arrival = Arrival::Waiting;
            }
            if self.current.is_some() {
                break;
            }
            let Some(delivery) = self.inbox.pop_front() else {
                self.arrival = Arrival::Fresh;
                break;
            };
            match &mut self.schedule {
                None => self.finish(now, delivery).await?,
                Some(schedule) => {
                    let due = schedule.begin(now, self.arrival);
                    self.current = Some(Current { delivery, due });
                }
            }
        }
        self.give_back(now)?;
        self.acknowledge()
    }

    /// The work on a message is done: its result goes out.
    async fn finish(&mut self, now: Duration, delivery: Delivery) -> Result<(), Error> {
        let tag = delivery.tag;
        match self.settings.filter.treat(delivery) {
            Treatment::Answer { queue, message } => {
                let kept = match &self.settings.unroutable {
                    Unroutable::DeadLetter(_) => Some(Box::new(message.clone())),
                    Unroutable::Drop => None,
                };
                let key = queue.clone();
                let what = What::Result { queue, kept };
                self.publish(tag, what, "", &key, message).await?;
            }
            Treatment::Unwanted => {
                self.counters.unwanted += 1;
                self.window.settle(tag);
            }
            Treatment::Unprocessable(reason, delivery) => {
                self.unprocessable(now, reason, delivery).await?;
            }
        }
        Ok(())
    }

    async fn unprocessable(
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
                let Delivery {
                    exchange: origin,
                    routing_key,
                    body,
                    properties,
                    ..
                } = delivery;
                let message = Message { body, properties };
                let identity = &settings.identity;
                let message = dead_letter(message, reason, &origin, &routing_key, identity);
                self.publish(tag, What::DeadMessage, exchange, &routing_key, message)
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
                self.park(now, tag);
            }
            Unprocessable::Requeue => self.park(now, tag),
            Unprocessable::Drop => self.drop_message(tag),
        }
        Ok(())
    }

    /// The broker said what became of a message that was published.
    pub(crate) async fn on_answer(
        &mut self,
        now: Duration,
        answered: Answered,
    ) -> Result<(), Error> {
        let Answered { tag, what, outcome } = answered;
        match (what, outcome?) {
            (What::Result { .. }, Outcome::Confirmed) => {
                self.counters.answered += 1;
                self.window.settle(tag);
            }
            (What::DeadResult | What::DeadMessage, Outcome::Confirmed) => {
                self.counters.dead_lettered += 1;
                self.window.settle(tag);
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
                        let identity = &settings.identity;
                        let message = dead_letter(*message, reason, "", &queue, identity);
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
            // Working on it again would end the same way, for ever.
            (What::DeadResult, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "results are dropped");
                self.drop_message(tag);
            }
            (What::DeadMessage, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "messages go back to the queue");
                self.park(now, tag);
            }
            // A queue that is full for now; the rest of the fleet's work need not suffer from it.
            (_, Outcome::Refused) => {
                if let Some(messages) = self.notices.refused.occurred(now) {
                    tracing::warn!(
                        messages,
                        "broker refused a result, messages go back to the queue"
                    );
                }
                self.park(now, tag);
            }
        }
        Ok(())
    }

    async fn publish(
        &mut self,
        tag: Tag,
        what: What,
        exchange: &str,
        routing_key: &str,
        message: Message,
    ) -> Result<(), Error> {
        let publish = self
            .publisher
            .publish(exchange, routing_key, message, Mandatory::Yes);
        let confirm = publish.await?;
        self.unconfirmed.push(Published::new(tag, what, confirm));
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

    fn drop_message(&mut self, tag: Tag) {
        self.counters.dropped += 1;
        self.window.settle(tag);
    }

    fn park(&mut self, now: Duration, tag: Tag) {
        self.window.park(tag);
        let until = now + self.pause;
        self.parked.push_back(Parked { tag, until });
    }

    fn give_back(&mut self, now: Duration) -> Result<(), Error> {
        while let Some(parked) = self.parked.front().filter(|parked| parked.until <= now) {
            self.acknowledger.requeue(parked.tag)?;
            self.window.released(parked.tag);
            self.counters.requeued += 1;
            self.parked.pop_front();
        }
        Ok(())
    }

    fn acknowledge(&mut self) -> Result<(), Error> {
        while let Some((acknowledgement, messages)) = self.window.acknowledge() {
            let (tag, multiple) = match acknowledgement {
                Acknowledgement::One(tag) => (tag, Multiple::One),
                Acknowledgement::UpTo(tag) => (tag, Multiple::UpTo),
            };
            self.acknowledger.ack(tag, multiple)?;
            self.counters.completed += messages as u64;
        }
        Ok(())
    }
}
