//! What a scenario file says of messages is what arrives.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{HeaderValue, Multiple, Persistence};
use std::num::NonZeroU16;
use testbed::producer::{Launch, Producer};
use tokio::time::timeout;

/// Random arrivals of a counted phase: exactly 50 messages, within a second.
const SCENARIO: &str = r#"
name = "said"
seed = 3
reply = false
persistent = false
arrivals = "poisson"

[payload]
text = "synthetic"
listed_share = 0.2
size = { uniform = ["100B", "300B"] }

[headers]
tenant = "blue"
level = 3
retry = false

[[phase]]
rate = 50
requests = 50
"#;

pub(crate) fn tests() -> Vec<Test> {
    vec![Test::in_a_vhost(
        "scenarios::what_a_file_says_of_messages_arrives",
        arrives,
    )]
}

async fn arrives(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let scenario = context.write("said.toml", SCENARIO)?;
    let launch = Launch {
        scenario: scenario.to_str().context("a test's path is not UTF-8")?,
        input: None,
        arguments: &["--declare"],
        config: &config,
        broker_url: context.vhost.url(),
        part: &context.part,
    };
    let producer = Producer::start(&context.suite.guard, context.programs, launch)?;
    let outcome = producer.outcome().await?;
    ensure!(
        (outcome.sent, outcome.confirmed) == (50, 50),
        "{outcome:#?}"
    );

    let mut session = context.session().await?;
    let prefetch = NonZeroU16::new(100).context("zero")?;
    let mut consumer = session.consume(&context.work_queue(), prefetch).await?;
    let acknowledger = consumer.acknowledger();
    for sequence in 0..50 {
        let next = timeout(SOON, consumer.next()).await;
        let next = next.with_context(|| format!("only {sequence} messages"))?;
        let delivery = next.context("the consumer ended")??;
        acknowledger.ack(delivery.tag, Multiple::One)?;
        let properties = &delivery.properties;
        let headers = &properties.headers;
        ensure!(
            headers.integer("warren-sequence") == Some(sequence)
                && headers.text("tenant").as_deref() == Some("blue")
                && headers.integer("level") == Some(3)
                && headers.get("retry") == Some(HeaderValue::Truth(false)),
            "{delivery:?}"
        );
        ensure!(
            properties.persistence == Persistence::Transient && properties.reply_to.is_none(),
            "{delivery:?}"
        );
        ensure!((100..=300).contains(&delivery.body.len()), "{delivery:?}");
    }
    consumer.cancel().await?;
    ensure!(
        context.ready_messages(&context.work_queue()).await? == 0,
        "more than 50 messages came"
    );
    session.close().await;
    Ok(())
}
