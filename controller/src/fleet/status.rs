//! What workers say of themselves: datagrams on a Unix socket, one JSON object each.
//!
//! Whoever can reach the socket can write to it, and workers are anybody's programs, so what comes
//! in is checked, bounded and counted, and the worst it can do is to be ignored.

use super::outbox::Report;
use policy::{Activity, WorkerId, WorkerStatus};
use serde::Deserialize;
use std::io;
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::time::sleep;

/// Far above the hundred or so bytes of a report, and small enough to be read into one buffer.
const DATAGRAM_BYTES_MAX: usize = 4096;

/// A socket that can't be read is tried again this often, so that it never becomes a busy loop.
const RETRY: Duration = Duration::from_secs(1);

/// A datagram as it may come: keys that are not known are a newer worker's.
#[derive(Deserialize)]
struct Datagram {
    id: serde_json::Value,
    state: State,
    completed: Option<u64>,
    busy_ms: Option<u64>,
    in_flight: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ready,
    Idle,
    Busy,
}

/// Why a datagram is no report.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Malformed {
    #[error("longer than {DATAGRAM_BYTES_MAX} bytes")]
    TooLong,
    #[error("{0}")]
    NotAReport(String),
    #[error("id is neither a number nor a text that holds one")]
    NoId,
    #[error("idle and busy come with completed, busy_ms and in_flight")]
    Incomplete,
}

fn parse(datagram: &[u8]) -> Result<(WorkerId, Report), Malformed> {
    if datagram.len() > DATAGRAM_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let datagram: Datagram = serde_json::from_slice(datagram)
        .map_err(|error| Malformed::NotAReport(error.to_string()))?;
    let id = match &datagram.id {
        serde_json::Value::String(id) => id.parse().ok(),
        id => id.as_u64(),
    };
    let worker = WorkerId(id.ok_or(Malformed::NoId)?);
    let activity = match datagram.state {
        State::Ready => return Ok((worker, Report::Ready)),
        State::Idle => Activity::Idle,
        State::Busy => Activity::Busy,
    };
    // A figure that is missing is not zero: taking it as such would hide work in flight.
    let (Some(completed), Some(busy_ms), Some(in_flight)) =
        (datagram.completed, datagram.busy_ms, datagram.in_flight)
    else {
        return Err(Malformed::Incomplete);
    };
    let status = WorkerStatus {
        activity,
        completed,
        busy: Duration::from_millis(busy_ms),
        in_flight,
    };
    Ok((worker, Report::Status(status)))
}

/// Passes on what is read from the socket, for ever. `pass` says whether the worker is a known one.
pub(crate) async fn listen(
    socket: UnixDatagram,
    pool: String,
    pass: impl Fn(WorkerId, Report) -> Sender,
) {
    // One byte more than is allowed, or a datagram that was cut could pass for a whole one.
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX + 1];
    let mut malformed: u64 = 0;
    loop {
        let datagram = receive(&socket, &mut buffer).await;
        let error = match datagram.map(parse) {
            Ok(Ok((worker, report))) => {
                if matches!(pass(worker, report), Sender::Unknown) {
                    // Nothing is wrong with the last words of a worker that has just gone.
                    tracing::trace!(pool, %worker, "status of an unknown worker left out");
                }
                continue;
            }
            Ok(Err(malformed)) => malformed,
            Err(error) => {
                tracing::warn!(pool, %error, "status socket can't be read");
                sleep(RETRY).await;
                continue;
            }
        };
        malformed += 1;
        // The first, the second, the fourth …: said at once, and never a flood.
        if malformed.is_power_of_two() {
            tracing::warn!(pool, malformed, %error, "malformed status datagram left out");
        }
    }
}

/// Whether a report's sender is one of the fleet's workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Known,
    /// It is not, or not any more.
    Unknown,
}

async fn receive<'a>(socket: &UnixDatagram, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let length = socket.recv(buffer).await?;
    Ok(&buffer[..length])
}

#[cfg(test)]
mod tests {
    use super::{DATAGRAM_BYTES_MAX, Malformed, parse};
    use crate::fleet::outbox::Report;
    use policy::{Activity, WorkerId, WorkerStatus};
    use std::time::Duration;

    fn status(activity: Activity) -> Report {
        Report::Status(WorkerStatus {
            activity,
            completed: 5,
            busy: Duration::from_millis(40),
            in_flight: 2,
        })
    }

    #[test]
    fn reports_are_understood() {
        let table = [
            (r#"{"id":"7","state":"ready"}"#, Report::Ready),
            (r#"{"id":7,"state":"ready","new":[1]}"#, Report::Ready),
            (
                r#"{"id":"7","state":"idle","completed":5,"busy_ms":40,"in_flight":2}"#,
                status(Activity::Idle),
            ),
            (
                r#"{"in_flight":2,"busy_ms":40,"completed":5,"state":"busy","id":7}"#,
                status(Activity::Busy),
            ),
        ];
        for (datagram, report) in table {
            assert_eq!(
                parse(datagram.as_bytes()),
                Ok((WorkerId(7), report)),
                "{datagram}"
            );
        }
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let table = [
            "",
            "ready",
            "[]",
            "{\"id\":7}",
            r#"{"state":"ready"}"#,
            r#"{"id":7,"state":"gone"}"#,
            r#"{"id":7,"state":"ready"} trailing"#,
            r#"{"id":7,"state":"idle","completed":-1,"busy_ms":0,"in_flight":0}"#,
            r#"{"id":7,"state":"idle","completed":1.5,"busy_ms":0,"in_flight":0}"#,
        ];
        for datagram in table {
            assert!(
                matches!(parse(datagram.as_bytes()), Err(Malformed::NotAReport(_))),
                "{datagram}"
            );
        }
        assert!(parse(b"\xff\xfe").is_err());
        for id in ["-1", "1.5", "\"\"", "\"seven\"", "null", "[7]", "true"] {
            let datagram = format!(r#"{{"id":{id},"state":"ready"}}"#);
            assert_eq!(
                parse(datagram.as_bytes()),
                Err(Malformed::NoId),
                "{datagram}"
            );
        }
        assert_eq!(
            parse(br#"{"id":7,"state":"busy","completed":5,"busy_ms":40}"#),
            Err(Malformed::Incomplete)
        );
        let long = format!(
            r#"{{"id":7,"state":"ready","padding":"{}"}}"#,
            "x".repeat(DATAGRAM_BYTES_MAX)
        );
        assert_eq!(parse(long.as_bytes()), Err(Malformed::TooLong));
    }
}
