//! The clients: one program in Python for every middleware, and beside it Warren's own producer, so
//! that what the client costs can be told from what the node does.

use super::case::{Call, Case, Middleware, Rate};
use super::nodes::{Nodes, Place};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::process::Stdio;
use std::time::Duration;
use testbed::producer::{Launch, Producer};
use tokio::time::timeout;

/// Starting sixteen clients and waiting for an answer that never comes takes half of it.
const BEYOND: Duration = Duration::from_secs(60);

/// What the filter's clients send; `drive.py` has the same.
const TEXT: &str = "hola tonto, que tal, com estas, que feo ets deu meu";

/// What `drive.py` prints.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Printed {
    Failed { failed: String },
    Done { answered: u64, seconds: f64 },
}

/// Runs the case's clients against its nodes for `duration`.
pub async fn rate_of(
    place: &Place<'_>,
    nodes: &Nodes,
    case: Case,
    duration: Duration,
) -> Result<Rate> {
    let asking = async {
        match case.middleware {
            Middleware::WarrenProducer => producer(place, nodes, case, duration).await,
            Middleware::XmlRpc => python(place, nodes, case, duration, "xmlrpc").await,
            Middleware::Pyro => python(place, nodes, case, duration, "pyro").await,
            Middleware::Redis => python(place, nodes, case, duration, "redis").await,
            Middleware::Pika | Middleware::Warren => {
                python(place, nodes, case, duration, "pika").await
            }
        }
    };
    match timeout(duration + BEYOND, asking).await {
        Ok(rate) => rate,
        Err(_) => Ok(Rate::Failed("the clients came to no end".to_owned())),
    }
}

async fn python(
    place: &Place<'_>,
    nodes: &Nodes,
    case: Case,
    duration: Duration,
    kind: &str,
) -> Result<Rate> {
    let mut command = place.python("drive.py")?;
    command
        .args([kind, case.call.name(), "--clients"])
        .arg(case.clients.to_string())
        .arg("--seconds")
        .arg(duration.as_secs_f64().to_string());
    for address in &nodes.addresses {
        command.args(["--node", address]);
    }
    let output = command
        .stderr(Stdio::piped())
        .output()
        .await
        .context("run the clients")?;
    let printed = serde_json::from_slice(&output.stdout).with_context(|| {
        let log = String::from_utf8_lossy(&output.stderr);
        format!("read what the clients printed; their log:\n{log}")
    })?;
    Ok(match printed {
        Printed::Failed { failed } => Rate::Failed(failed),
        Printed::Done { answered, seconds } => Rate::PerSecond(answered as f64 / seconds),
    })
}

/// Counts answers without checking them: the clients in Python have checked that the same nodes
/// answer right.
async fn producer(
    place: &Place<'_>,
    nodes: &Nodes,
    case: Case,
    duration: Duration,
) -> Result<Rate> {
    let write = |name: &str, text: &str| {
        let path = place.directory.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok::<_, anyhow::Error>(path)
    };
    let body = match case.call {
        Call::Filter => TEXT,
        Call::Random | Call::Change => r#"{"op":"random"}"#,
    };
    let input = write("requests.txt", &format!("{body}\n"))?;
    let scenario = write("scenario.toml", SCENARIO)?;
    let config = place.config()?;
    let (clients, time) = (
        case.clients.to_string(),
        humantime::format_duration(duration).to_string(),
    );
    let queue = nodes.addresses.first().context("ask a node")?;
    let launch = Launch {
        scenario: scenario.to_str().context("a path is not UTF-8")?,
        input: Some(&input),
        arguments: &[
            "--exchange",
            "",
            "--routing-key",
            queue,
            "--clients",
            &clients,
            "--duration",
            &time,
        ],
        config: &config,
        broker_url: place.vhost.url(),
        part: place.part,
    };
    let outcome = Producer::start(place.guard, place.programs, launch)?
        .outcome()
        .await?;
    if outcome.lost > 0 || outcome.replied != outcome.sent {
        return Ok(Rate::Failed(format!(
            "{} of {} requests were answered",
            outcome.replied, outcome.sent
        )));
    }
    Ok(Rate::PerSecond(within(
        outcome.replied,
        case.clients,
        duration,
    )))
}

/// Answers per second that came within the time. When it is over, each client still waits for one
/// answer, which the producer counts too: with 16 clients and 3 nodes of 5 ms they would be 16 of
/// 1,216 in 2 s.
fn within(replied: u64, clients: u32, duration: Duration) -> f64 {
    replied.saturating_sub(clients.into()) as f64 / duration.as_secs_f64()
}

/// The flags put clients in the place of its phase.
const SCENARIO: &str = "\
name = \"middlewares\"
seed = 1
reply = true
persistent = false
[[phase]]
clients = 1
requests = 1
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_clients_wait_for_at_the_end_are_not_counted() {
        assert_eq!(within(1216, 16, Duration::from_secs(2)), 600.0);
        assert_eq!(within(1, 2, Duration::from_secs(2)), 0.0);
    }
}
