//! A model of the broker and of the nodes at it: it delivers, confirms and writes to disk in any
//! order it may, and the nodes and itself can die at any moment.

use super::super::*;
use super::{UpdateId, first_list};
use crate::answer::Done;
use rand::RngExt as _;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use std::collections::{BTreeMap, BTreeSet};

type SessionId = u64;

/// A message in a queue, by its place there, which it keeps when it comes back.
#[derive(Clone, Debug)]
pub(super) struct Placed<M> {
    pub(super) message: M,
    holder: Option<SessionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    Never,
    NotYet,
    Written,
}

#[derive(Clone, Debug)]
pub(super) struct KeptMessage {
    pub(super) kept: Kept,
    disk: Disk,
    publisher: SessionId,
}

/// What a session has sent and the broker has not yet read.
#[derive(Debug)]
enum Frame {
    ConsumeList,
    Do(Action<UpdateId>),
}

pub(super) struct Session {
    pub(super) owner: Owner<UpdateId>,
    to_broker: VecDeque<Frame>,
    kept: VecDeque<(Tag, Kept)>,
    updates: VecDeque<(Tag, UpdateId)>,
    confirms: VecDeque<Event<UpdateId>>,
    tags: BTreeMap<Tag, Source>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    List(u64),
    Update(UpdateId),
}

#[derive(Default)]
pub(super) struct Broker {
    pub(super) sessions: BTreeMap<SessionId, Session>,
    sessions_so_far: u64,
    tags_so_far: u64,
    places_so_far: u64,
    pub(super) list: BTreeMap<u64, Placed<KeptMessage>>,
    /// In the order they came; the first is the active one.
    list_consumers: Vec<SessionId>,
    /// Every write that was ever sent, in order.
    pub(super) writes: Vec<Write>,
    pub(super) updates: BTreeMap<UpdateId, Placed<()>>,
    update_consumers: Vec<SessionId>,
    /// Sessions that have ended, which the queue of updates has not yet been told.
    ended: Vec<SessionId>,
    /// Acknowledgements that a crash of the broker may undo, the last ones first.
    list_unflushed: Vec<(u64, KeptMessage)>,
    updates_unflushed: Vec<UpdateId>,
    pub(super) answered: BTreeSet<UpdateId>,
}

impl Broker {
    pub(super) fn connect(&mut self) {
        self.sessions_so_far += 1;
        let id = self.sessions_so_far;
        let tenure = Tenure(id);
        self.sessions.insert(
            id,
            Session {
                owner: Owner::new(tenure, first_list()),
                to_broker: [
                    Frame::ConsumeList,
                    Frame::Do(Action::Keep(Kept::Knock(tenure))),
                ]
                .into(),
                kept: VecDeque::new(),
                updates: VecDeque::new(),
                confirms: VecDeque::new(),
                tags: BTreeMap::new(),
            },
        );
    }

    pub(super) fn submit(&mut self, write: Write) {
        let placed = Placed {
            message: (),
            holder: None,
        };
        self.updates.insert(self.writes.len(), placed);
        self.writes.push(write);
        self.deliver_updates();
    }

    fn deliver_list(&mut self) {
        let Some(&active) = self.list_consumers.first() else {
            return;
        };
        let session = self.sessions.get_mut(&active).unwrap();
        for (&place, placed) in &mut self.list {
            if placed.holder.is_none() {
                placed.holder = Some(active);
                self.tags_so_far += 1;
                let tag = self.tags_so_far;
                session.tags.insert(tag, Source::List(place));
                session.kept.push_back((tag, placed.message.kept.clone()));
            }
        }
    }

    fn deliver_updates(&mut self) {
        // The first may have ended without the queue having been told; it is given messages all
        // the same.
        let Some(&active) = self.update_consumers.first() else {
            return;
        };
        for (&id, placed) in &mut self.updates {
            if placed.holder.is_none() {
                placed.holder = Some(active);
                if let Some(session) = self.sessions.get_mut(&active) {
                    self.tags_so_far += 1;
                    session.tags.insert(self.tags_so_far, Source::Update(id));
                    session.updates.push_back((self.tags_so_far, id));
                }
            }
        }
    }

    /// Reads one frame of a session. Answers with whether there was one.
    fn read(&mut self, id: SessionId) -> bool {
        let session = self.sessions.get_mut(&id).unwrap();
        let Some(frame) = session.to_broker.pop_front() else {
            return false;
        };
        match frame {
            Frame::ConsumeList => self.list_consumers.push(id),
            Frame::Do(Action::Keep(kept)) => {
                let is_full = self.list.values().any(|placed| placed.holder.is_none());
                assert!(!is_full, "the broker refused {kept:?}");
                let disk = match kept {
                    Kept::List(_) => Disk::NotYet,
                    Kept::Knock(_) | Kept::Marker(_) => Disk::Never,
                };
                self.places_so_far += 1;
                let message = KeptMessage {
                    kept,
                    disk,
                    publisher: id,
                };
                let holder = None;
                let placed = Placed { message, holder };
                self.list.insert(self.places_so_far, placed);
            }
            Frame::Do(Action::Serve) => {
                self.update_consumers.push(id);
                self.deliver_updates();
            }
            Frame::Do(Action::Spread(_) | Action::Broadcast(_)) => {
                session.confirms.push_back(Event::TellingConfirmed);
            }
            Frame::Do(Action::Answer(update, answer)) => {
                assert!(
                    matches!(answer, Answer::Done(Done::Add(_) | Done::Remove(_))),
                    "{answer:?}"
                );
                self.answered.insert(update);
                session.confirms.push_back(Event::TellingConfirmed);
            }
            Frame::Do(Action::Acknowledge(tag)) => match session.tags.remove(&tag).unwrap() {
                Source::List(place) => {
                    let placed = self.list.remove(&place).unwrap();
                    self.list_unflushed.push((place, placed.message));
                }
                Source::Update(update) => {
                    self.updates.remove(&update).unwrap();
                    self.updates_unflushed.push(update);
                }
            },
        }
        self.deliver_list();
        true
    }

    /// Writes the oldest list that is not yet on disk, and confirms it.
    fn write_to_disk(&mut self) -> bool {
        let placed = self
            .list
            .values_mut()
            .find(|placed| placed.message.disk == Disk::NotYet);
        let Some(placed) = placed else {
            return false;
        };
        placed.message.disk = Disk::Written;
        if let Some(session) = self.sessions.get_mut(&placed.message.publisher) {
            session.confirms.push_back(Event::ListConfirmed);
        }
        true
    }

    /// Gives a session the next thing from one of its three streams, which keep no order among
    /// themselves.
    fn step(&mut self, id: SessionId, stream: usize) -> bool {
        let session = self.sessions.get_mut(&id).unwrap();
        let event = match stream % 3 {
            0 => session
                .kept
                .pop_front()
                .map(|(tag, kept)| Event::Kept(tag, Some(kept))),
            1 => session.updates.pop_front().map(|(tag, update)| {
                let write = Ok(self.writes[update].clone());
                let reply = update;
                Event::Update(Update { tag, write, reply })
            }),
            _ => session.confirms.pop_front(),
        };
        let Some(event) = event else {
            return false;
        };
        let actions = session.owner.handle(event);
        session.to_broker.extend(actions.into_iter().map(Frame::Do));
        true
    }

    /// A node dies; of what it sent, the broker has read or will read the first so many.
    pub(super) fn kill(&mut self, id: SessionId, read: usize) {
        for _ in 0..read {
            self.read(id);
        }
        self.sessions.remove(&id);
        self.ended.push(id);
        self.list_consumers.retain(|consumer| *consumer != id);
        for placed in self.list.values_mut() {
            placed.holder = placed.holder.filter(|holder| *holder != id);
        }
        self.deliver_list();
    }

    fn tell_updates_queue(&mut self) -> bool {
        if self.ended.is_empty() {
            return false;
        }
        let id = self.ended.remove(0);
        self.update_consumers.retain(|consumer| *consumer != id);
        for placed in self.updates.values_mut() {
            placed.holder = placed.holder.filter(|holder| *holder != id);
        }
        self.deliver_updates();
        true
    }

    /// The broker dies. What it has not written may be gone, and its last acknowledgements too.
    pub(super) fn crash(&mut self, random: &mut SmallRng) {
        self.sessions.clear();
        self.list_consumers.clear();
        self.update_consumers.clear();
        self.ended.clear();
        let is_lucky = random.random();
        self.list.retain(|_, placed| match placed.message.disk {
            Disk::Never => false,
            Disk::NotYet => is_lucky,
            Disk::Written => true,
        });
        let flushed = random.random_range(0..=self.list_unflushed.len());
        for (place, message) in self.list_unflushed.drain(..).skip(flushed) {
            if message.disk == Disk::Written {
                let holder = None;
                self.list.insert(place, Placed { message, holder });
            }
        }
        let flushed = random.random_range(0..=self.updates_unflushed.len());
        for update in self.updates_unflushed.drain(..).skip(flushed) {
            let placed = Placed {
                message: (),
                holder: None,
            };
            self.updates.insert(update, placed);
        }
        for placed in self.list.values_mut() {
            placed.holder = None;
        }
        for placed in self.updates.values_mut() {
            placed.holder = None;
        }
    }

    /// Lets everything happen that can, until nothing is left to do.
    pub(super) fn settle(&mut self) {
        if self.sessions.is_empty() {
            self.connect();
        }
        for _ in 0..10_000 {
            let mut is_busy = self.write_to_disk();
            is_busy |= self.tell_updates_queue();
            for id in self.sessions.keys().copied().collect::<Vec<_>>() {
                is_busy |= self.read(id);
                for stream in 0..3 {
                    is_busy |= self.step(id, stream);
                }
            }
            if !is_busy {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    pub(super) fn words_wanted(&self) -> BTreeSet<String> {
        let mut list = List::clone(&first_list());
        for write in &self.writes {
            list.apply(write).unwrap();
        }
        list.words.iter().map(str::to_owned).collect()
    }

    /// One small thing happens somewhere.
    pub(super) fn run(&mut self, random: &mut SmallRng) {
        let sessions: Vec<_> = self.sessions.keys().copied().collect();
        let session = *sessions.choose(random).unwrap_or(&0);
        match random.random_range(0..15) {
            0..5 if session > 0 => {
                self.read(session);
            }
            5..11 if session > 0 => {
                self.step(session, random.random_range(0..3));
            }
            11 => {
                self.write_to_disk();
            }
            12 => self.list_unflushed.clear(),
            13 => self.updates_unflushed.clear(),
            _ => {
                self.tell_updates_queue();
            }
        }
    }
}
