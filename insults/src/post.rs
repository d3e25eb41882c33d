//! A node at its post, for as long as one session lasts: it waits for its turn at the broker, and then
//! does what its [`Owner`] says.
//!
//! It has a connection of its own, and one channel for everything on it; `owner` says why.

use crate::answer::Answer;
use crate::candidate::Candidate;
use crate::follower::Seen;
use crate::list::Tenure;
use crate::owner::{Action, Event, Kept, Owner, Update};
use crate::request::Write;
use crate::service::Service;
use broker::{
    Acknowledger, AnswerTimeout, ConsumePublish, Consumer, Delivery, Error, Mandatory, Message,
    Multiple, Outcome, Persistence, Properties, Session,
};
use program::{CancellationToken, until};
use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use worker::headers::of_answer;
use worker::outage::Loss;

/// All that the list's queue may hold: an owner that left a message lying there could not publish
/// the next list.
const KEPT_MAX: NonZeroU16 = NonZeroU16::MAX;

/// Writes that may become one new list: enough to make a flood of them cheap, few enough that the
/// first need not wait long for the last.
const UPDATES_MAX: NonZeroU16 = NonZeroU16::new(256).expect("256 is not zero");

/// Whom to answer, and what the answer is known by.
#[derive(Debug)]
struct Reply {
    properties: Properties,
}

/// What was published, and is to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PendingConfirm {
    Knock,
    Marker,
    List,
    Telling,
}

pub(crate) struct Post {
    session: Session,
    channel: ConsumePublish<PendingConfirm>,
    acknowledger: Acknowledger,
    service: Service,
    owner: Owner<Reply>,
    kept: Consumer,
    /// `None` before this node owns the list.
    served: Option<Served>,
    answer_timeout: AnswerTimeout,
    broadcast_every: Duration,
    broadcast_due: Option<Instant>,
}

/// What only the owner consumes.
struct Served {
    updates: Consumer,
    announcements: Consumer,
}

enum Happened {
    StopOrdered,
    Confirmed(PendingConfirm, Result<Outcome, Error>),
    Kept(Option<Result<Delivery, Error>>),
    Update(Option<Result<Delivery, Error>>),
    Announced(Option<Result<Delivery, Error>>),
    Followed,
    BroadcastDue,
    Unconfirmed,
    Closed(Error),
}

impl Post {
    pub(crate) async fn open(candidate: &Candidate) -> Result<Self, Error> {
        let mut session = Session::open(&candidate.endpoint, &candidate.name).await?;
        let service = candidate.service.clone();
        service.ensure(&mut session).await?;
        let mut channel = session.consume_publish().await?;
        let tenure = Tenure(rand::random());
        let kept = channel.consume(&service.list(), KEPT_MAX).await?;
        let mut post = Self {
            session,
            acknowledger: channel.acknowledger(),
            channel,
            service,
            owner: Owner::new(tenure, candidate.first_list(tenure)),
            kept,
            served: None,
            answer_timeout: AnswerTimeout::default(),
            broadcast_every: candidate.broadcast_every,
            broadcast_due: None,
        };
        post.keep(&Kept::Knock(tenure)).await?;
        Ok(post)
    }

    /// Waits for its turn, and then is the owner; until the order to stop, or the session's end.
    pub(crate) async fn hold(
        &mut self,
        mut seen: Seen,
        stop: &CancellationToken,
    ) -> Result<(), Loss> {
        let mut is_stopping = false;
        loop {
            if is_stopping && self.owner.is_at_rest() {
                return Ok(());
            }
            let gives_up_at = self.update_answer_timeout();
            let happened = tokio::select! {
                biased;
                () = stop.cancelled(), if !is_stopping => Happened::StopOrdered,
                Some((pending, outcome)) = self.channel.publisher().outcome() => {
                    Happened::Confirmed(pending, outcome)
                }
                delivery = self.kept.next() => Happened::Kept(delivery),
                (is_update, delivery) = next_served(&mut self.served) => match is_update {
                    true => Happened::Update(delivery),
                    false => Happened::Announced(delivery),
                },
                Ok(()) = seen.changed() => Happened::Followed,
                () = until(self.broadcast_due) => Happened::BroadcastDue,
                () = until(gives_up_at) => Happened::Unconfirmed,
                error = self.session.closed() => Happened::Closed(error),
            };
            let event = match happened {
                Happened::StopOrdered => {
                    is_stopping = true;
                    Event::Stop
                }
                Happened::Confirmed(pending, outcome) => {
                    self.answer_timeout.restart();
                    match self.confirmed(pending, outcome?)? {
                        Some(event) => event,
                        None => continue,
                    }
                }
                Happened::Kept(delivery) => {
                    let delivery = delivered(&self.session, delivery).await?;
                    self.on_kept(&delivery)
                }
                Happened::Update(delivery) => on_update(delivered(&self.session, delivery).await?),
                Happened::Announced(delivery) => {
                    let delivery = delivered(&self.session, delivery).await?;
                    self.acknowledger.ack(delivery.tag, Multiple::One)?;
                    Event::Announced
                }
                Happened::Followed => match &*seen.borrow_and_update() {
                    Some(list) => Event::Followed(Arc::clone(list)),
                    None => continue,
                },
                Happened::BroadcastDue => {
                    let (now, every) = (Instant::now(), self.broadcast_every);
                    self.broadcast_due = self.broadcast_due.map(|due| following(due, now, every));
                    Event::BroadcastDue
                }
                Happened::Unconfirmed => return Err(Loss::Unconfirmed),
                Happened::Closed(error) => return Err(error.into()),
            };
            self.handle(event).await?;
        }
    }

    pub(crate) async fn close(self) {
        self.session.close().await;
    }

    fn on_kept(&self, delivery: &Delivery) -> Event<Reply> {
        let kept = serde_json::from_slice(&delivery.body).ok();
        if kept.is_none() {
            let queue = self.service.list();
            tracing::warn!(
                queue,
                "somebody put something there that is no list, ignored"
            );
        }
        Event::Kept(delivery.tag, kept)
    }

    fn confirmed(
        &self,
        pending: PendingConfirm,
        outcome: Outcome,
    ) -> Result<Option<Event<Reply>>, Loss> {
        let not_taken = |why: String| Loss::NotTaken {
            queue: self.service.list(),
            why,
        };
        match (pending, outcome) {
            (PendingConfirm::Telling, _) => Ok(Some(Event::TellingConfirmed)),
            (PendingConfirm::List, Outcome::Confirmed) => Ok(Some(Event::ListConfirmed)),
            (PendingConfirm::Marker | PendingConfirm::Knock, Outcome::Confirmed) => Ok(None),
            // Something lies there and wakes whoever's turn it is, as the knock would have.
            (PendingConfirm::Knock, Outcome::Refused) => Ok(None),
            (PendingConfirm::List | PendingConfirm::Marker, Outcome::Refused) => {
                Err(not_taken("it is full".to_owned()))
            }
            (_, Outcome::Returned { reason }) => Err(not_taken(reason)),
        }
    }

    async fn handle(&mut self, event: Event<Reply>) -> Result<(), Loss> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for action in self.owner.handle(event) {
                if self.act(action).await? == Told::Nobody {
                    events.push_back(Event::TellingConfirmed);
                }
            }
        }
        let is_broadcasting = self.owner.list().is_some_and(|list| list.broadcasting);
        self.broadcast_due = match self.broadcast_due {
            _ if !is_broadcasting => None,
            None => Some(Instant::now() + self.broadcast_every),
            due => due,
        };
        Ok(())
    }

    async fn act(&mut self, action: Action<Reply>) -> Result<Told, Loss> {
        match action {
            Action::Keep(kept) => self.keep(&kept).await?,
            Action::Serve => self.serve().await?,
            Action::Acknowledge(tag) => self.acknowledger.ack(tag, Multiple::One)?,
            Action::Spread(list) => {
                let exchange = self.service.changes();
                self.tell(&exchange, "", json(list.to_bytes())).await?;
            }
            Action::Answer(reply, answer) => match reply.message(&self.service, &answer) {
                Some((queue, message)) => self.tell("", &queue, message).await?,
                None => return Ok(Told::Nobody),
            },
            Action::Broadcast(list) => {
                let word = list.words.choose(&mut rand::rng());
                let Some(body) = word.map(|word| word.as_str().as_bytes().to_vec()) else {
                    return Ok(Told::Nobody);
                };
                let properties = Properties {
                    content_type: Some("text/plain".to_owned()),
                    ..Properties::default()
                };
                let exchange = self.service.broadcast();
                self.tell(&exchange, "", Message { body, properties })
                    .await?;
            }
        }
        Ok(Told::Somebody)
    }

    async fn keep(&mut self, kept: &Kept) -> Result<(), Error> {
        let (pending, persistence) = match kept {
            Kept::List(_) => (PendingConfirm::List, Persistence::Persistent),
            Kept::Marker(_) => (PendingConfirm::Marker, Persistence::Transient),
            Kept::Knock(_) => (PendingConfirm::Knock, Persistence::Transient),
        };
        let body = serde_json::to_vec(kept).expect("numbers and texts become JSON");
        let mut message = json(body);
        message.properties.persistence = persistence;
        let queue = self.service.list();
        self.publish(pending, "", &queue, message, Mandatory::Yes)
            .await
    }

    async fn serve(&mut self) -> Result<(), Error> {
        let updates = self.service.updates();
        let updates = self.channel.consume(&updates, UPDATES_MAX).await?;
        let announcements = self.service.announcements();
        let announcements = self
            .channel
            .consume(&announcements, NonZeroU16::MIN)
            .await?;
        self.served = Some(Served {
            updates,
            announcements,
        });
        if let Some(list) = self.owner.list() {
            tracing::info!(
                version = list.version,
                words = list.words.len(),
                "this node owns the list"
            );
        }
        Ok(())
    }

    async fn tell(
        &mut self,
        exchange: &str,
        routing_key: &str,
        message: Message,
    ) -> Result<(), Error> {
        self.publish(
            PendingConfirm::Telling,
            exchange,
            routing_key,
            message,
            Mandatory::No,
        )
        .await
    }

    async fn publish(
        &mut self,
        pending: PendingConfirm,
        exchange: &str,
        routing_key: &str,
        message: Message,
        mandatory: Mandatory,
    ) -> Result<(), Error> {
        self.channel
            .publisher()
            .publish(pending, exchange, routing_key, message, mandatory)
            .await
    }

    fn update_answer_timeout(&mut self) -> Option<Instant> {
        let pending = self.channel.publisher().pending();
        let blocked = self.session.blocked();
        self.answer_timeout
            .update(Instant::now(), pending, &blocked.borrow());
        self.answer_timeout.due()
    }
}

/// Whether an answer or a word went to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Somebody,
    Nobody,
}

impl Reply {
    /// Where the answer goes, and the message; `None` where nobody wants it.
    fn message(self, service: &Service, answer: &Answer) -> Option<(String, Message)> {
        let mut properties = self.properties;
        let queue = properties.reply_to.take();
        let queue = queue.filter(|queue| !queue.is_empty())?;
        if service.is_internal(&queue) {
            return None;
        }
        let mut message = json(answer.to_bytes());
        message.properties = Properties {
            content_type: message.properties.content_type,
            ..of_answer(properties)
        };
        Some((queue, message))
    }
}

fn on_update(delivery: Delivery) -> Event<Reply> {
    Event::Update(Update {
        tag: delivery.tag,
        write: Write::parse(&delivery.body),
        reply: Reply {
            properties: delivery.properties,
        },
    })
}

async fn delivered(
    session: &Session,
    delivery: Option<Result<Delivery, Error>>,
) -> Result<Delivery, Error> {
    match delivery {
        Some(delivery) => delivery,
        None => Err(session.closed().await),
    }
}

async fn next_served(served: &mut Option<Served>) -> (bool, Option<Result<Delivery, Error>>) {
    match served {
        None => std::future::pending().await,
        Some(served) => tokio::select! {
            biased;
            delivery = served.updates.next() => (true, delivery),
            delivery = served.announcements.next() => (false, delivery),
        },
    }
}

/// When the next word is due: in the rhythm of those before, and where more than one was missed (the
/// machine slept, the broker took nothing) from now on, for they are not made up for.
fn following(due: Instant, now: Instant, every: Duration) -> Instant {
    if now > due + every {
        now + every
    } else {
        due + every
    }
}

fn json(body: Vec<u8>) -> Message {
    Message {
        body,
        properties: Properties {
            content_type: Some("application/json".to_owned()),
            ..Properties::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_rhythm_and_those_that_were_missed_are_not_made_up_for() {
        let every = Duration::from_secs(5);
        let due = Instant::now();
        let late = |seconds| following(due, due + Duration::from_secs(seconds), every) - due;
        assert_eq!(late(0), Duration::from_secs(5));
        assert_eq!(late(3), Duration::from_secs(5));
        assert_eq!(late(600), Duration::from_secs(605));
    }
}
