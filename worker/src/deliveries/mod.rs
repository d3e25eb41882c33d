//! One session's deliveries: every message that the broker delivered and that is not yet
//! acknowledged is here, in exactly one place.
//!
//! ```text
//! delivered -> inbox -> waiting -> running -> published -> confirmed -> acknowledged
//!                                    |   |        |
//!                                    |   v        +-> (returned, refused)
//!                                    |  retried               |
//!                                    v                        |
//!                                  parked <-------------------+
//!                                    |
//!                                    +-> given back to the queue after a pause
//! ```
//!
//! Waiting stands for work; kinds of work that need none skip it, and those that are done at once
//! skip running too. A message to be retried stays until its time has come, and is then published
//! again.
//!
//! `settle` carries out what is to be done about a message, and `confirmed` handles what the broker
//! then says of it.
//!
//! All of it is dropped with its session: the broker delivers the messages again.

mod confirmed;
mod settle;
mod timed;

use crate::ack_window::{AckWindow, Acknowledgement, Tag};
use crate::counters::{Counters, Notice};
use crate::dead_letters::DeadLetters;
use crate::disposition::Disposition;
use crate::kind::{DeadLetterNeed, Kind, Work};
use crate::pending_confirms::{Confirmed, PendingConfirm, What};
use crate::request::Request;
use crate::running::{Running, RunningWork};
use crate::schedule::{Arrival, begin};
use crate::settings::Settings;
use broker::{Acknowledger, Delivery, Error, Mandatory, Message, Multiple, Publisher};
use futures_util::StreamExt;
use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::time::Duration;
use timed::Timed;

/// A message that nobody can take now is held this long before it goes back to the queue: with
/// nothing else to do, a worker then tries it again once a second and not ten thousand times.
const REQUEUE_PAUSE: Duration = Duration::from_secs(1);

/// One session's messages. Times are durations since the worker started.
pub(crate) struct Deliveries<'w> {
    settings: &'w Settings,
    kind: &'w mut dyn Kind,
    counters: &'w mut Counters,
    notices: &'w mut Notices,
    acknowledger: Acknowledger,
    publisher: &'w mut Publisher<PendingConfirm>,
    dead_letters: DeadLetters,
    ack_window: AckWindow,
    inbox: VecDeque<Delivery>,
    waiting: Timed<Waiting>,
    running: Running,
    retries: Timed<Delivery>,
    /// How long a message is held that should be a dead letter and can't be.
    no_dead_letters_pause: Duration,
    parked: Timed<()>,
    pause_max: Duration,
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

/// A message whose work is, or begins with, to wait.
struct Waiting {
    since: Duration,
    delivery: Delivery,
}

/// What happened to a delivery.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is not kept"
)]
pub(crate) enum Progress {
    /// The broker said what became of what was published.
    Confirmed(Confirmed),
    /// The work on it is done.
    Worked(Tag, Disposition),
}

/// Whether a message was begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    One,
    None,
}

impl<'w> Deliveries<'w> {
    pub(crate) fn new(
        settings: &'w Settings,
        kind: &'w mut dyn Kind,
        counters: &'w mut Counters,
        notices: &'w mut Notices,
        acknowledger: Acknowledger,
        publisher: &'w mut Publisher<PendingConfirm>,
        dead_letters: DeadLetters,
    ) -> Self {
        let no_dead_letters_pause = match kind.dead_letters() {
            DeadLetterNeed::Optional => REQUEUE_PAUSE,
            DeadLetterNeed::Required { pause } => pause.max(REQUEUE_PAUSE),
        };
        Self {
            settings,
            kind,
            counters,
            notices,
            acknowledger,
            publisher,
            dead_letters,
            ack_window: AckWindow::default(),
            inbox: VecDeque::new(),
            waiting: Timed::new(),
            running: Running::new(),
            retries: Timed::new(),
            no_dead_letters_pause,
            parked: Timed::new(),
            pause_max: Duration::MAX,
        }
    }

    /// Messages delivered and not yet acknowledged.
    pub(crate) fn in_flight(&self) -> usize {
        self.ack_window.len()
    }

    /// Messages acknowledged since the worker started.
    pub(crate) fn completed(&self) -> u64 {
        self.counters.completed
    }

    /// Messages published and not yet confirmed.
    pub(crate) fn unconfirmed(&self) -> usize {
        self.publisher.pending()
    }

    /// The next thing that happens to a message; `None` where nothing will by itself.
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Progress> {
        tokio::select! {
            biased;
            Some(confirmed) = self.publisher.outcome() => Some(Progress::Confirmed(confirmed)),
            Some((tag, disposition)) = self.running.next() => {
                Some(Progress::Worked(tag, disposition))
            }
            else => None,
        }
    }

    /// When the next thing is to be done without anything happening.
    pub(crate) fn due(&self) -> Option<Duration> {
        let all = [self.waiting.due(), self.retries.due(), self.parked.due()];
        all.into_iter().flatten().min()
    }

    pub(crate) fn on_delivery(&mut self, delivery: Delivery) {
        self.counters.redelivered += u64::from(delivery.redelivered);
        self.ack_window.open(delivery.tag);
        self.inbox.push_back(delivery);
    }

    /// From now on, what can't be done goes back to the queue at once, and what is to be retried is
    /// published again at once: given back, it would not know how often it has failed.
    pub(crate) fn on_drain(&mut self) {
        self.pause_max = Duration::ZERO;
        self.parked.make_due();
        self.retries.make_due();
    }

    /// Does what can be done now.
    pub(crate) async fn advance(&mut self, now: Duration) -> Result<(), Error> {
        while let Some((due, _, waiting)) = self.waiting.take_due(now) {
            let waited = now.saturating_sub(waiting.since);
            self.work(now, waited, waiting.delivery).await?;
            // Whatever waits for this place begins when it was due, not when the timer woke.
            self.take_up(now, Arrival::Waiting { due }).await?;
        }
        while self.take_up(now, Arrival::Fresh).await? == Taken::One {}
        while let Some((_, _, delivery)) = self.retries.take_due(now) {
            self.publish_again(delivery).await?;
        }
        self.give_back(now)?;
        self.acknowledge()
    }

    /// Begins with the next message, if there is one and a place for it.
    async fn take_up(&mut self, now: Duration, arrival: Arrival) -> Result<Taken, Error> {
        let busy = self.waiting.len() + self.running.len();
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
            let due = since.saturating_add(wait);
            let tag = delivery.tag;
            self.set_aside(tag);
            self.waiting.insert(due, tag, Waiting { since, delivery });
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
            Work::Done(disposition) => self.finish(now, tag, disposition).await,
            Work::Later(work) => {
                self.set_aside(tag);
                self.running.push(RunningWork::new(tag, work));
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
            Progress::Confirmed(confirmed) => self.on_confirmed(now, confirmed).await,
            Progress::Worked(tag, disposition) => self.finish(now, tag, disposition).await,
        }
    }

    async fn publish(
        &mut self,
        tag: Tag,
        what: What,
        exchange: &str,
        routing_key: &str,
        message: Message,
    ) -> Result<(), Error> {
        let pending = PendingConfirm { tag, what };
        self.publisher
            .publish(pending, exchange, routing_key, message, Mandatory::Yes)
            .await
    }

    fn drop_message(&mut self, tag: Tag) {
        self.counters.dropped += 1;
        self.ack_window.settle(tag);
    }

    /// Where several are worked on at a time, one overtakes the other.
    fn set_aside(&mut self, tag: Tag) {
        if self.settings.concurrency > NonZeroU16::MIN {
            self.ack_window.set_aside(tag);
        }
    }

    /// A message goes back to the queue after this long; in a drain there is no time for pauses.
    fn park(&mut self, now: Duration, tag: Tag, pause: Duration) {
        self.ack_window.park(tag);
        let until = now + pause.min(self.pause_max);
        self.parked.insert(until, tag, ());
    }

    /// A copy that the work queue has no room for now is published again later: given back, the
    /// message would not know how often it has failed. In a drain there is no time for that.
    fn retry_later(&mut self, now: Duration, delivery: Delivery) {
        let tag = delivery.tag;
        if self.pause_max.is_zero() {
            self.park(now, tag, REQUEUE_PAUSE);
        } else {
            self.retries.insert(now + REQUEUE_PAUSE, tag, delivery);
        }
    }

    fn give_back(&mut self, now: Duration) -> Result<(), Error> {
        while let Some((_, tag, ())) = self.parked.take_due(now) {
            self.acknowledger.requeue(tag)?;
            self.ack_window.released(tag);
            self.counters.requeued += 1;
        }
        Ok(())
    }

    fn acknowledge(&mut self) -> Result<(), Error> {
        while let Some((acknowledgement, messages)) = self.ack_window.acknowledge() {
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
