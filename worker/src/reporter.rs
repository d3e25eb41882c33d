//! Keeps the worker's status, and sends it where it is wanted.

use crate::status::{Activity, Sent, Status, StatusSocket, Throttle};
use std::time::Duration;

/// What the worker does, as far as others may want to know. Times are durations since the worker
/// started.
#[derive(Debug)]
pub struct Reporter {
    /// `None` where nobody asked.
    socket: Option<StatusSocket>,
    throttle: Throttle,
    last: Option<(u64, u64)>,
    busy: Duration,
    busy_since: Option<Duration>,
}

impl Reporter {
    /// Reports to this socket, or to nobody.
    #[must_use]
    pub fn new(socket: Option<StatusSocket>) -> Self {
        Self {
            socket,
            throttle: Throttle::default(),
            last: None,
            busy: Duration::ZERO,
            busy_since: None,
        }
    }

    /// The worker consumes.
    pub fn ready(&mut self) {
        if let Some(socket) = &mut self.socket {
            // Refused or not: the first status follows at once, and is tried again until it is taken.
            let _: Sent = socket.ready();
        }
    }

    /// The worker has done so many messages and holds so many.
    pub fn update(&mut self, now: Duration, completed: u64, in_flight: usize) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let in_flight = in_flight as u64;
        // Being busy for longer is no change that anybody need be told of.
        let status = if self.last.replace((completed, in_flight)) == Some((completed, in_flight)) {
            self.throttle.take(now)
        } else {
            let state = match in_flight {
                0 => Activity::Idle,
                _ => Activity::Busy,
            };
            match (state, self.busy_since) {
                (Activity::Busy, None) => self.busy_since = Some(now),
                (Activity::Idle, Some(since)) => {
                    self.busy += now - since;
                    self.busy_since = None;
                }
                _ => {}
            }
            let busy = self.busy + self.busy_since.map_or(Duration::ZERO, |since| now - since);
            let status = Status {
                state,
                completed,
                busy_ms: u64::try_from(busy.as_millis()).unwrap_or(u64::MAX),
                in_flight,
            };
            self.throttle.offer(now, status)
        };
        if let Some(status) = status
            && socket.report(status) == Sent::Refused
        {
            self.throttle.put_back(now, status);
        }
    }

    /// When [`update`](Self::update) has something to send even if nothing changes.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.throttle.due()
    }

    /// Sends what still waits. Answers with how many statuses could not be sent in all.
    pub fn finish(&mut self) -> u64 {
        let Some(socket) = &mut self.socket else {
            return 0;
        };
        if let Some(status) = self.throttle.flush() {
            // The last words of a worker that ends: there is no time left for a second try.
            let _: Sent = socket.report(status);
        }
        socket.failures()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn every_worker_is_heard_when_all_speak_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("status");
        let listener = UnixDatagram::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut reporters: Vec<Reporter> = (0..500)
            .map(|worker| StatusSocket::new(path.clone(), worker.to_string()).unwrap())
            .map(|socket| Reporter::new(Some(socket)))
            .collect();
        let mut heard = std::collections::BTreeSet::new();
        let mut buffer = [0; 256];
        // Nobody reads while they speak; then everything there is is read, and again 20 ms later.
        for round in 0..500 {
            let now = Duration::from_millis(20 * round);
            for reporter in &mut reporters {
                reporter.update(now, 0, 0);
            }
            while let Ok(bytes) = listener.recv(&mut buffer) {
                let datagram: serde_json::Value = serde_json::from_slice(&buffer[..bytes]).unwrap();
                heard.insert(datagram["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(heard.len(), reporters.len());
        assert!(reporters.iter().all(|reporter| reporter.due().is_none()));
    }

    #[test]
    fn busy_is_the_time_in_which_a_message_is_held() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("status");
        let listener = UnixDatagram::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        let socket = StatusSocket::new(path, "7".to_owned()).unwrap();
        let mut reporter = Reporter::new(Some(socket));
        let at = Duration::from_millis;
        reporter.update(at(0), 0, 0);
        reporter.update(at(1000), 0, 2);
        reporter.update(at(1250), 1, 1);
        reporter.update(at(1300), 2, 0);
        assert_eq!(reporter.due(), Some(at(1450)));
        reporter.update(at(1500), 2, 0);
        reporter.update(at(2000), 2, 1);
        reporter.update(at(2001), 3, 0);
        assert_eq!(reporter.finish(), 0);
        let mut received = Vec::new();
        let mut buffer = [0; 256];
        while let Ok(bytes) = listener.recv(&mut buffer) {
            let datagram: serde_json::Value = serde_json::from_slice(&buffer[..bytes]).unwrap();
            received.push((
                datagram["state"].as_str().unwrap().to_owned(),
                datagram["completed"].as_u64().unwrap(),
                datagram["busy_ms"].as_u64().unwrap(),
            ));
        }
        let expected = [
            ("idle", 0, 0),
            ("busy", 0, 0),
            ("busy", 1, 250),
            ("idle", 2, 300),
            ("busy", 2, 300),
            ("idle", 3, 301),
        ];
        assert_eq!(
            received,
            expected.map(|(state, n, ms)| (state.to_owned(), n, ms))
        );
    }
}
