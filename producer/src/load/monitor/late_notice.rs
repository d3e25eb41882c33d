//! Warns during a run that its rate is not kept, with the rate that is reached instead.

use crate::load::snapshot::Snapshot;
use std::time::Duration;

/// How often it is said.
const EVERY: Duration = Duration::from_secs(5);

/// It is said when more than one in so many of a notice's messages was late or is overdue; a few are
/// the hiccups of a busy machine, and are counted all the same.
const SHARE: u64 = 10;

/// What was last looked at.
#[derive(Debug, Default)]
pub(super) struct LateNotice {
    before: Snapshot,
}

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// The machine, the broker or the window of unconfirmed messages does not allow the rate.
    Behind(Pace),
    /// The broker reads nothing.
    Blocked(Pace),
}

/// How the last seconds went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Messages handed over late.
    late: u64,
    /// Messages due per second.
    asked: u64,
    /// Messages sent per second.
    reached: u64,
    /// Messages that are due and not sent.
    behind: u64,
}

impl LateNotice {
    /// What there is to say now, if anything.
    pub(super) fn look(&mut self, now: &Snapshot) -> Option<Notice> {
        let passed = now.now.saturating_sub(self.before.now);
        if passed < EVERY {
            return None;
        }
        let before = std::mem::replace(&mut self.before, *now);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts are far below 2^53, and a rate is one divided by seconds"
        )]
        let per_second = |count: u64| (count as f64 / passed.as_secs_f64()).round() as u64;
        let due = now.due.saturating_sub(before.due);
        let sent = now.counts.sent - before.counts.sent;
        let pace = Pace {
            late: now.late - before.late,
            asked: per_second(due),
            reached: per_second(sent),
            behind: now.due.saturating_sub(now.counts.sent),
        };
        let late = pace.late * SHARE > sent;
        // A sender that sends nothing at all hands nothing over late either.
        let overdue = pace.behind * SHARE > due && pace.behind > 0 && sent < due;
        match (late && pace.late > 0 || overdue, now.blocked) {
            (false, _) => None,
            (true, false) => Some(Notice::Behind(pace)),
            (true, true) => Some(Notice::Blocked(pace)),
        }
    }
}

impl Notice {
    pub(super) fn tell(self) {
        let (Self::Behind(pace) | Self::Blocked(pace)) = self;
        let Pace {
            late,
            asked,
            reached,
            behind,
        } = pace;
        let said = match self {
            Self::Blocked(_) => "nothing is sent: the broker has an alarm and reads nothing",
            Self::Behind(_) if pace.falls_short() => "the rate is not reached",
            Self::Behind(_) => "messages are sent late",
        };
        tracing::warn!(
            late,
            rate_asked = asked,
            rate_reached = reached,
            behind,
            "{said}"
        );
    }
}

impl Pace {
    /// Whether less was sent than was asked for, beyond what a look at one instant may differ by.
    fn falls_short(&self) -> bool {
        self.reached * 100 < self.asked * 99
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::accounts::Counts;

    fn at(seconds: u64, due: u64, sent: u64, late: u64) -> Snapshot {
        Snapshot {
            now: Duration::from_secs(seconds),
            due,
            late,
            counts: Counts {
                sent,
                ..Counts::default()
            },
            ..Snapshot::default()
        }
    }

    #[test]
    fn a_rate_that_is_kept_is_not_worth_a_word() {
        let mut notice = LateNotice::default();
        assert_eq!(notice.look(&at(5, 500, 500, 0)), None);
        // A hiccup: one in ten, and one message that is due this instant.
        assert_eq!(notice.look(&at(10, 1000, 999, 49)), None);
    }

    #[test]
    fn a_rate_that_is_not_reached_is_said_with_the_one_that_is() {
        let mut notice = LateNotice::default();
        assert_eq!(
            notice.look(&at(4, 4000, 2400, 2000)),
            None,
            "too early to tell"
        );
        let expected = Pace {
            late: 2500,
            asked: 1000,
            reached: 600,
            behind: 2000,
        };
        let said = notice.look(&at(5, 5000, 3000, 2500));
        assert!(expected.falls_short());
        assert_eq!(said, Some(Notice::Behind(expected)));
        assert_eq!(
            notice.look(&at(6, 6000, 3600, 3100)),
            None,
            "it was just said"
        );
    }

    #[test]
    fn messages_may_be_late_although_the_rate_is_reached() {
        let mut notice = LateNotice::default();
        let Some(Notice::Behind(pace)) = notice.look(&at(5, 5000, 4990, 2500)) else {
            panic!("half of them were late");
        };
        assert!(!pace.falls_short());
    }

    #[test]
    fn a_sender_that_is_blocked_is_behind_although_nothing_was_handed_over_late() {
        let mut notice = LateNotice::default();
        notice.look(&at(5, 500, 500, 0));
        let mut blocked = at(10, 1000, 500, 0);
        blocked.blocked = true;
        let expected = Pace {
            late: 0,
            asked: 100,
            reached: 0,
            behind: 500,
        };
        assert_eq!(notice.look(&blocked), Some(Notice::Blocked(expected)));
    }

    #[test]
    fn silence_after_the_last_message_is_not_late() {
        let mut notice = LateNotice::default();
        notice.look(&at(5, 500, 500, 400));
        assert_eq!(notice.look(&at(10, 500, 500, 400)), None);
    }
}
