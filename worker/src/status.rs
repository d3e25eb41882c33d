//! What the worker tells the controller about itself, and how often.
//!
//! Statuses are datagrams, one JSON object each, to a Unix socket: nobody need listen, nothing is
//! ever waited for, and a controller that comes back listens to the same path.
//! At most five are sent a second, but the last change is always sent: a status that comes too soon
//! waits until its time, and a later one takes its place.
//! The kernel keeps ten datagrams for a socket and refuses the eleventh, which is what happens when
//! fifty workers become ready at once; a refused status is tried again.

use serde::Serialize;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

/// The worker contract allows five a second.
const SPACING: Duration = Duration::from_millis(200);

/// Until a refused status is tried again. A controller reads ten datagrams in far less; a worker that
/// tries fifty times a second costs nothing.
const RETRY: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it holds a message.
    pub state: Activity,
    /// Messages done with since it started.
    pub completed: u64,
    /// Time in which it held a message, since it started.
    pub busy_ms: u64,
    /// Messages delivered to it and not yet acknowledged.
    pub in_flight: u64,
}

/// Whether the worker holds a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// It waits for messages.
    Idle,
    /// It holds one at the least.
    Busy,
}

/// Spaces statuses out. Times are durations since any fixed origin.
#[derive(Debug, Default)]
pub struct Throttle {
    last: Option<Status>,
    waiting: Option<Status>,
    not_before: Duration,
}

impl Throttle {
    /// Takes a status, and answers with it if it is to be sent now.
    pub fn offer(&mut self, now: Duration, status: Status) -> Option<Status> {
        self.waiting = (self.last != Some(status)).then_some(status);
        self.take(now)
    }

    /// The status that waits, if its time has come.
    pub fn take(&mut self, now: Duration) -> Option<Status> {
        if self.due()? > now {
            return None;
        }
        self.last = self.waiting.take();
        self.not_before = now + SPACING;
        self.last
    }

    /// A status that was to be sent was refused: it waits for another try.
    pub fn put_back(&mut self, now: Duration, status: Status) {
        self.last = None;
        self.waiting = Some(status);
        self.not_before = now + RETRY;
    }

    /// The status that waits, whether or not its time has come: for the end.
    pub fn flush(&mut self) -> Option<Status> {
        self.waiting.take()
    }

    /// When to call [`take`](Self::take), if a status waits.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.waiting.map(|_| self.not_before)
    }
}

/// The controller's socket, if there is one.
#[derive(Debug)]
pub struct StatusSocket {
    socket: UnixDatagram,
    path: PathBuf,
    id: String,
    failures: u64,
}

/// What became of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was sent, or nobody listens: there is nothing more to do about it.
    Done,
    /// Somebody listens and has not read the earlier ones yet.
    Refused,
}

#[derive(Serialize)]
struct Ready<'a> {
    id: &'a str,
    state: &'static str,
}

#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    #[serde(flatten)]
    status: Status,
}

impl StatusSocket {
    /// # Errors
    /// When this process can't have one more socket.
    pub fn new(path: PathBuf, id: String) -> std::io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            path,
            id,
            failures: 0,
        })
    }

    /// Says that the worker consumes. Where this is refused, the first status says it as well.
    pub fn ready(&mut self) -> Sent {
        let ready = Ready {
            id: &self.id,
            state: "ready",
        };
        let datagram = serde_json::to_vec(&ready);
        self.send(datagram)
    }

    /// Says what the worker does.
    pub fn report(&mut self, status: Status) -> Sent {
        let id = &self.id;
        let datagram = serde_json::to_vec(&Report { id, status });
        self.send(datagram)
    }

    /// Datagrams that could not be sent.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures
    }

    fn send(&mut self, datagram: Result<Vec<u8>, serde_json::Error>) -> Sent {
        let sent = datagram
            .map_err(std::io::Error::from)
            .and_then(|datagram| self.socket.send_to(&datagram, &self.path));
        let Err(error) = sent else {
            return Sent::Done;
        };
        if error.kind() == ErrorKind::WouldBlock {
            return Sent::Refused;
        }
        self.failures += 1;
        // A controller that is away is no trouble of ours; once is enough.
        if self.failures == 1 {
            tracing::debug!(socket = %self.path.display(), %error, "status not sent");
        }
        Sent::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn status(completed: u64) -> Status {
        Status {
            state: Activity::Busy,
            completed,
            busy_ms: 0,
            in_flight: 1,
        }
    }

    #[test]
    fn the_first_status_is_sent_at_once() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.offer(ms(0), status(1)), Some(status(1)));
        assert_eq!(throttle.due(), None);
    }

    #[test]
    fn a_status_that_comes_too_soon_waits_and_a_later_one_takes_its_place() {
        let mut throttle = Throttle::default();
        throttle.offer(ms(1000), status(1));
        assert_eq!(throttle.offer(ms(1001), status(2)), None);
        assert_eq!(throttle.offer(ms(1002), status(3)), None);
        assert_eq!(throttle.due(), Some(ms(1200)));
        assert_eq!(throttle.take(ms(1199)), None);
        assert_eq!(throttle.take(ms(1200)), Some(status(3)));
        assert_eq!(throttle.take(ms(9999)), None);
    }

    #[test]
    fn a_refused_status_is_tried_again_soon_unless_a_later_one_takes_its_place() {
        let mut throttle = Throttle::default();
        throttle.offer(ms(1000), status(1));
        throttle.put_back(ms(1000), status(1));
        assert_eq!(throttle.due(), Some(ms(1020)));
        assert_eq!(throttle.take(ms(1020)), Some(status(1)));
        throttle.put_back(ms(1020), status(1));
        assert_eq!(throttle.offer(ms(1021), status(2)), None);
        assert_eq!(throttle.take(ms(1040)), Some(status(2)));
        assert_eq!(throttle.due(), None);
    }

    #[test]
    fn what_was_said_already_is_not_said_again() {
        let mut throttle = Throttle::default();
        throttle.offer(ms(0), status(1));
        assert_eq!(throttle.offer(ms(500), status(1)), None);
        // There and back again before its time: nothing changed.
        throttle.offer(ms(600), status(2));
        throttle.offer(ms(601), status(3));
        throttle.offer(ms(602), status(2));
        assert_eq!(throttle.due(), None);
    }

    #[test]
    fn the_end_says_what_still_waits() {
        let mut throttle = Throttle::default();
        throttle.offer(ms(0), status(1));
        throttle.offer(ms(1), status(2));
        assert_eq!(throttle.flush(), Some(status(2)));
        assert_eq!(throttle.flush(), None);
    }

    #[test]
    fn datagrams_are_as_the_contract_has_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("status");
        let listener = UnixDatagram::bind(&path).unwrap();
        let mut socket = StatusSocket::new(path, "7".to_owned()).unwrap();
        socket.ready();
        socket.report(status(3));
        let mut buffer = [0; 256];
        let mut received = || {
            let bytes = listener.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..bytes].to_vec()).unwrap()
        };
        assert_eq!(received(), r#"{"id":"7","state":"ready"}"#);
        assert_eq!(
            received(),
            r#"{"id":"7","state":"busy","completed":3,"busy_ms":0,"in_flight":1}"#
        );
        assert_eq!(socket.failures(), 0);
    }

    #[test]
    fn nobody_listening_is_counted_and_no_trouble() {
        let directory = tempfile::tempdir().unwrap();
        let nobody = directory.path().join("nobody");
        let mut socket = StatusSocket::new(nobody, "7".to_owned()).unwrap();
        socket.ready();
        assert_eq!(socket.failures(), 1);
    }

    proptest! {
        #[test]
        fn at_most_five_a_second_and_always_the_last(
            steps in prop::collection::vec((0_u64..150, 0_u64..3), 1..100),
        ) {
            let mut throttle = Throttle::default();
            let mut now = ms(0);
            let mut sent: Vec<(Duration, Status)> = Vec::new();
            let mut last = None;
            for (pause, completed) in steps {
                let next = now + ms(pause);
                while let Some(due) = throttle.due().filter(|&due| due <= next) {
                    sent.extend(throttle.take(due).map(|status| (due, status)));
                }
                now = next;
                last = Some(status(completed));
                sent.extend(throttle.offer(now, status(completed)).map(|status| (now, status)));
            }
            sent.extend(throttle.due().and_then(|due| Some((due, throttle.take(due)?))));
            prop_assert_eq!(sent.last().map(|(_, status)| *status), last);
            for pair in sent.windows(2) {
                prop_assert!(pair[1].0 - pair[0].0 >= SPACING);
                prop_assert_ne!(pair[0].1, pair[1].1);
            }
        }
    }
}
