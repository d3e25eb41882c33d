//! The owner in a model of the broker, which delivers, confirms and writes to disk in any order it
//! may, while nodes and the broker itself die at any moment.

use super::*;
use crate::answer::Done;
use crate::words::{Word, Words};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use std::collections::{BTreeMap, BTreeSet};

type UpdateId = usize;
type SessionId = u64;

/// As many as a run has writes, or so: a write that is lost must not be hidden by the next one.
const WORDS: usize = 20;

fn word(index: usize) -> Word {
    Word::new(&format!("word-{}", index % WORDS)).unwrap()
}

fn first_list() -> Arc<List> {
    Arc::new(List {
        version: 1,
        tenure: Tenure(0),
        broadcasting: false,
        words: Words::try_from(vec![word(0)]).unwrap(),
    })
}

/// A message in a queue, by its place there, which it keeps when it comes back.
#[derive(Clone, Debug)]
struct Placed<M> {
    message: M,
    holder: Option<SessionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    Never,
    NotYet,
    Written,
}

#[derive(Clone, Debug)]
struct KeptMessage {
    kept: Kept,
    disk: Disk,
    publisher: SessionId,
}

/// What a session has sent and the broker has not yet read.
#[derive(Debug)]
enum Frame {
    ConsumeList,
    Do(Action<UpdateId>),
}

struct Session {
    owner: Owner<UpdateId>,
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
struct Broker {
    sessions: BTreeMap<SessionId, Session>,
    sessions_so_far: u64,
    tags_so_far: u64,
    places_so_far: u64,
    list: BTreeMap<u64, Placed<KeptMessage>>,
    /// In the order they came; the first is the active one.
    list_consumers: Vec<SessionId>,
    /// Every write that was ever sent, in order.
    writes: Vec<Write>,
    updates: BTreeMap<UpdateId, Placed<()>>,
    update_consumers: Vec<SessionId>,
    /// Sessions that have ended, which the queue of updates has not yet been told.
    ended: Vec<SessionId>,
    /// Acknowledgements that a crash of the broker may undo, the last ones first.
    list_unflushed: Vec<(u64, KeptMessage)>,
    updates_unflushed: Vec<UpdateId>,
    answered: BTreeSet<UpdateId>,
}

impl Broker {
    fn connect(&mut self) {
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

    fn submit(&mut self, write: Write) {
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
    fn kill(&mut self, id: SessionId, read: usize) {
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
    fn crash(&mut self, random: &mut SmallRng) {
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
    fn settle(&mut self) {
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

    fn words_wanted(&self) -> BTreeSet<String> {
        let mut list = List::clone(&first_list());
        for write in &self.writes {
            list.apply(write).unwrap();
        }
        list.words.iter().map(str::to_owned).collect()
    }

    /// One small thing happens somewhere.
    fn run(&mut self, random: &mut SmallRng) {
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

#[derive(Clone, Copy, Debug)]
enum Step {
    Connect,
    Add(usize),
    Remove(usize),
    /// So many small things happen, in an order that the seed decides.
    Run(usize, u64),
    Kill(prop::sample::Index, usize),
    Crash(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Connect),
        3 => (0..WORDS).prop_map(Step::Add),
        3 => (0..WORDS).prop_map(Step::Remove),
        8 => (0..100_usize, any::<u64>()).prop_map(|(steps, seed)| Step::Run(steps, seed)),
        2 => (any::<prop::sample::Index>(), 0..4_usize)
            .prop_map(|(session, read)| Step::Kill(session, read)),
        1 => any::<u64>().prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn whatever_dies_the_list_that_survives_is_that_of_all_writes(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut broker = Broker::default();
        broker.connect();
        for step in steps {
            match step {
                Step::Connect if broker.sessions.len() < 4 => broker.connect(),
                Step::Connect => {}
                Step::Add(index) => broker.submit(Write::Add(word(index))),
                Step::Remove(index) => broker.submit(Write::Remove(word(index))),
                Step::Run(steps, seed) => {
                    let mut random = SmallRng::seed_from_u64(seed);
                    for _ in 0..steps {
                        broker.run(&mut random);
                    }
                }
                Step::Kill(index, read) => {
                    let sessions: Vec<_> = broker.sessions.keys().copied().collect();
                    if !sessions.is_empty() {
                        broker.kill(*index.get(&sessions), read);
                    }
                }
                Step::Crash(seed) => broker.crash(&mut SmallRng::seed_from_u64(seed)),
            }
        }
        broker.settle();

        prop_assert_eq!(broker.answered.len(), broker.writes.len());
        prop_assert!(broker.updates.is_empty());
        let kept: Vec<_> = broker.list.values().map(|placed| &placed.message.kept).collect();
        let [Kept::List(list)] = kept.as_slice() else {
            panic!("not one list: {kept:?}");
        };
        let words: BTreeSet<_> = list.words.iter().map(str::to_owned).collect();
        prop_assert_eq!(words, broker.words_wanted());
        let owners = broker.sessions.values().filter(|session| session.owner.list().is_some());
        prop_assert_eq!(owners.count(), 1);
    }
}

fn owner() -> (Owner<UpdateId>, Vec<Action<UpdateId>>) {
    let mut owner = Owner::new(Tenure(7), first_list());
    owner.handle(Event::Kept(1, Some(Kept::Knock(Tenure(7)))));
    let actions = owner.handle(Event::Kept(2, Some(Kept::Marker(Tenure(7)))));
    let actions = keep(&mut owner, 3, &actions);
    owner.handle(Event::TellingConfirmed);
    (owner, actions)
}

/// The list among these is delivered back under this tag, and confirmed; what is done then.
fn keep(
    owner: &mut Owner<UpdateId>,
    tag: Tag,
    actions: &[Action<UpdateId>],
) -> Vec<Action<UpdateId>> {
    let Some(Action::Keep(list)) = actions.last() else {
        panic!("{actions:?}");
    };
    assert_eq!(owner.handle(Event::Kept(tag, Some(list.clone()))), []);
    owner.handle(Event::ListConfirmed)
}

fn update(tag: Tag, write: Write) -> Event<UpdateId> {
    let reply = usize::try_from(tag).unwrap();
    let write = Ok(write);
    Event::Update(Update { tag, write, reply })
}

#[test]
fn a_new_owner_tells_everybody_before_anything_else() {
    let (owner, actions) = owner();
    let list = owner.list().unwrap();
    assert_eq!((list.version, list.tenure), (2, Tenure(7)));
    assert_eq!(
        actions,
        [
            Action::Serve,
            Action::Spread(Arc::clone(list)),
            Action::Acknowledge(1),
            Action::Acknowledge(2),
        ]
    );
}

#[test]
fn writes_that_wait_become_one_list_and_are_answered_after_it_is_confirmed() {
    let (mut owner, _) = owner();
    let first = owner.handle(update(10, Write::Add(word(1))));
    let [Action::Keep(Kept::List(list))] = first.as_slice() else {
        panic!("{first:?}");
    };
    assert_eq!(list.version, 3);
    assert_eq!(owner.handle(update(11, Write::Add(word(2)))), []);
    assert_eq!(owner.handle(update(12, Write::Remove(word(0)))), []);

    let actions = keep(&mut owner, 4, &first);
    assert!(
        matches!(
            actions.as_slice(),
            [
                Action::Spread(_),
                Action::Answer(10, Answer::Done(_)),
                Action::Acknowledge(3)
            ]
        ),
        "{actions:?}"
    );
    assert_eq!(owner.handle(Event::TellingConfirmed), []);
    let actions = owner.handle(Event::TellingConfirmed);
    let [Action::Acknowledge(10), Action::Keep(Kept::List(list))] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    assert_eq!(list.version, 4);
    assert_eq!(list.words.iter().collect::<Vec<_>>(), ["word-1", "word-2"]);
}

#[test]
fn a_write_that_changes_nothing_is_answered_from_the_list_there_is() {
    let (mut owner, _) = owner();
    let actions = owner.handle(update(10, Write::Add(word(0))));
    let [Action::Answer(10, Answer::Done(Done::Add(added)))] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    assert!(!added.changed);
    assert_eq!(added.version, 2);
    assert_eq!(
        owner.handle(Event::TellingConfirmed),
        [Action::Acknowledge(10)]
    );
}

#[test]
fn the_older_list_goes_when_the_newer_is_confirmed_and_not_before() {
    let (mut owner, _) = owner();
    let actions = owner.handle(update(10, Write::Add(word(1))));
    let actions = keep(&mut owner, 4, &actions);
    assert_eq!(actions.last(), Some(&Action::Acknowledge(3)));
    assert!(!actions.contains(&Action::Acknowledge(4)), "{actions:?}");
}

/// A broker that is told to stop confirms what its queues had not yet taken.
#[test]
fn a_list_that_is_confirmed_and_was_never_in_the_queue_is_not_kept() {
    let (mut owner, _) = owner();
    let actions = owner.handle(update(10, Write::Add(word(1))));
    let [Action::Keep(list)] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    assert_eq!(owner.handle(Event::ListConfirmed), []);
    assert_eq!(owner.list().unwrap().version, 2);
    let actions = owner.handle(Event::Kept(4, Some(list.clone())));
    assert!(
        matches!(
            actions.as_slice(),
            [Action::Spread(_), Action::Answer(10, _), ..]
        ),
        "{actions:?}"
    );
}

#[test]
fn what_others_put_into_the_lists_queue_counts_for_nothing() {
    let (mut owner, _) = owner();
    let forged = Arc::new(List {
        version: 1_000_000,
        tenure: Tenure(8),
        ..List::clone(&first_list())
    });
    for (tag, kept) in [
        (4, Some(Kept::List(forged))),
        (5, Some(Kept::Marker(Tenure(8)))),
        (6, None),
    ] {
        assert_eq!(
            owner.handle(Event::Kept(tag, kept)),
            [Action::Acknowledge(tag)]
        );
    }
    assert_eq!(owner.list().unwrap().version, 2);
}

#[test]
fn words_are_broadcast_while_that_is_on_and_by_the_owner_only() {
    let mut standby = Owner::<UpdateId>::new(Tenure(1), first_list());
    assert_eq!(standby.handle(Event::BroadcastDue), []);
    let (mut owner, _) = owner();
    assert_eq!(owner.handle(Event::BroadcastDue), []);
    let actions = owner.handle(update(10, Write::BroadcastStart));
    // The broker has not confirmed it yet.
    assert_eq!(owner.handle(Event::BroadcastDue), []);
    keep(&mut owner, 4, &actions);
    let list = Arc::clone(owner.list().unwrap());
    assert_eq!(owner.handle(Event::BroadcastDue), [Action::Broadcast(list)]);
}

#[test]
fn who_announces_itself_is_sent_the_list() {
    let (mut owner, _) = owner();
    let list = Arc::clone(owner.list().unwrap());
    assert_eq!(owner.handle(Event::Announced), [Action::Spread(list)]);
}

#[test]
fn an_owner_that_stops_finishes_what_is_under_way_and_begins_nothing() {
    let (mut owner, _) = owner();
    let actions = owner.handle(update(10, Write::Add(word(1))));
    owner.handle(update(11, Write::Add(word(2))));
    owner.handle(Event::Stop);
    assert!(!owner.is_at_rest());
    keep(&mut owner, 4, &actions);
    owner.handle(Event::TellingConfirmed);
    let actions = owner.handle(Event::TellingConfirmed);
    assert_eq!(actions, [Action::Acknowledge(10)]);
    assert!(owner.is_at_rest());
}

#[test]
fn a_list_behind_ones_own_knock_is_found() {
    let mut owner = Owner::<UpdateId>::new(Tenure(7), first_list());
    let knock = owner.handle(Event::Kept(1, Some(Kept::Knock(Tenure(7)))));
    assert_eq!(knock, [Action::Keep(Kept::Marker(Tenure(7)))]);
    let last = Arc::new(List {
        version: 9,
        tenure: Tenure(3),
        words: Words::try_from(vec![word(4)]).unwrap(),
        broadcasting: false,
    });
    assert_eq!(
        owner.handle(Event::Kept(2, Some(Kept::List(Arc::clone(&last))))),
        []
    );
    let actions = owner.handle(Event::Kept(3, Some(Kept::Marker(Tenure(7)))));
    let [Action::Keep(Kept::List(list))] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    assert_eq!((list.version, &list.words), (10, &last.words));
}

#[test]
fn where_somebody_deleted_the_list_the_one_that_was_followed_stands_in() {
    let mut owner = Owner::<UpdateId>::new(Tenure(7), first_list());
    let followed = Arc::new(List {
        version: 9,
        tenure: Tenure(3),
        words: Words::try_from(vec![word(4)]).unwrap(),
        broadcasting: true,
    });
    owner.handle(Event::Followed(Arc::clone(&followed)));
    owner.handle(Event::Kept(1, Some(Kept::Knock(Tenure(7)))));
    let actions = owner.handle(Event::Kept(2, Some(Kept::Marker(Tenure(7)))));
    let [Action::Keep(Kept::List(list))] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    assert_eq!((list.version, &list.words), (10, &followed.words));
    assert!(list.broadcasting);
}
