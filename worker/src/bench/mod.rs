//! Where one session's messages lie while they are worked on: every message that the broker
//! delivered and that is not yet acknowledged is here, in exactly one place.
//!
//! ```text
//! delivered -> inbox -> waiting -> under way -> published -> settled -> acknowledged
//!                                     |   |         |
//!                                     |   v         +-> (returned, refused)
//!                                     |  retried                |
//!                                     v                         |
//!                                   parked <--------------------+
//!                                     |
//!                                     +-> given back to the queue after a pause
//! ```
//!
//! Waiting stands for work, and is passed over by the kinds of work that need none of it, as is being
//! under way by those that are done at once. A message to be retried lies there until its time has
//! come, and is then published again.
//!
//! The bench is dropped with its session: the broker delivers what was on it again.

use crate::counters::{Counters, Notice};
use crate::kind::{Kind, Work};
use crate::published::{Answered, Published, Unconfirmed, What};
use crate::request::{Origin, Request};
use crate::schedule::{Arrival, begin};
use crate::settings::{Settings, Unprocessable, Unroutable};
use crate::treatment::{Reason, Treatment, dead_letter};
use crate::under_way::{UnderWay, Working};
use crate::window::{Acknowledgement, Tag, Window};
use broker::{Acknowledger, Delivery, Error, Mandatory, Message, Multiple, Outcome, Publisher};
use futures_util::StreamExt;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A message that nobody can take now is held this long before it goes back to the queue: with
/// nothing else to do, a worker then tries it again once a second and not ten thousand times.
const REQUEUE_PAUSE: Duration = Duration::from_secs(1);

/// One session's messages. Times are durations since the worker started.
pub(crate) struct Bench<'w> {
    settings: &'w Settings,
    kind: &'w mut dyn Kind,
    counters: &'w mut Counters,
    notices: &'w mut Notices,
    acknowledger: Acknowledger,
    publisher: Publisher,
    dead_letters: DeadLetters,
    window: Window,
    inbox: VecDeque<Delivery>,
    waiting: Timed<Waiting>,
    under_way: UnderWay,
    retries: Timed<Delivery>,
    parked: VecDeque<Parked>,
    pause: Duration,
    retry_pause_max: Duration,
    unconfirmed: Unconfirmed,
}

/// What the worker complains about, each in its own rhythm.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    unprocessable: Notice,
    unroutable: Notice,
    no_dead_letters: Notice,
    refused: Notice,
    retried: Notice,
    given_up: Notice,
}

/// Whether the dead-letter exchange takes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLetters {
    /// It is there, or none is configured.
    Available,
    /// It is not there. Publishing to it would cost the whole session.
    Missing,
}

/// Messages by the instant at which something is to be done about them.
type Timed<T> = BTreeMap<(Duration, Tag), T>;

/// A message whose work is, or begins with, to wait.
struct Waiting {
    since: Duration,
    delivery: Delivery,
}

/// What happened to a message on the bench.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is not kept"
)]
pub(crate) enum Progress {
    /// The broker said what became of what was published.
    Answered(Answered),
    /// The work on it is done.
    Worked(Tag, Treatment),
}

/// Whether a message was begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    One,
    None,
}

struct Parked {
    tag: Tag,
    until: Duration,
}

impl<'w> Bench<'w> {
    pub(crate) fn new(
        settings: &'w Settings,
        kind: &'w mut dyn Kind,
        counters: &'w mut Counters,
        notices: &'w mut Notices,
        acknowledger: Acknowledger,
        publisher: Publisher,
        dead_letters: DeadLetters,
    ) -> Self {
        Self {
            settings,
            kind,
            counters,
            notices,
            acknowledger,
            publisher,
            dead_letters,
            window: Window::default(),
            inbox: VecDeque::new(),
            waiting: Timed::new(),
            under_way: UnderWay::new(),
            retries: Timed::new(),
            parked: VecDeque::new(),
            pause: REQUEUE_PAUSE,
            retry_pause_max: Duration::MAX,
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

    /// The next thing that happens to a message; `None` where nothing will by itself.
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Progress> {
        tokio::select! {
            biased;
            Some(answered) = self.unconfirmed.next() => Some(Progress::Answered(answered)),
            Some((tag, treatment)) = self.under_way.next() => {
                Some(Progress::Worked(tag, treatment))
            }
            else => None,
        }
    }

    /// When the next thing is to be done without anything happening.
    pub(crate) fn due(&self) -> Option<Duration> {
        let parked = self.parked.front().map(|parked| parked.until);
        let all = [first_due(&self.waiting), first_due(&self.retries), parked];
        all.into_iter().flatten().min()
    }

    pub(crate) fn on_delivery(&mut self, delivery: Delivery) {
        self.counters.redelivered += u64::from(delivery.redelivered);
        self.window.open(delivery.tag);
        self.inbox.push_back(delivery);
    }

    /// From now on, what can't be done goes back to the queue at once, and what is to be retried is
    /// published again at once: given back, it would not know how often it has failed.
    pub(crate) fn on_drain(&mut self) {
        self.pause = Duration::ZERO;
        self.retry_pause_max = Duration::ZERO;
        let retries = std::mem::take(&mut self.retries);
        let at_once = |((_, tag), delivery)| ((Duration::ZERO, tag), delivery);
        self.retries = retries.into_iter().map(at_once).collect();
        for parked in &mut self.parked {
            parked.until = Duration::ZERO;
        }
    }

    /// Does what can be done now.
    pub(crate) async fn advance(&mut self, now: Duration) -> Result<(), Error> {
        while let Some((due, waiting)) = take_due(&mut self.waiting, now) {
            let waited = now.saturating_sub(waiting.since);
            self.work(now, waited, waiting.delivery).await?;
            // Whatever waits for this place begins when it was due, not when the timer woke.
            self.take_up(now, Arrival::Waiting { due }).await?;
        }
        while self.take_up(now, Arrival::Fresh).await? == Taken::One {}
        while let Some((_, delivery)) = take_due(&mut self.retries, now) {
            self.publish_again(delivery).await?;
        }
        self.give_back(now)?;
        self.acknowledge()
    }

    /// Begins with the next message, if there is one and a place for it.
    async fn take_up(&mut self, now: Duration, arrival: Arrival) -> Result<Taken, Error> {
        let busy = self.waiting.len() + self.under_way.len();
        if busy >= usize::from(self.settings.concurrency.get()) {
            return Ok(Taken::None);
        }
        let Some(delivery) = self.inbox.pop_front() else {
            return Ok(Taken::None);
        };
        let wait = self.kind.wait();
        if wait.is_zero() {
            self.work(now, wait, delivery).await?;
        } else {
            let since = begin(now, arrival);
            let key = (since.saturating_add(wait), delivery.tag);
            self.waiting.insert(key, Waiting { since, delivery });
        }
        Ok(Taken::One)
    }

    async fn work(
        &mut self,
        now: Duration,
        waited: Duration,
        delivery: Delivery,
    ) -> Result<(), Error> {
        let tag = delivery.tag;
        if let Some(reason) = self.settings.rules.refuse(&delivery) {
            return self.unprocessable(now, reason, delivery).await;
        }
        let request = Request::new(delivery, waited, &self.settings.rules);
        match self.kind.work(request) {
            Work::Done(treatment) => self.finish(now, tag, treatment).await,
            Work::Later(work) => {
                self.under_way.push(Working::new(tag, work));
                Ok(())
            }
        }
    }

    /// Something happened to a message.
    pub(crate) async fn on_progress(
        &mut self,
        now: Duration,
        progress: Progress,
    ) -> Result<(), Error> {
        match progress {
            Progress::Answered(answered) => self.on_answer(now, answered).await,
            Progress::Worked(tag, treatment) => self.finish(now, tag, treatment).await,
        }
    }

    /// The work on a message is done: what it came to is carried out.
    async fn finish(&mut self, now: Duration, tag: Tag, treatment: Treatment) -> Result<(), Error> {
        match treatment {
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
            Treatment::Retry {
                reason,
                after,
                delivery,
            } => {
                self.counters.count(reason);
                if let Some(messages) = self.notices.retried.occurred(now) {
                    let reason = reason.as_str();
                    tracing::warn!(messages, reason, "message is to be worked on again");
                }
                // In a drain there is no time for pauses.
                let after = after.min(self.retry_pause_max);
                self.retries.insert((now + after, tag), delivery);
            }
            Treatment::Dropped(reason) => {
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

    /// A copy of a message goes to the end of the work queue: only a copy can say how often it has
    /// failed.
    async fn publish_again(&mut self, delivery: Delivery) -> Result<(), Error> {
        let Delivery {
            tag,
            body,
            properties,
            ..
        } = delivery;
        let message = Message { body, properties };
        let settings = self.settings;
        self.publish(tag, What::Retry, "", &settings.queue, message)
            .await
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
                self.park(now, tag);
            }
            Unprocessable::Requeue => self.park(now, tag),
            Unprocessable::Drop => self.drop_message(tag),
        }
        Ok(())
    }

    /// The broker said what became of a message that was published.
    async fn on_answer(&mut self, now: Duration, answered: Answered) -> Result<(), Error> {
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
            (What::Retry, Outcome::Confirmed) => {
                self.counters.retried += 1;
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
            // Working on it again would end the same way, for ever.
            (What::DeadResult, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "results are dropped");
                self.drop_message(tag);
            }
            (What::DeadMessage, Outcome::Returned { reason }) => {
                self.say_no_dead_letters(now, &reason, "messages go back to the queue");
                self.park(now, tag);
            }
            // The work queue is gone, and the session will be.
            (What::Retry, Outcome::Returned { .. }) => self.park(now, tag),
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

fn first_due<T>(timed: &Timed<T>) -> Option<Duration> {
    timed.first_key_value().map(|((due, _), _)| *due)
}

/// The next one whose instant has come, and that instant.
fn take_due<T>(timed: &mut Timed<T>, now: Duration) -> Option<(Duration, T)> {
    let first = timed.first_entry()?;
    let due = first.key().0;
    (due <= now).then(|| (due, first.remove()))
}
