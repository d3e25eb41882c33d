//! The log of a fleet's controller and supervisor, as it comes: where the controller listens, and what
//! the last complaint was.

use super::supervisor;
use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;
use tokio::time::timeout;

/// A complaint is shown in one line of a table's foot.
const COMPLAINT_CHARACTERS_MAX: usize = 300;

/// How long a supervisor may take to say that its controller has ended: milliseconds, and a machine that
/// has much to do gets a thousand times as many.
const END_SAID_WITHIN: Duration = Duration::from_secs(2);

/// What the log has said so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastLogged {
    /// Where the controller listens, once it does.
    pub address: Option<SocketAddr>,
    /// The last warning or error.
    pub complaint: Option<String>,
    /// How the controller ended, where nobody had asked it to.
    pub ended: Option<String>,
}

/// A line of the log.
#[derive(Deserialize)]
struct Line {
    level: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    message: String,
    addr: Option<String>,
    error: Option<String>,
}

impl LastLogged {
    fn read(&mut self, line: &str) {
        let Ok(Line { level, fields }) = serde_json::from_str(line) else {
            // What is no line of a log is how a program says why it ends.
            self.complain(line);
            return;
        };
        if fields.message == "http listening" {
            self.address = fields.addr.and_then(|address| address.parse().ok());
        }
        if fields.message == supervisor::ENDED {
            self.ended.clone_from(&fields.error);
        }
        if level == "WARN" || level == "ERROR" {
            let error = fields.error.map(|error| format!(": {error}"));
            self.complain(&format!("{}{}", fields.message, error.unwrap_or_default()));
        }
    }

    fn complain(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let short = text.chars().take(COMPLAINT_CHARACTERS_MAX).collect();
            self.complaint = Some(short);
        }
    }
}

/// Follows a log to its end, which closes the channel.
pub fn follow(log: impl AsyncRead + Send + Unpin + 'static) -> watch::Receiver<LastLogged> {
    let (sender, receiver) = watch::channel(LastLogged::default());
    tokio::spawn(async move {
        let mut lines = BufReader::new(log).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tracing::debug!(target: "controller", "{line}");
            sender.send_modify(|said| said.read(&line));
        }
    });
    receiver
}

/// How the controller ended, if it did. Its connections are refused before its supervisor has said
/// why, so that is waited for a little.
pub async fn ended(said: &watch::Receiver<LastLogged>) -> Option<String> {
    let mut said = said.clone();
    let ended = said.wait_for(|said| said.ended.is_some());
    let said = timeout(END_SAID_WITHIN, ended).await.ok()?.ok()?;
    said.ended.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_end_that_is_said_a_little_later_is_known_all_the_same() {
        let (sender, said) = watch::channel(LastLogged::default());
        let supervisor = async {
            sender.send_modify(|said| said.ended = Some("signal: 9".to_owned()));
        };
        // They are looked at in this order: it is asked before it is said.
        let (how, ()) = tokio::join!(ended(&said), supervisor);
        assert_eq!(how.as_deref(), Some("signal: 9"));
    }

    #[tokio::test]
    async fn a_log_that_is_over_is_not_waited_for() {
        let (_, said) = watch::channel(LastLogged::default());
        assert_eq!(ended(&said).await, None);
    }

    #[tokio::test]
    async fn the_address_and_the_last_complaint_are_kept() {
        let log = r#"{"level":"INFO","fields":{"message":"warren-controller starts","pools":1},"target":"c"}
{"level":"WARN","fields":{"message":"configuration may not be meant so","warning":"w"}}
{"level":"INFO","fields":{"message":"http listening","addr":"127.0.0.1:4711"}}
{"level":"ERROR","fields":{"message":"worker can't be started","error":"no such file","worker":3}}
{"level":"INFO","fields":{"message":"decided"}}
"#;
        let mut said = follow(log.as_bytes());
        while said.changed().await.is_ok() {}
        let expected = LastLogged {
            address: Some("127.0.0.1:4711".parse().unwrap()),
            complaint: Some("worker can't be started: no such file".to_owned()),
            ended: None,
        };
        assert_eq!(*said.borrow(), expected);
    }

    #[test]
    fn how_the_controller_ended_is_kept_whatever_is_said_after_it() {
        let mut said = LastLogged::default();
        said.read(
            r#"{"level":"ERROR","fields":{"message":"the controller ended","error":"signal: 9"}}"#,
        );
        said.read(r#"{"level":"WARN","fields":{"message":"worker ended badly","pool":"filter"}}"#);
        assert_eq!(said.ended.as_deref(), Some("signal: 9"));
    }

    #[test]
    fn the_last_words_of_a_program_are_a_complaint() {
        let mut said = LastLogged::default();
        said.read(&format!("error: {}", "no broker ".repeat(100)));
        said.read("");
        let complaint = said.complaint.unwrap();
        assert!(complaint.starts_with("error: no broker"));
        assert_eq!(complaint.chars().count(), COMPLAINT_CHARACTERS_MAX);
    }
}
