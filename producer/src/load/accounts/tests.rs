use super::*;
use proptest::prelude::*;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_message_is_closed_by_its_confirmation_and_its_reply() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    let first = accounts.sent(at(5), at(5));
    assert_eq!(first, 0);
    accounts.confirmed(first);
    assert_eq!((accounts.open(), accounts.unreplied()), (1, 1));
    assert_eq!(
        accounts.replied(first, Transfer::First),
        Answer::First { due: at(5) }
    );
    assert_eq!((accounts.open(), accounts.unreplied()), (0, 0));
    let expected = Counts {
        sent: 1,
        confirmed: 1,
        replied: 1,
        ..Counts::default()
    };
    assert_eq!(accounts.counts(), expected);
}

#[test]
fn a_reply_may_overtake_its_confirmation() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    let first = accounts.sent(at(0), at(0));
    assert_eq!(
        accounts.replied(first, Transfer::First),
        Answer::First { due: at(0) }
    );
    assert_eq!(
        (
            accounts.open(),
            accounts.unconfirmed(),
            accounts.unreplied()
        ),
        (1, 1, 0)
    );
    accounts.confirmed(first);
    assert_eq!((accounts.open(), accounts.unconfirmed()), (0, 0));
}

#[test]
fn without_replies_a_confirmation_is_all() {
    let mut accounts = Accounts::new(Reply::None, Confirms::Awaited);
    let first = accounts.sent(at(0), at(0));
    accounts.confirmed(first);
    assert_eq!((accounts.open(), accounts.unreplied()), (0, 0));
}

#[test]
fn a_second_reply_is_a_duplicate_before_and_after_closing() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    let first = accounts.sent(at(0), at(0));
    accounts.replied(first, Transfer::First);
    assert_eq!(accounts.replied(first, Transfer::First), Answer::Again);
    accounts.confirmed(first);
    assert_eq!(accounts.replied(first, Transfer::First), Answer::Again);
    assert_eq!(accounts.counts().duplicated, 2);
    assert_eq!(accounts.counts().replied, 1);
}

#[test]
fn a_reply_that_is_handed_over_once_more_is_no_duplicate() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    accounts.sent(at(0), at(0));
    accounts.sent(at(1), at(1));
    // The first was taken before the connection broke; of the second nothing was seen.
    accounts.replied(0, Transfer::First);
    assert_eq!(accounts.replied(0, Transfer::Repeated), Answer::Redelivered);
    let first = Answer::First { due: at(1) };
    assert_eq!(accounts.replied(1, Transfer::Repeated), first);
    assert_eq!(
        (accounts.counts().replied, accounts.counts().duplicated),
        (2, 0)
    );
}

#[test]
fn a_number_that_was_never_sent_is_unknown() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    assert_eq!(accounts.replied(0, Transfer::First), Answer::Unknown);
    assert_eq!(accounts.counts(), Counts::default());
}

#[test]
fn a_broken_connection_leaves_only_what_is_unknown_to_be_sent_again() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    for k in 0..4 {
        accounts.sent(at(k), at(k));
    }
    accounts.confirmed(0);
    accounts.replied(1, Transfer::First);
    assert_eq!(accounts.cut_off(1..4), [2, 3]);
    // The reply of 1 proved that the broker has it.
    assert_eq!(accounts.counts().confirmed, 2);

    assert_eq!(accounts.sent_again(2), Some(at(2)));
    // The first copy of 3 had got through, and its reply comes before its turn.
    accounts.replied(3, Transfer::First);
    accounts.confirmed(2);
    assert_eq!(accounts.counts().resent, 1);
    assert_eq!(accounts.counts().sent, 4);

    // Both copies of 2 were processed.
    assert_eq!(
        accounts.replied(2, Transfer::First),
        Answer::First { due: at(2) }
    );
    assert_eq!(accounts.replied(2, Transfer::First), Answer::Again);
    assert_eq!(accounts.counts().duplicated, 1);
}

#[test]
fn what_comes_back_or_is_refused_is_closed_and_never_lost() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    accounts.sent(at(0), at(0));
    accounts.sent(at(0), at(0));
    accounts.returned(0);
    accounts.refused(1);
    assert_eq!(
        (
            accounts.open(),
            accounts.unconfirmed(),
            accounts.unreplied()
        ),
        (0, 0, 0)
    );
    let expected = Counts {
        sent: 2,
        returned: 1,
        refused: 1,
        ..Counts::default()
    };
    assert_eq!(accounts.counts(), expected);
}

#[test]
fn a_copy_that_comes_back_after_its_reply_proves_nothing_missing() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    accounts.sent(at(0), at(0));
    accounts.replied(0, Transfer::First);
    accounts.returned(0);
    let expected = Counts {
        sent: 1,
        confirmed: 1,
        replied: 1,
        ..Counts::default()
    };
    assert_eq!(accounts.counts(), expected);
    assert_eq!(accounts.open(), 0);
}

#[test]
fn a_copy_that_is_refused_leaves_the_answer_to_the_one_before_it() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    for k in 0..2 {
        accounts.sent(at(k), at(k));
    }
    // The queue has filled up by the time that both are sent again.
    assert_eq!(accounts.cut_off(0..2), [0, 1]);
    for k in 0..2 {
        accounts.sent_again(k);
        accounts.refused(k);
    }
    assert_eq!((accounts.open(), accounts.unconfirmed()), (2, 2));
    let first = Answer::First { due: at(0) };
    assert_eq!(accounts.replied(0, Transfer::First), first);
    let expected = Counts {
        sent: 2,
        confirmed: 1,
        replied: 1,
        cut_off: 2,
        resent: 2,
        ..Counts::default()
    };
    assert_eq!(accounts.counts(), expected);
    // Of the other one nobody knows.
    assert_eq!((accounts.open(), accounts.unconfirmed()), (1, 1));
    assert_eq!(accounts.unreplied(), 0);
}

#[test]
fn without_replies_nothing_tells_whether_the_copy_before_a_refused_one_arrived() {
    let mut accounts = Accounts::new(Reply::None, Confirms::Awaited);
    accounts.sent(at(0), at(0));
    accounts.cut_off(0..1);
    accounts.sent_again(0);
    accounts.returned(0);
    assert_eq!((accounts.open(), accounts.unconfirmed()), (0, 1));
    assert_eq!(accounts.counts().returned, 0);
}

/// The plainest possible book-keeping of one message.
#[derive(Clone, Copy, Default)]
struct Plain {
    confirmed: bool,
    replied: bool,
    given_up: bool,
    cut_off: bool,
    /// Its last copy was not taken, and an earlier one may have been.
    doubtful: bool,
}

/// What can happen to accounts; the numbers may name messages that were never sent.
#[derive(Clone, Debug)]
enum Event {
    Sent,
    Confirmed(u64),
    Replied(u64, Transfer),
    Returned(u64),
    Refused(u64),
    CutOff(std::ops::Range<u64>),
    SentAgain(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let any = 0..60_u64;
    prop_oneof![
        3 => Just(Event::Sent),
        3 => any.clone().prop_map(Event::Confirmed),
        2 => any.clone().prop_map(|k| Event::Replied(k, Transfer::First)),
        1 => any.clone().prop_map(|k| Event::Replied(k, Transfer::Repeated)),
        1 => any.clone().prop_map(Event::Returned),
        1 => any.clone().prop_map(Event::Refused),
        1 => (any.clone(), 0..20_u64).prop_map(|(from, many)| Event::CutOff(from..from + many)),
        1 => any.prop_map(Event::SentAgain),
    ]
}

fn mode() -> impl Strategy<Value = (Reply, Confirms)> {
    prop_oneof![
        Just((Reply::Wanted, Confirms::Awaited)),
        Just((Reply::None, Confirms::Awaited)),
        Just((Reply::Wanted, Confirms::Unwanted)),
        Just((Reply::None, Confirms::Unwanted)),
    ]
}

/// The same accounts, kept for every message for ever.
struct Model {
    reply: Reply,
    confirms: Confirms,
    messages: Vec<Plain>,
    counts: Counts,
}

impl Model {
    fn is_open(&self, message: Plain) -> bool {
        let unconfirmed = self.confirms == Confirms::Awaited && !message.confirmed;
        let unreplied = self.reply == Reply::Wanted && !message.replied;
        !message.given_up && (unconfirmed || unreplied)
    }

    fn open(&self) -> u64 {
        let open = self
            .messages
            .iter()
            .filter(|message| self.is_open(**message));
        open.count() as u64
    }

    fn unreplied(&self) -> u64 {
        let arrived = |message: &&Plain| message.confirmed || self.confirms == Confirms::Unwanted;
        let open = self
            .messages
            .iter()
            .filter(|message| self.is_open(**message));
        let unreplied = open.filter(arrived).filter(|message| !message.replied);
        unreplied.count() as u64
    }

    fn confirm(&mut self, k: usize) {
        if !self.messages[k].confirmed {
            self.messages[k].confirmed = true;
            self.counts.confirmed += 1;
        }
    }

    /// Whether it was given up now, and not proven to have arrived.
    fn give_up(&mut self, k: usize) -> bool {
        let message = self.messages[k];
        if message.given_up || message.confirmed {
            return false;
        }
        if message.replied {
            if self.confirms == Confirms::Awaited {
                self.confirm(k);
            }
            return false;
        }
        if message.cut_off && self.reply == Reply::Wanted {
            self.messages[k].doubtful = true;
            return false;
        }
        self.messages[k].given_up = true;
        !message.cut_off
    }

    fn see(&mut self, event: &Event) {
        let known = |k: &u64| {
            usize::try_from(*k)
                .ok()
                .filter(|k| *k < self.messages.len())
        };
        match event {
            Event::Sent => {
                self.messages.push(Plain::default());
                self.counts.sent += 1;
            }
            Event::Confirmed(k) => {
                if let Some(k) = known(k).filter(|k| self.is_open(self.messages[*k])) {
                    self.confirm(k);
                }
            }
            Event::Replied(k, transfer) => {
                let Some(k) = known(k) else { return };
                let message = &mut self.messages[k];
                match (message.replied || message.given_up, transfer) {
                    (false, _) => {
                        message.replied = true;
                        self.counts.replied += 1;
                        if message.doubtful {
                            self.confirm(k);
                        }
                    }
                    (true, Transfer::First) => self.counts.duplicated += 1,
                    (true, Transfer::Repeated) => {}
                }
            }
            Event::Returned(k) => {
                if let Some(k) = known(k) {
                    self.counts.returned += u64::from(self.give_up(k));
                }
            }
            Event::Refused(k) => {
                if let Some(k) = known(k) {
                    self.counts.refused += u64::from(self.give_up(k));
                }
            }
            Event::CutOff(range) => {
                for k in range.clone().filter_map(|k| known(&k)).collect::<Vec<_>>() {
                    let message = self.messages[k];
                    if message.given_up || message.confirmed || message.doubtful {
                        continue;
                    }
                    if message.replied {
                        self.confirm(k);
                    } else {
                        self.messages[k].cut_off = true;
                        self.counts.cut_off += 1;
                    }
                }
            }
            Event::SentAgain(k) => {
                if known(k).is_some_and(|k| self.is_open(self.messages[k])) {
                    self.counts.resent += 1;
                }
            }
        }
    }
}

proptest! {
    /// Accounts forget what is closed and still count as if they knew every message.
    #[test]
    fn the_books_are_exact_whatever_happens(
        (reply, confirms) in mode(),
        events in prop::collection::vec(event(), 0..400),
    ) {
        let mut accounts = Accounts::new(reply, confirms);
        let mut model = Model { reply, confirms, messages: Vec::new(), counts: Counts::default() };
        for event in events {
            // What was not asked for does not come.
            let comes = match event {
                Event::Confirmed(_) | Event::CutOff(_) => confirms == Confirms::Awaited,
                Event::Replied(..) => reply == Reply::Wanted,
                Event::Returned(_) | Event::Refused(_) => {
                    (reply, confirms) != (Reply::None, Confirms::Unwanted)
                }
                Event::Sent | Event::SentAgain(_) => true,
            };
            if !comes {
                continue;
            }
            model.see(&event);
            match event {
                Event::Sent => {
                    accounts.sent(at(3), at(5));
                }
                Event::Confirmed(k) => {
                    accounts.confirmed(k);
                }
                Event::Replied(k, transfer) => {
                    accounts.replied(k, transfer);
                }
                Event::Returned(k) => accounts.returned(k),
                Event::Refused(k) => accounts.refused(k),
                Event::CutOff(range) => {
                    accounts.cut_off(range);
                }
                Event::SentAgain(k) => {
                    accounts.sent_again(k);
                }
            }
            prop_assert_eq!(accounts.counts(), model.counts);
            prop_assert_eq!(accounts.open(), model.open());
            prop_assert_eq!(accounts.unreplied(), model.unreplied());
        }
        let Counts { sent, confirmed, returned, refused, .. } = accounts.counts();
        let unconfirmed = accounts.unconfirmed();
        if confirms == Confirms::Awaited {
            prop_assert_eq!(sent, confirmed + returned + refused + unconfirmed);
        }
    }
}

#[test]
fn without_confirmations_a_message_is_lost_until_its_reply_comes() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Unwanted);
    accounts.sent(at(0), at(0));
    accounts.sent(at(0), at(0));
    accounts.cut_off_unconfirmed(2);
    accounts.replied(0, Transfer::First);
    let expected = Counts {
        sent: 2,
        replied: 1,
        cut_off: 2,
        ..Counts::default()
    };
    assert_eq!(accounts.counts(), expected);
    assert_eq!((accounts.unconfirmed(), accounts.unreplied()), (0, 1));
}

#[test]
fn where_nothing_is_awaited_nothing_is_kept() {
    let mut accounts = Accounts::new(Reply::None, Confirms::Unwanted);
    for k in 0..1000 {
        accounts.sent(at(k), at(k));
    }
    accounts.returned(7);
    accounts.read(990);
    assert_eq!((accounts.open(), accounts.unreplied()), (0, 0));
    assert_eq!(accounts.unconfirmed(), 10, "what the broker has not read");
    accounts.cut_off_unconfirmed(3);
    assert_eq!(accounts.unconfirmed(), 10, "and what was cut off");
    accounts.read(7);
    assert_eq!(accounts.unconfirmed(), 3);
    assert_eq!(
        (accounts.counts().sent, accounts.counts().returned),
        (1000, 1)
    );
}

#[test]
fn a_reply_after_its_client_gave_up_is_still_counted() {
    let mut accounts = Accounts::new(Reply::Wanted, Confirms::Awaited);
    accounts.sent(at(0), at(0));
    accounts.confirmed(0);
    accounts.timed_out(1);
    assert_eq!(accounts.unreplied(), 1);
    accounts.replied(0, Transfer::First);
    assert_eq!(
        (accounts.counts().timed_out, accounts.counts().replied),
        (1, 1)
    );
    assert_eq!(accounts.unreplied(), 0);
}
