//! The closed loop: clients who each send a message, wait for its answer, and then send the next.
//!
//! A message is due the moment its client is free, so what the fleet is slow at slows the clients
//! down and makes no message late. Client *k* sends over connection *k* modulo the connections, as
//! a user keeps the connection that they have; when one breaks, only its clients wait.

use crate::load::offered::{Until, VirtualUsers};
use crate::load::turn::Turn;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// All clients of a run. Times are since its start.
#[derive(Debug)]
pub(super) struct Clients {
    groups: VecDeque<VirtualUsers>,
    playing: Playing,
    /// Since when each client has nothing to do, by connection; the longest comes first.
    free: Vec<VecDeque<Duration>>,
    /// The clients that wait, by the number of their message. Numbers and deadlines both grow, so
    /// the first one is the first to give up.
    waiting: BTreeMap<u64, Waiting>,
    /// How long a client waits for an answer.
    patience: Duration,
}

/// The group whose turn it is.
#[derive(Clone, Copy, Debug)]
struct Playing {
    group: VirtualUsers,
    since: Duration,
    /// Messages of it that were sent.
    sent: u64,
    /// When the last client of it became free.
    last_freed: Duration,
}

/// A client that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    connection: usize,
    gives_up: Duration,
}

/// Whose turn a freed client makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freed {
    /// A client of this connection can go on.
    Client(usize),
    /// All clients are free, so the next group may be due on any connection.
    Everybody,
}

/// Stands before the first group, and is over at once.
const NOBODY: VirtualUsers = VirtualUsers {
    clients: 0,
    until: Until::Duration(Duration::ZERO),
};

impl Clients {
    pub(super) fn new(groups: Vec<VirtualUsers>, connections: usize, patience: Duration) -> Self {
        Self {
            groups: groups.into(),
            playing: Playing::new(NOBODY, Duration::ZERO),
            free: vec![VecDeque::new(); connections],
            waiting: BTreeMap::new(),
            patience,
        }
    }

    /// Whose turn it is on a connection at `now`.
    pub(super) fn peek(&mut self, connection: usize, now: Duration) -> Turn {
        loop {
            if self.playing.sends_at(now) {
                return match (self.free[connection].front(), self.wakes_at()) {
                    (Some(since), _) => Turn::First(*since),
                    (None, Some(at)) => Turn::Wait(at),
                    (None, None) => Turn::Idle,
                };
            }
            if !self.all_free() {
                return self.wakes_at().map_or(Turn::Idle, Turn::Wait);
            }
            let ends = self.playing.ends().unwrap_or_default();
            if now < ends {
                return Turn::Wait(ends);
            }
            let Some(next) = self.groups.pop_front() else {
                return Turn::Over;
            };
            self.begin(next, ends.max(self.playing.last_freed));
        }
    }

    /// Whose turn it is; where it is a client's, that one is no longer free.
    pub(super) fn take(&mut self, connection: usize, now: Duration) -> Turn {
        let turn = self.peek(connection, now);
        if let Turn::First(_) = turn {
            self.free[connection].pop_front();
            self.playing.sent += 1;
        }
        turn
    }

    /// What was taken was sent under this number.
    pub(super) fn sent(&mut self, connection: usize, sequence: u64, now: Duration) {
        let gives_up = now.saturating_add(self.patience);
        let waiting = Waiting {
            connection,
            gives_up,
        };
        self.waiting.insert(sequence, waiting);
    }

    /// A message was answered, or never will be; whom that frees.
    pub(super) fn answered(&mut self, sequence: u64, now: Duration) -> Option<Freed> {
        let Waiting { connection, .. } = self.waiting.remove(&sequence)?;
        Some(self.set_free(connection, now))
    }

    /// The first client whose patience is over gives up.
    pub(super) fn give_up(&mut self, now: Duration) -> Option<Freed> {
        let first = self.waiting.first_entry()?;
        if first.get().gives_up > now {
            return None;
        }
        let Waiting {
            connection,
            gives_up,
        } = first.remove();
        Some(self.set_free(connection, gives_up))
    }

    /// Whether anything is still to come: a client waits or has to send, a pause lasts, or another
    /// group has its turn. A run that is quiet is not over then, because it is never quiet for good:
    /// each client goes on when its patience is over.
    pub(super) fn go_on(&self, now: Duration) -> bool {
        !self.groups.is_empty()
            || self.playing.sends_at(now)
            || self.playing.ends().is_some_and(|ends| now < ends)
            || !self.all_free()
    }

    fn set_free(&mut self, connection: usize, now: Duration) -> Freed {
        self.free[connection].push_back(now);
        self.playing.last_freed = self.playing.last_freed.max(now);
        match self.all_free() {
            true => Freed::Everybody,
            false => Freed::Client(connection),
        }
    }

    fn all_free(&self) -> bool {
        let free: usize = self.free.iter().map(VecDeque::len).sum();
        free as u64 >= u64::from(self.playing.group.clients)
    }

    /// When time alone changes whose turn it is.
    fn wakes_at(&self) -> Option<Duration> {
        let gives_up = self.waiting.first_key_value();
        let gives_up = gives_up.map(|(_, waiting)| waiting.gives_up);
        let ends = self.playing.ends().filter(|_| self.waiting.is_empty());
        gives_up.or(ends)
    }

    fn begin(&mut self, group: VirtualUsers, since: Duration) {
        self.playing = Playing::new(group, since);
        self.free.iter_mut().for_each(VecDeque::clear);
        let connections = self.free.len();
        for client in 0..group.clients as usize {
            self.free[client % connections].push_back(since);
        }
    }
}

impl Playing {
    fn new(group: VirtualUsers, since: Duration) -> Self {
        Self {
            group,
            since,
            sent: 0,
            last_freed: since,
        }
    }

    /// When it sends no more, where time decides that.
    fn ends(&self) -> Option<Duration> {
        match self.group.until {
            Until::Duration(duration) => Some(self.since + duration),
            Until::Requests(_) => None,
        }
    }

    /// Whether a client of it that is free sends another message.
    fn sends_at(&self, now: Duration) -> bool {
        let more = match self.group.until {
            Until::Duration(duration) => now < self.since + duration,
            Until::Requests(requests) => self.sent < requests,
        };
        more && self.group.clients > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn requests(clients: u32, requests: u64) -> VirtualUsers {
        VirtualUsers {
            clients,
            until: Until::Requests(requests),
        }
    }

    fn during(clients: u32, milliseconds: u64) -> VirtualUsers {
        VirtualUsers {
            clients,
            until: Until::Duration(at(milliseconds)),
        }
    }

    /// Clients on one connection, and the number of the next message.
    struct Play {
        clients: Clients,
        next: u64,
    }

    impl Play {
        fn new(groups: &[VirtualUsers]) -> Self {
            Self {
                clients: Clients::new(groups.to_vec(), 1, PATIENCE),
                next: 0,
            }
        }

        fn take(&mut self, now: Duration) -> Turn {
            let turn = self.clients.take(0, now);
            if let Turn::First(_) = turn {
                self.clients.sent(0, self.next, now);
                self.next += 1;
            }
            turn
        }
    }

    #[test]
    fn no_more_messages_are_unanswered_than_there_are_clients() {
        let mut play = Play::new(&[requests(2, 3)]);
        assert_eq!(play.take(at(0)), Turn::First(at(0)));
        assert_eq!(play.take(at(0)), Turn::First(at(0)));
        assert_eq!(play.take(at(1)), Turn::Wait(PATIENCE));

        assert_eq!(play.clients.answered(1, at(40)), Some(Freed::Client(0)));
        assert_eq!(play.take(at(41)), Turn::First(at(40)));

        // All that was asked for is sent; the last answer ends it.
        assert_eq!(play.clients.answered(0, at(50)), Some(Freed::Client(0)));
        assert_eq!(play.take(at(50)), Turn::Wait(at(41) + PATIENCE));
        assert_eq!(play.clients.answered(2, at(60)), Some(Freed::Everybody));
        assert_eq!(play.take(at(60)), Turn::Over);
        assert_eq!(play.next, 3);
    }

    #[test]
    fn a_second_answer_frees_nobody() {
        let mut play = Play::new(&[requests(1, 5)]);
        play.take(at(0));
        assert_eq!(play.clients.answered(0, at(10)), Some(Freed::Everybody));
        assert_eq!(play.clients.answered(0, at(11)), None);
        assert_eq!(play.take(at(12)), Turn::First(at(10)));
        assert_eq!(play.take(at(12)), Turn::Wait(at(12) + PATIENCE));
    }

    #[test]
    fn groups_come_one_after_another_with_their_pauses() {
        let mut play = Play::new(&[requests(1, 1), during(0, 500), requests(2, 2)]);
        play.take(at(0));
        assert_eq!(play.take(at(10)), Turn::Wait(PATIENCE));
        play.clients.answered(0, at(100));
        assert_eq!(play.take(at(101)), Turn::Wait(at(600)));
        assert_eq!(play.take(at(599)), Turn::Wait(at(600)));
        assert_eq!(play.take(at(601)), Turn::First(at(600)));
        assert_eq!(play.take(at(601)), Turn::First(at(600)));
        assert_eq!(play.take(at(601)), Turn::Wait(at(601) + PATIENCE));
    }

    #[test]
    fn a_group_that_is_timed_waits_for_what_it_sent_and_sends_no_more() {
        let mut play = Play::new(&[during(1, 100), requests(1, 1)]);
        play.take(at(0));
        play.clients.answered(0, at(90));
        assert_eq!(play.take(at(90)), Turn::First(at(90)));
        assert_eq!(play.take(at(100)), Turn::Wait(at(90) + PATIENCE));
        play.clients.answered(1, at(140));
        assert_eq!(play.take(at(141)), Turn::First(at(140)));
        play.clients.answered(2, at(150));
        assert_eq!(play.take(at(150)), Turn::Over);
    }

    #[test]
    fn a_client_that_waited_too_long_goes_on_without_its_answer() {
        let mut play = Play::new(&[requests(2, 4)]);
        play.take(at(0));
        play.take(at(5));
        assert_eq!(play.clients.give_up(PATIENCE - at(1)), None);
        assert_eq!(play.clients.give_up(PATIENCE), Some(Freed::Client(0)));
        assert_eq!(play.clients.give_up(PATIENCE), None);
        assert_eq!(play.take(PATIENCE), Turn::First(PATIENCE));
        // The answer that comes after all frees nobody a second time.
        assert_eq!(play.clients.answered(0, PATIENCE), None);
        assert_eq!(play.take(PATIENCE), Turn::Wait(at(5) + PATIENCE));
    }

    #[test]
    fn clients_keep_their_connection_and_share_what_is_asked() {
        let mut clients = Clients::new(vec![requests(3, 4)], 2, PATIENCE);
        // Clients 0 and 2 are on the first connection, client 1 is on the second.
        assert_eq!(clients.take(0, at(0)), Turn::First(at(0)));
        clients.sent(0, 0, at(0));
        assert_eq!(clients.take(0, at(0)), Turn::First(at(0)));
        clients.sent(0, 1, at(0));
        assert_eq!(clients.take(1, at(0)), Turn::First(at(0)));
        clients.sent(1, 2, at(0));
        assert_eq!(clients.answered(1, at(10)), Some(Freed::Client(0)));
        assert_eq!(clients.take(1, at(10)), Turn::Wait(PATIENCE));
        assert_eq!(clients.take(0, at(10)), Turn::First(at(10)));
        clients.sent(0, 3, at(10));
        // The fourth was the last.
        assert_eq!(clients.answered(2, at(20)), Some(Freed::Client(1)));
        assert_eq!(clients.take(1, at(20)), Turn::Wait(PATIENCE));
    }

    #[test]
    fn a_connection_without_clients_waits_to_be_woken() {
        let mut clients = Clients::new(vec![requests(1, 1), requests(2, 2)], 2, PATIENCE);
        assert_eq!(clients.peek(1, at(0)), Turn::Idle);
        clients.take(0, at(0));
        clients.sent(0, 0, at(0));
        assert_eq!(clients.answered(0, at(10)), Some(Freed::Everybody));
        assert_eq!(clients.take(1, at(10)), Turn::First(at(10)));
    }

    #[test]
    fn clients_go_on_until_every_group_has_been_played_and_answered() {
        let mut play = Play::new(&[requests(1, 1), during(0, 500), requests(1, 1)]);
        assert!(play.clients.go_on(at(0)), "nobody has begun");
        play.take(at(0));
        // Nobody asks for turns while the broker is away: long after the last client's patience.
        assert!(play.clients.go_on(2 * PATIENCE), "a client waits");
        play.clients.answered(0, at(100));
        assert!(play.clients.go_on(2 * PATIENCE), "two groups are queued");
        assert_eq!(play.take(at(101)), Turn::Wait(at(600)));
        assert!(play.clients.go_on(at(599)), "a pause lasts");
        assert_eq!(play.take(at(601)), Turn::First(at(600)));
        play.clients.answered(1, at(700));
        assert!(!play.clients.go_on(at(700)));
        assert_eq!(play.take(at(700)), Turn::Over);
    }

    #[test]
    fn clients_go_on_while_they_have_requests_or_time_left() {
        let mut play = Play::new(&[requests(2, 3)]);
        play.take(at(0));
        play.clients.answered(0, at(10));
        assert!(play.clients.go_on(2 * PATIENCE), "two requests are unsent");
        let mut play = Play::new(&[during(1, 100)]);
        play.take(at(0));
        play.clients.answered(0, at(10));
        assert!(play.clients.go_on(at(99)));
        assert!(!play.clients.go_on(at(100)));
    }

    #[test]
    fn a_group_of_nobody_asks_for_nothing() {
        let mut play = Play::new(&[requests(0, 7), during(3, 0)]);
        assert_eq!(play.take(at(0)), Turn::Over);
    }
}
