use super::*;
use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_message_is_closed_by_its_confirmation_and_its_reply() {
    let mut ledger = Ledger::new(Reply::Wanted);
    let first = ledger.sent(at(5), at(5));
    assert_eq!(first, 0);
    ledger.confirmed(first);
    assert_eq!((ledger.open(), ledger.unreplied()), (1, 1));
    assert_eq!(
        ledger.replied(first, Transfer::First),
        Answer::First { due: at(5) }
    );
    assert_eq!((ledger.open(), ledger.unreplied()), (0, 0));
    let expected = Counts {
        sent: 1,
        confirmed: 1,
        replied: 1,
        ..Counts::default()
    };
    assert_eq!(ledger.counts(), expected);
}

#[test]
fn a_reply_may_overtake_its_confirmation() {
    let mut ledger = Ledger::new(Reply::Wanted);
    let first = ledger.sent(at(0), at(0));
    assert_eq!(
        ledger.replied(first, Transfer::First),
        Answer::First { due: at(0) }
    );
    assert_eq!(
        (ledger.open(), ledger.unconfirmed(), ledger.unreplied()),
        (1, 1, 0)
    );
    ledger.confirmed(first);
    assert_eq!((ledger.open(), ledger.unconfirmed()), (0, 0));
}

#[test]
fn without_replies_a_confirmation_is_all() {
    let mut ledger = Ledger::new(Reply::None);
    let first = ledger.sent(at(0), at(0));
    ledger.confirmed(first);
    assert_eq!((ledger.open(), ledger.unreplied()), (0, 0));
}

#[test]
fn a_second_reply_is_a_duplicate_before_and_after_closing() {
    let mut ledger = Ledger::new(Reply::Wanted);
    let first = ledger.sent(at(0), at(0));
    ledger.replied(first, Transfer::First);
    assert_eq!(ledger.replied(first, Transfer::First), Answer::Again);
    ledger.confirmed(first);
    assert_eq!(ledger.replied(first, Transfer::First), Answer::Again);
    assert_eq!(ledger.counts().duplicated, 2);
    assert_eq!(ledger.counts().replied, 1);
}

#[test]
fn a_reply_that_is_handed_over_once_more_is_no_duplicate() {
    let mut ledger = Ledger::new(Reply::Wanted);
    ledger.sent(at(0), at(0));
    ledger.sent(at(1), at(1));
    // The first was taken before the connection broke; of the second nothing was seen.
    ledger.replied(0, Transfer::First);
    assert_eq!(ledger.replied(0, Transfer::Repeated), Answer::Redelivered);
    let first = Answer::First { due: at(1) };
    assert_eq!(ledger.replied(1, Transfer::Repeated), first);
    assert_eq!(
        (ledger.counts().replied, ledger.counts().duplicated),
        (2, 0)
    );
}

#[test]
fn a_number_that_was_never_sent_is_unknown() {
    let mut ledger = Ledger::new(Reply::Wanted);
    assert_eq!(ledger.replied(0, Transfer::First), Answer::Unknown);
    assert_eq!(ledger.counts(), Counts::default());
}

#[test]
fn a_broken_connection_leaves_only_what_is_unknown_to_be_sent_again() {
    let mut ledger = Ledger::new(Reply::Wanted);
    for k in 0..4 {
        ledger.sent(at(k), at(k));
    }
    ledger.confirmed(0);
    ledger.replied(1, Transfer::First);
    assert_eq!(ledger.cut_off(), [2, 3]);
    // The reply of 1 proved that the broker has it.
    assert_eq!(ledger.counts().confirmed, 2);

    assert_eq!(ledger.sent_again(2), Some(at(2)));
    // The first copy of 3 had got through, and its reply comes before its turn.
    ledger.replied(3, Transfer::First);
    ledger.confirmed(2);
    assert_eq!(ledger.counts().resent, 1);
    assert_eq!(ledger.counts().sent, 4);

    // Both copies of 2 were processed.
    assert_eq!(
        ledger.replied(2, Transfer::First),
        Answer::First { due: at(2) }
    );
    assert_eq!(ledger.replied(2, Transfer::First), Answer::Again);
    assert_eq!(ledger.counts().duplicated, 1);
}

#[test]
fn what_comes_back_or_is_refused_is_closed_and_never_lost() {
    let mut ledger = Ledger::new(Reply::Wanted);
    ledger.sent(at(0), at(0));
    ledger.sent(at(0), at(0));
    ledger.returned(0);
    ledger.refused(1);
    assert_eq!(
        (ledger.open(), ledger.unconfirmed(), ledger.unreplied()),
        (0, 0, 0)
    );
    let expected = Counts {
        sent: 2,
        returned: 1,
        refused: 1,
        ..Counts::default()
    };
    assert_eq!(ledger.counts(), expected);
}

#[test]
fn a_copy_that_comes_back_after_its_reply_proves_nothing_missing() {
    let mut ledger = Ledger::new(Reply::Wanted);
    ledger.sent(at(0), at(0));
    ledger.replied(0, Transfer::First);
    ledger.returned(0);
    let expected = Counts {
        sent: 1,
        confirmed: 1,
        replied: 1,
        ..Counts::default()
    };
    assert_eq!(ledger.counts(), expected);
    assert_eq!(ledger.open(), 0);
}

/// Drives a ledger with chance and compares it with the plainest possible book-keeping.
#[test]
fn the_books_balance_whatever_happens() {
    for seed in 0..300 {
        let mut chance = Pcg64::seed_from_u64(seed);
        let reply = if seed % 4 == 0 {
            Reply::None
        } else {
            Reply::Wanted
        };
        let mut ledger = Ledger::new(reply);
        let mut resend: Vec<u64> = Vec::new();
        let mut replies = 0;

        for _ in 0..400 {
            let any = chance.next_u64() % 60;
            match chance.next_u64() % 8 {
                0..=2 => {
                    ledger.sent(at(any), at(any));
                }
                3 | 4 => {
                    ledger.confirmed(any);
                }
                5 if reply == Reply::Wanted => {
                    replies += u64::from(ledger.replied(any, Transfer::First) != Answer::Unknown);
                }
                6 if any == 0 => resend = ledger.cut_off(),
                6 if any < 4 => ledger.returned(any),
                6 if any < 8 => ledger.refused(any),
                _ => {
                    if let Some(sequence) = resend.pop() {
                        ledger.sent_again(sequence);
                    }
                }
            }

            let counts = ledger.counts();
            assert_eq!(counts.replied + counts.duplicated, replies, "seed {seed}");
            assert_eq!(
                counts.sent,
                counts.confirmed + counts.returned + counts.refused + ledger.unconfirmed(),
                "seed {seed}"
            );
            assert!(counts.replied <= counts.sent, "seed {seed}");
            assert!(ledger.open() >= ledger.unreplied(), "seed {seed}");
            assert!(
                ledger.open() <= ledger.unconfirmed() + ledger.unreplied(),
                "seed {seed}"
            );
        }

        // Confirming all and replying to all closes every account.
        for sequence in 0..ledger.next {
            ledger.confirmed(sequence);
            if reply == Reply::Wanted {
                ledger.replied(sequence, Transfer::First);
            }
        }
        assert_eq!(
            (ledger.open(), ledger.unconfirmed(), ledger.unreplied()),
            (0, 0, 0)
        );
    }
}
