//! The owner, one event after the other: what it does about each.

mod broker;
mod survival;

use super::*;
use crate::answer::Done;
use crate::words::{Word, Words};

type UpdateId = usize;

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
