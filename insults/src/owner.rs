//! What the one owner of the list does next: from what happened to what is to be published and
//! acknowledged. No broker, no clock.
//!
//! **Who is the owner.** The list is one message in a queue with a single active consumer, which
//! holds it unacknowledged: holding it is being the owner. All that an owner consumes and publishes
//! goes over one channel, so when the broker gives the queue to the next one, everything that the
//! one before ever published to it is there ([`broker::ConsumePublish`]).
//!
//! **Becoming the owner.** The first delivery says only that this node is the active one; more may
//! be behind it: the list before last, the last list, what other nodes sent. So the node publishes
//! a marker to the same queue, and when the marker comes back it has all there was. Of the lists,
//! the newest counts; where there is none, the list is made anew. It is published as the next
//! version, and when the broker has confirmed it, the node is the owner and takes writes.
//!
//! **A write.** The changed list is published; confirmed, and delivered back; then sent to every
//! node and the clients answered; that confirmed; then the updates are acknowledged. Writes that
//! wait meanwhile become one next list.
//!
//! **Nothing is lost**, because a list is acknowledged only after the broker has confirmed a newer
//! one to this owner, and a write is answered and acknowledged only after that. Whatever ends the
//! owner, at whatever point, its successor gets the newest list and every write that was not
//! acknowledged, in their order; doing one of them again changes nothing.

use crate::answer::Answer;
use crate::list::{List, Tenure};
use crate::request::{Malformed, Write};
use crate::words::Change;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use worker::ack_window::Tag;

/// What the list's queue holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    List(Arc<List>),
    /// Published by a node that begins to wait for its turn: where the queue is empty, nothing else
    /// would tell it that its turn has come.
    Knock(Tenure),
    /// Published by a node whose turn has come; what was in the queue is before it.
    Marker(Tenure),
}

/// A write that waits for the owner. `R` says whom to answer, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update<R> {
    pub tag: Tag,
    /// What is to be done.
    pub write: Result<Write, Malformed>,
    pub reply: R,
}

#[derive(Clone, Debug)]
pub enum Event<R> {
    /// Something came out of the list's queue; `None` where it is nothing that Warren publishes.
    Kept(Tag, Option<Kept>),
    Update(Update<R>),
    /// Somebody began to follow the list and has not seen it yet.
    Announced,
    /// The broker has confirmed the list that was published.
    ListConfirmed,
    /// The broker has taken one thing that was spread, answered or broadcast.
    TellingConfirmed,
    /// It is time for a random word.
    BroadcastDue,
    /// This node follows the list like any other, and has seen this one.
    Followed(Arc<List>),
    /// No write is to be begun any more.
    Stop,
}

/// What is to be done about it, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action<R> {
    /// Publish this to the list's queue. Of a list, say when it is confirmed.
    Keep(Kept),
    /// Begin to take writes and announcements.
    Serve,
    /// Send the list to every node. Say when it is confirmed.
    Spread(Arc<List>),
    /// Answer a client. Say when it is confirmed.
    Answer(R, Answer),
    /// Send a random word of this list to whoever listens. Say when it is confirmed.
    Broadcast(Arc<List>),
    Acknowledge(Tag),
}

/// One node in one session: it waits for its turn, then it is the owner until the session ends.
#[derive(Debug)]
pub struct Owner<R> {
    tenure: Tenure,
    phase: Phase<R>,
    fallback: Fallback,
    /// Lists that this node holds, to be acknowledged when a newer one is confirmed; and, before it
    /// is the owner, everything else.
    held: Vec<Held>,
    waiting: VecDeque<Update<R>>,
    /// Things spread, answered or broadcast, and not yet confirmed.
    untold: usize,
    /// What has begun is finished, and nothing else begun.
    is_stopping: bool,
}

/// What stands in where the queue holds no list.
#[derive(Debug)]
enum Fallback {
    /// There has never been one, as far as this node knows.
    First(Arc<List>),
    /// Somebody deleted the queue, and this node still has what was in it.
    Followed(Arc<List>),
}

impl Fallback {
    fn list(&self) -> &Arc<List> {
        match self {
            Self::First(list) | Self::Followed(list) => list,
        }
    }
}

#[derive(Debug)]
enum Phase<R> {
    /// Another node is the owner.
    Standby,
    /// This node's turn has come; it gathers what the queue holds.
    Gathering { newest: Option<Arc<List>> },
    /// The first list of this owner is on its way to the broker.
    TakingOver { list: Arc<List>, awaited: Awaited },
    /// Nothing is on its way.
    Resting { list: Arc<List> },
    /// The next list is on its way to the broker.
    Writing {
        list: Arc<List>,
        next: Arc<List>,
        awaited: Awaited,
        batch: Vec<Outcome<R>>,
    },
    /// Everybody is being told.
    Telling { list: Arc<List>, done: Vec<Tag> },
}

/// What is missing before a list counts as kept. A confirmation alone is not enough: a broker that is
/// told to stop confirms what its queues had not yet taken when they ended. The queue has taken what
/// it delivers, and writes that down before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Both,
    Confirmation,
    Delivery,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    tag: Tag,
    /// Of which list; 0 where it is none.
    version: u64,
}

/// What became of one write.
#[derive(Debug)]
struct Outcome<R> {
    tag: Tag,
    reply: R,
    result: Result<(Write, Change), String>,
}

impl<R> Owner<R> {
    /// A node that begins to wait for its turn. `first` is the list if there has never been one.
    #[must_use]
    pub fn new(tenure: Tenure, first: Arc<List>) -> Self {
        Self {
            tenure,
            phase: Phase::Standby,
            fallback: Fallback::First(first),
            held: Vec::new(),
            waiting: VecDeque::new(),
            untold: 0,
            is_stopping: false,
        }
    }

    /// The list, if this node owns it; the one that the broker has confirmed.
    #[must_use]
    pub fn list(&self) -> Option<&Arc<List>> {
        match &self.phase {
            Phase::Standby | Phase::Gathering { .. } | Phase::TakingOver { .. } => None,
            Phase::Resting { list } | Phase::Writing { list, .. } | Phase::Telling { list, .. } => {
                Some(list)
            }
        }
    }

    /// Whether the session can end without anything being done again by the next owner.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        matches!(
            self.phase,
            Phase::Standby | Phase::Gathering { .. } | Phase::Resting { .. }
        )
    }

    /// What is to be done now that this has happened.
    pub fn handle(&mut self, event: Event<R>) -> Vec<Action<R>> {
        let mut actions = Vec::new();
        match event {
            Event::Kept(tag, kept) => self.on_kept(tag, kept, &mut actions),
            Event::Update(update) => self.waiting.push_back(update),
            Event::Announced => self.on_announced(&mut actions),
            Event::ListConfirmed => self.on_list_confirmed(&mut actions),
            Event::TellingConfirmed => self.untold = self.untold.saturating_sub(1),
            Event::BroadcastDue => self.on_broadcast_due(&mut actions),
            Event::Followed(list) => self.fallback = Fallback::Followed(list),
            Event::Stop => self.is_stopping = true,
        }
        self.advance(&mut actions);
        actions
    }

    fn on_kept(&mut self, tag: Tag, kept: Option<Kept>, actions: &mut Vec<Action<R>>) {
        let version = match &kept {
            Some(Kept::List(list)) => list.version,
            _ => 0,
        };
        match &mut self.phase {
            Phase::Standby => {
                actions.push(Action::Keep(Kept::Marker(self.tenure)));
                let newest = match kept {
                    Some(Kept::List(list)) => Some(list),
                    _ => None,
                };
                self.held.push(Held { tag, version });
                self.phase = Phase::Gathering { newest };
            }
            Phase::Gathering { newest } => {
                self.held.push(Held { tag, version });
                match kept {
                    Some(Kept::List(list)) => {
                        if newest
                            .as_ref()
                            .is_none_or(|newest| newest.version < list.version)
                        {
                            *newest = Some(list);
                        }
                    }
                    Some(Kept::Marker(tenure)) if tenure == self.tenure => {
                        let newest = newest.take();
                        self.take_over(newest, actions);
                    }
                    Some(Kept::Marker(_) | Kept::Knock(_)) | None => {}
                }
            }
            Phase::TakingOver { .. }
            | Phase::Resting { .. }
            | Phase::Writing { .. }
            | Phase::Telling { .. } => match kept {
                Some(Kept::List(list)) if list.tenure == self.tenure => {
                    self.held.push(Held { tag, version });
                    self.on_list_delivered(version, actions);
                    self.release(actions);
                }
                // From somebody else, who is not the owner: it counts for nothing.
                _ => actions.push(Action::Acknowledge(tag)),
            },
        }
    }

    /// The first list of a new owner is newer than all that anybody has seen, so that every node
    /// takes it.
    fn take_over(&mut self, newest: Option<Arc<List>>, actions: &mut Vec<Action<R>>) {
        let fallback = self.fallback.list();
        let kept = newest.unwrap_or_else(|| Arc::clone(fallback));
        let list = Arc::new(List {
            version: kept.version.max(fallback.version) + 1,
            tenure: self.tenure,
            ..List::clone(&kept)
        });
        actions.push(Action::Keep(Kept::List(Arc::clone(&list))));
        let awaited = Awaited::Both;
        self.phase = Phase::TakingOver { list, awaited };
    }

    fn on_list_confirmed(&mut self, actions: &mut Vec<Action<R>>) {
        if let Phase::TakingOver { awaited, .. } | Phase::Writing { awaited, .. } = &mut self.phase
        {
            match awaited {
                Awaited::Both => *awaited = Awaited::Delivery,
                Awaited::Confirmation => self.on_list_kept(actions),
                Awaited::Delivery => {}
            }
        }
    }

    fn on_list_delivered(&mut self, version: u64, actions: &mut Vec<Action<R>>) {
        if let Phase::TakingOver { list, awaited }
        | Phase::Writing {
            next: list,
            awaited,
            ..
        } = &mut self.phase
            && list.version == version
        {
            match awaited {
                Awaited::Both => *awaited = Awaited::Confirmation,
                Awaited::Delivery => self.on_list_kept(actions),
                Awaited::Confirmation => {}
            }
        }
    }

    /// The list on its way is on disk, and in the queue.
    fn on_list_kept(&mut self, actions: &mut Vec<Action<R>>) {
        match std::mem::replace(&mut self.phase, Phase::Standby) {
            Phase::TakingOver { list, .. } => {
                actions.push(Action::Serve);
                self.tell(&list, Vec::new(), actions);
                self.phase = Phase::Telling {
                    list,
                    done: Vec::new(),
                };
            }
            Phase::Writing { next, batch, .. } => {
                let done = batch.iter().map(|outcome| outcome.tag).collect();
                self.tell(&next, batch, actions);
                self.phase = Phase::Telling { list: next, done };
            }
            other => self.phase = other,
        }
        self.release(actions);
    }

    fn tell(&mut self, list: &Arc<List>, batch: Vec<Outcome<R>>, actions: &mut Vec<Action<R>>) {
        self.spread(list, actions);
        self.answer(list, batch, actions);
    }

    fn spread(&mut self, list: &Arc<List>, actions: &mut Vec<Action<R>>) {
        self.untold += 1;
        actions.push(Action::Spread(Arc::clone(list)));
    }

    fn answer(&mut self, list: &List, batch: Vec<Outcome<R>>, actions: &mut Vec<Action<R>>) {
        self.untold += batch.len();
        actions.extend(batch.into_iter().map(|outcome| {
            let answer = match outcome.result {
                Ok((write, change)) => Answer::to_write(write, change, list),
                Err(error) => Answer::Failed(error),
            };
            Action::Answer(outcome.reply, answer)
        }));
    }

    /// Acknowledges what is held and older than the newest confirmed list.
    fn release(&mut self, actions: &mut Vec<Action<R>>) {
        let Some(confirmed) = self.list().map(|list| list.version) else {
            return;
        };
        self.held.retain(|held| {
            let is_old = held.version < confirmed;
            if is_old {
                actions.push(Action::Acknowledge(held.tag));
            }
            !is_old
        });
    }

    fn on_announced(&mut self, actions: &mut Vec<Action<R>>) {
        // A list that is being written goes to everybody as soon as it is.
        if let Phase::Resting { list } | Phase::Telling { list, .. } = &self.phase {
            let list = Arc::clone(list);
            self.spread(&list, actions);
        }
    }

    fn on_broadcast_due(&mut self, actions: &mut Vec<Action<R>>) {
        if let Some(list) = self.list()
            && list.broadcasting
            && !list.words.is_empty()
        {
            actions.push(Action::Broadcast(Arc::clone(list)));
            self.untold += 1;
        }
    }

    /// Finishes what everybody has been told of, and begins the next writes.
    fn advance(&mut self, actions: &mut Vec<Action<R>>) {
        if self.untold == 0
            && let Phase::Telling { list, done } = &mut self.phase
        {
            actions.extend(done.drain(..).map(Action::Acknowledge));
            let list = Arc::clone(list);
            self.phase = Phase::Resting { list };
        }
        if let Phase::Resting { list } = &self.phase
            && !self.is_stopping
            && !self.waiting.is_empty()
        {
            let list = Arc::clone(list);
            self.begin(list, actions);
        }
    }

    /// Carries out all writes that wait on a copy of the list.
    fn begin(&mut self, list: Arc<List>, actions: &mut Vec<Action<R>>) {
        let mut next = List {
            version: list.version + 1,
            tenure: self.tenure,
            ..List::clone(&list)
        };
        let mut is_changed = false;
        let batch: Vec<Outcome<R>> = self
            .waiting
            .drain(..)
            .map(|Update { tag, write, reply }| {
                let result = match write {
                    Err(malformed) => Err(malformed.to_string()),
                    Ok(write) => match next.apply(&write) {
                        Ok(change) => {
                            is_changed |= change == Change::Made;
                            Ok((write, change))
                        }
                        Err(full) => Err(full.to_string()),
                    },
                };
                Outcome { tag, reply, result }
            })
            .collect();
        if is_changed {
            let next = Arc::new(next);
            actions.push(Action::Keep(Kept::List(Arc::clone(&next))));
            self.phase = Phase::Writing {
                list,
                next,
                awaited: Awaited::Both,
                batch,
            };
        } else {
            let done = batch.iter().map(|outcome| outcome.tag).collect();
            self.answer(&list, batch, actions);
            self.phase = Phase::Telling { list, done };
        }
    }
}

#[cfg(test)]
mod tests;
